"""How a venue stands at its gates."""

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, WireSchema
from services.venues.model import GateUse

MOST_SLOTS = 1000
MOST_GATES = 200
MOST_DEVICES = 1000


class SlotStandingSchema(WireSchema):
    """A slot of today: places taken, also those leased for walk-ins, and how many of its people have come."""

    slot_id = shown_id("slt")
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    booked = shown(120)
    admitted = shown(80)


class GateStandingSchema(WireSchema):
    """A gate and what was counted there today."""

    gate_id = shown_id("gat")
    name = shown("东门")
    name_en = shown("East gate")
    use = OneOf(GateUse, required=True)
    admitted = shown(80)
    left = shown(20)
    last_at = Instant(required=True, allow_none=True)


class DeviceStandingSchema(WireSchema):
    """An enrolled gate device."""

    id = shown_id("dev")
    name = shown("东门闸机一")
    last_seen_at = Instant(required=True, allow_none=True)
    queued = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many scans it has yet to upload, as it last said.", "examples": [0]},
    )
    skew_ms = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The server's time less the device's, in milliseconds.", "examples": [-120]},
    )
    last_pack_at = Instant(required=True, allow_none=True)


class VenueStateSchema(WireSchema):
    """How a venue stands today, in totals."""

    venue_id = shown_id("ven")
    day = Day(required=True)
    version = fields.Integer(
        required=True, metadata={"description": "Grows whenever somebody is counted.", "examples": [417]}
    )
    admitted = shown(80)
    left = shown(20)
    inside = fields.Integer(
        required=True, metadata={"description": "Admitted less left, as staff have corrected it.", "examples": [60]}
    )
    ceiling = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many may be inside.", "examples": [500]}
    )
    expected_now = fields.Integer(
        required=True,
        metadata={
            "description": "Who holds places in slots that are entered now and has not come.",
            "examples": [40],
        },
    )
    slots = Items(Part(SlotStandingSchema), most=MOST_SLOTS, required=True)
    gates = Items(Part(GateStandingSchema), most=MOST_GATES, required=True)
    devices = Items(Part(DeviceStandingSchema), most=MOST_DEVICES, required=True)
    open_conflicts = fields.Integer(
        required=True,
        metadata={"description": "Conflicts of the last 31 days that nobody has settled.", "examples": [0]},
    )
