"""What planning a calendar would do, and closures of slots."""

from marshmallow import fields

from handlers.schemas.common import identifier, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from services.reservations.planning.model import Action, Remedy, Unmoved

MOST_STEPS = 10_000
MOST_SLOTS = 200


class PlanStepSchema(WireSchema):
    """A slot that is not as the calendar says, and what would happen to it."""

    action = OneOf(Action, required=True)
    slot_id = fields.String(required=True, allow_none=True, metadata={"description": "null: it is to be made."})
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    capacity = fields.Integer(required=True, metadata={"description": "As it would be.", "examples": [300]})
    booked = fields.Integer(required=True, metadata={"description": "People with places in it.", "examples": [12]})


class PlanPreviewSchema(WireSchema):
    """What planning would do now; nothing of it has been done."""

    added = shown(120)
    changed = shown(4)
    withdrawn = shown(2)
    restored = shown(0)
    unchanged = shown(300)
    hit_slots = Items(
        Part(PlanStepSchema),
        most=MOST_STEPS,
        required=True,
        metadata={
            "description": "Slots that would be withdrawn though people have places in them. Their bookings stay until "
            "a closure moves or cancels them."
        },
    )
    hit_people = fields.Integer(required=True, metadata={"examples": [12]})
    steps = Items(Part(PlanStepSchema), most=MOST_STEPS, required=True)


class CloseSlotsSchema(WireSchema):
    """Slots to be emptied."""

    slot_ids = Items(identifier("slt"), least=1, most=MOST_SLOTS, required=True)
    remedy = OneOf(
        Remedy,
        required=True,
        metadata={
            "description": "`cancel` all, or `move` each party to the slot nearest in time that has room, those of the "
            "same day first, at most seven days away."
        },
    )
    unmoved = OneOf(
        Unmoved,
        load_default=Unmoved.LEAVE,
        metadata={"description": "What becomes of a party that no slot has room for."},
    )


class ClosureSchema(WireSchema):
    """A closure and how far it is, in parties."""

    id = shown_id("clo")
    venue_id = shown_id("ven")
    slot_ids = Items(identifier("slt"), most=MOST_SLOTS, required=True)
    remedy = OneOf(Remedy, required=True)
    unmoved = OneOf(Unmoved, required=True)
    job_id = shown_id("job")
    ordered_at = Instant(required=True)
    done = fields.Boolean(required=True)
    moved = shown(3)
    cancelled = shown(1)
    entered = fields.Integer(required=True, metadata={"description": "Who is inside already.", "examples": [0]})
    left = fields.Integer(required=True, metadata={"description": "Who has the old place still.", "examples": [0]})
