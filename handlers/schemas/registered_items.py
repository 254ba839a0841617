"""Registered items, what is done with them, and who holds them."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import ID_CHARACTERS, PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Day, Instant, Items, OneOf, Part, ScannedText, Text, WireSchema
from handlers.schemas.items import FreeObject, OwnerSchema
from services.items.correcting import ErrorReason
from services.items.model import ItemState, TransferPurpose, TransferState
from services.items.places import Place
from services.items.transferring import Direction
from services.items.wording import ActionKind, Condition, Outcome

MOST_AT_ONCE = 100
# An item without one of our codes is named by the EPC of another system.
LONGEST_ITEM_ID = 512
EVENT_ID_EXAMPLE = "urn:chengma:event:evt_01JD0000000000000000000000"


def item_id(**kwargs: Any) -> Text:
    """Return a field for an item's id: `itm_…`, or another system's EPC."""
    return Text(longest=LONGEST_ITEM_ID, metadata={"examples": ["itm_01JD0000000000000000000000"]}, **kwargs)


class PlaceSchema(WireSchema):
    """A venue, and if need be a spot within it."""

    venue_id = Text(required=True, longest=ID_CHARACTERS, pattern="ven_[0-7][0-9A-HJKMNP-TV-Z]{25}")
    spot = Text(longest=32, pattern="[a-z0-9-]+", load_default=None, metadata={"examples": ["east-hall"]})

    def make(self, values: dict[str, Any]) -> Place:
        """Return the place."""
        return Place(**values)


class ActivateSchema(WireSchema):
    """What a scanned code shall stand for."""

    code = ScannedText(
        required=True,
        longest=300,
        metadata={
            "description": "The code, or the link around it, as scanned.",
            "examples": ["05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7"],
        },
    )
    name = Text(
        longest=100,
        load_default=None,
        metadata={"description": "The type's name unless given.", "examples": ["示例铜香炉"]},
    )
    serial = Text(
        longest=60,
        load_default=None,
        metadata={"description": "The owner's own number for it.", "examples": ["2026-001"]},
    )
    attributes = FreeObject(load_default=dict, metadata={"description": "As the type's schema has them."})
    place = Part(PlaceSchema, load_default=None)
    holder = Part(
        OwnerSchema, load_default=None, metadata={"description": "Who has it: a venue, a district or the city."}
    )


class ActSchema(WireSchema):
    """One action on one item."""

    kind = OneOf(ActionKind, required=True)
    outcome = OneOf(Outcome, load_default=None, metadata={"description": "Of an inspection or a repair."})
    condition = OneOf(Condition, load_default=None, metadata={"description": "What is reported or cleared."})
    place = Part(PlaceSchema, load_default=None, metadata={"description": "Where it is stored from now on."})
    happened_at = Instant(load_default=None, metadata={"description": "Now unless given; not in the future."})
    name = Text(
        longest=100, load_default=None, metadata={"description": "To describe anew.", "examples": ["示例铜香炉"]}
    )
    serial = Text(longest=60, load_default=None, metadata={"description": "As above.", "examples": ["2026-001"]})
    attributes = FreeObject(
        load_default=None,
        allow_none=True,
        metadata={"description": "As above: all of them.", "examples": [{"material": "铜"}]},
    )


class HandOverSchema(WireSchema):
    """Items to hand over."""

    item_ids = Items(item_id(), least=1, most=MOST_AT_ONCE, required=True)
    to = Part(OwnerSchema, required=True)
    purpose = OneOf(TransferPurpose, load_default=TransferPurpose.TRANSFER)
    due_on = Day(load_default=None, metadata={"description": "When a loan ends."})


class DeclareWrongSchema(WireSchema):
    """Why an event was wrong."""

    event_id = Text(required=True, longest=LONGEST_ITEM_ID, metadata={"examples": [EVENT_ID_EXAMPLE]})
    reason = OneOf(ErrorReason, required=True)
    corrective_event_ids = Items(Text(longest=LONGEST_ITEM_ID), most=20, load_default=())


class DeclaredWrongSchema(WireSchema):
    """An error declaration, as it was recorded."""

    event_id = shown(EVENT_ID_EXAMPLE)
    index = fields.Integer(required=True, metadata={"description": "Its leaf in the log that proves."})
    recorded_at = Instant(required=True)


class TransferSchema(WireSchema):
    """Custody on its way."""

    id = shown_id("trf")
    state = OneOf(TransferState, required=True)
    purpose = OneOf(TransferPurpose, required=True)
    source = Part(OwnerSchema, required=True)
    destination = Part(OwnerSchema, required=True)
    opened_at = Instant(required=True)
    due_on = Day(required=True, allow_none=True)


class LoanSchema(WireSchema):
    """That the holder has an item on loan."""

    lender = Part(OwnerSchema, required=True)
    due_on = Day(required=True, allow_none=True)


class ItemSummarySchema(WireSchema):
    """An item in a list."""

    id = shown_id("itm")
    type_id = shown("ity_01JD0000000000000000000000", allow_none=True)
    name = shown("示例香炉")
    serial = shown("2026-001", allow_none=True)
    state = OneOf(ItemState, required=True)
    disposition = shown("active", allow_none=True)
    conditions = Items(fields.String(), most=50, required=True)
    place = shown("urn:chengma:place:ven_01JD0000000000000000000000", allow_none=True)
    holder = Part(OwnerSchema, required=True)
    transfer = Part(TransferSchema, required=True, allow_none=True)
    loan = Part(LoanSchema, required=True, allow_none=True)


class ItemSchema(ItemSummarySchema):
    """An item as its events up to now make it."""

    epc = shown("urn:chengma:item:itm_01JD0000000000000000000000")
    batch_id = shown("ibt_01JD0000000000000000000000", allow_none=True)
    owner = Part(OwnerSchema, required=True)
    attributes = fields.Dict(required=True)
    inside = fields.String(required=True, allow_none=True, metadata={"description": "The EPC of what it is in."})
    joined_to = fields.String(required=True, allow_none=True, metadata={"description": "What it is fixed to."})
    version = shown(3)
    activated_at = Instant(required=True)
    last_event_at = Instant(required=True)


ItemPageSchema = page_schema(ItemSummarySchema, "ItemPageSchema")


class ItemFilter(WireSchema):
    """Which items are looked for."""

    q = Text(longest=60, load_default=None, metadata={"description": "Words of name, serial or attributes."})
    item_type_id = identifier("ity", load_default=None)
    place = Text(
        longest=200,
        load_default=None,
        metadata={"description": "A venue's id, which covers all its spots, or the URI of a place."},
    )
    holder = Text(
        longest=60,
        pattern="(venue|district|city):.+",
        load_default=None,
        metadata={"description": "`level:id`.", "examples": ["district:310101"]},
    )
    state = OneOf(ItemState, load_default=None)
    condition = Text(
        longest=60, load_default=None, metadata={"description": "A disposition, a lasting condition, or `on_loan`."}
    )


class ItemQuery(ItemFilter, PageQuery):
    """Which items are looked for, and which page of them."""

    code = ScannedText(
        longest=300,
        load_default=None,
        metadata={"description": "What a scanner read: finds the one item, whatever else is asked for."},
    )


class TransferredSchema(WireSchema):
    """The items of a transfer, as they are after it."""

    items = Items(Part(ItemSummarySchema), most=MOST_AT_ONCE, required=True)


class OpenTransferSchema(TransferSchema):
    """What is on its way."""

    item_ids = Items(fields.String(), most=MOST_AT_ONCE, required=True)


class OpenTransfersSchema(WireSchema):
    """All that is on its way, the oldest first."""

    items = Items(Part(OpenTransferSchema), most=100_000, required=True)


class OpenTransfersQuery(WireSchema):
    """Which way."""

    direction = OneOf(Direction, load_default=None, metadata={"description": "Both unless given."})


class CustodyQuery(WireSchema):
    """At which instant."""

    at = Instant(required=True)


class CustodySchema(WireSchema):
    """Who held an item at an instant, and where it was."""

    at = Instant(required=True)
    holder = Part(OwnerSchema, required=True, allow_none=True, metadata={"description": "Null before it began."})
    place = fields.String(required=True, allow_none=True)
    disposition = fields.String(required=True, allow_none=True)
    transfer = Part(TransferSchema, required=True, allow_none=True)


class ItemEventSchema(WireSchema):
    """One event of an item's history: the event as told, and its place in the log that proves."""

    index = fields.Integer(required=True, metadata={"description": "Its leaf in the log."})
    event_id = shown(EVENT_ID_EXAMPLE)
    recorded_at = Instant(required=True)
    recorded_by = shown("stf_01JD0000000000000000000000")
    salt = fields.String(required=True, metadata={"description": "16 bytes, hexadecimal."})
    data = fields.Dict(required=True, metadata={"description": "The value that was committed to, under the salt."})
    commitment = fields.String(required=True, metadata={"description": "The leaf's data: 32 bytes, hexadecimal."})
    event = fields.Dict(required=True, metadata={"description": "EPCIS 2.0."})


class HistorySchema(WireSchema):
    """All events of an item, in the order of recording."""

    items = Items(Part(ItemEventSchema), most=100_000, required=True)
