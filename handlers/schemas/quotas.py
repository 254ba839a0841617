"""Quotas of slots, as staff see and change them."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Count, Instant, Items, OneOf, Part, WireSchema
from services.reservations.changes import BelowBooked
from services.reservations.model import SlotState
from services.reservations.slot_keeping import StaffState
from services.venues.model import Channel

MOST_PLACES = 100_000


class AllotmentSchema(WireSchema):
    """The places of one channel in a slot."""

    channel = OneOf(Channel, required=True)
    places = shown(100)
    left = shown(40)
    flows_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "From then on, places of this channel that nobody took are for individuals."},
    )


class SlotQuotaSchema(WireSchema):
    """A slot with its places by channel."""

    id = shown_id("slt")
    venue_id = shown_id("ven")
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    last_entry_at = Instant(required=True, allow_none=True)
    state = OneOf(SlotState, required=True)
    capacity = shown(500)
    places_left = shown(498)
    waiting = shown(0)
    allotments = Items(Part(AllotmentSchema), most=4, required=True)


class SlotQuotaListSchema(WireSchema):
    """The slots of a time."""

    items = Items(Part(SlotQuotaSchema), most=5000, required=True)
    next = fields.String(required=True, allow_none=True)


class QuotaQuery(WireSchema):
    """Which slots: those that start in [from, to); by default the coming seven days."""

    since = Instant(data_key="from", load_default=None, metadata={"description": "Default: now."})
    until = Instant(data_key="to", load_default=None, metadata={"description": "Default: seven days after `from`."})


class SetAsideSchema(WireSchema):
    """Places that are set aside for a channel."""

    channel = OneOf(Channel, required=True, metadata={"examples": ["group"]})
    places = Count(least=0, most=MOST_PLACES, required=True, metadata={"examples": [50]})
    flows_at = Instant(load_default=None)


class ChangeSlotSchema(WireSchema):
    """What becomes of a slot; what is left out stays as it is."""

    capacity = Count(least=0, most=MOST_PLACES, load_default=None, metadata={"examples": [600]})
    set_aside = Items(
        Part(SetAsideSchema),
        most=3,
        load_default=None,
        metadata={
            "description": "All that is set aside from now on; needs `capacity`. Left out: as it is.",
            "examples": [[{"channel": "group", "places": 50, "flows_at": None}]],
        },
    )
    if_below_booked = OneOf(
        BelowBooked,
        load_default=BelowBooked.REFUSE,
        metadata={
            "description": "What happens when more is booked than there would be: `refuse` says how much, `close` "
            "keeps what is booked and closes the slot to further booking, `keep` only keeps what is booked."
        },
    )
    state = OneOf(
        StaffState, load_default=None, allow_none=True, metadata={"description": "null: as it is.", "examples": [None]}
    )

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if data["set_aside"] is not None and data["capacity"] is None:
            raise ValidationError({"capacity": ["required: what is set aside is part of a capacity"]})
        if data["capacity"] is None and data["state"] is None:
            raise ValidationError({"capacity": ["required: say what to change"]})
