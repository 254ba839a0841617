"""Reservations and entry codes."""

from typing import Any

from marshmallow import ValidationError, fields

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneForm, OneOf, Part, Text, WireSchema, YesOrNo
from services.reservations.companions.model import ChosenCompanion
from services.reservations.model import DocumentType, EndReason, ReservationStatus, Visitor
from services.venues.model import Channel

PHONE_PATTERN = r"\+?[0-9][0-9 -]{4,18}[0-9]"
NUMBER_PATTERN = r"[0-9A-Za-z]+"
BESIDE_A_COMPANION = "beside_companion: a companion's document is known; leave this out"


def minor_field() -> YesOrNo:
    """Return the field by which a visitor is said to be a minor: passports and permits tell no age."""
    return YesOrNo(
        load_default=False,
        metadata={
            "description": "Whether a visitor whose document tells no age is below the age from which the venue lets "
            "people come alone. It is judged and not kept.",
            "examples": [False],
        },
    )


class IdentityDocumentSchema(WireSchema):
    """A person, as on the document shown at the gate."""

    name = Text(required=True, longest=60, metadata={"examples": ["示例访客"]})
    id_type = OneOf(DocumentType, required=True, metadata={"examples": ["passport"]})
    id_number = Text(
        required=True, longest=20, shortest=4, pattern=NUMBER_PATTERN, metadata={"examples": ["E12345678"]}
    )


class ChosenCompanionSchema(WireSchema):
    """A companion of the citizen who books, in place of a name and a document."""

    companion_id = identifier("cpn", required=True)
    minor = minor_field()

    def load(self, data: Any, **options: Any) -> Any:
        """Return the choice; raises ValidationError when it spells a person out as well."""
        both = [name for name in ("name", "id_type", "id_number") if name in data]
        if both:
            raise ValidationError({name: [BESIDE_A_COMPANION] for name in both})
        return super().load(data, **options)

    def make(self, values: dict[str, Any]) -> ChosenCompanion:
        """Return whom the party names."""
        return ChosenCompanion(**values)


class VisitorSchema(IdentityDocumentSchema):
    """A person of the party, as on the document shown at the gate; or else a companion."""

    minor = minor_field()

    def load(self, data: Any, **options: Any) -> Any:
        """Return the visitor or the companion; raises ValidationError."""
        if isinstance(data, dict) and "companion_id" in data:
            return _CHOSEN.load(data)
        return super().load(data, **options)

    def make(self, values: dict[str, Any]) -> Visitor:
        """Return the visitor."""
        return Visitor(**values)


# Making a schema copies its fields, which costs more than using it.
_CHOSEN = ChosenCompanionSchema()


def party_field() -> Items:
    """Return the field for the people of a party: each spelt out, or a companion."""
    return Items(OneForm(VisitorSchema, ChosenCompanionSchema), least=1, most=20, required=True)


class BookVisitSchema(WireSchema):
    """A wish for places in one slot."""

    slot_id = identifier("slt", required=True)
    contact_phone = Text(
        longest=20, shortest=6, pattern=PHONE_PATTERN, load_default=None, metadata={"examples": ["13800000000"]}
    )
    visitors = party_field()


class ReservationSchema(WireSchema):
    """A party's places in one slot; no personal values."""

    id = shown_id("rsv")
    status = OneOf(ReservationStatus, required=True)
    venue_id = shown_id("ven")
    slot_id = shown_id("slt")
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    party_size = shown(2)
    created_at = Instant(required=True)
    cancelled_at = Instant(required=True, allow_none=True)
    channel = OneOf(Channel, required=True, metadata={"description": "By which way it was booked."})
    last_entry_at = Instant(
        required=True, allow_none=True, metadata={"description": "Until when people are let in; null: until the end."}
    )
    end_reason = OneOf(EndReason, required=True, allow_none=True)
    number = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Its place in the order of joining the slot's waitlist; null: it never waited."},
    )
    held_until = Instant(
        required=True, allow_none=True, metadata={"description": "Until when an offer from the waitlist can be taken."}
    )
    rescheduled_from = fields.String(required=True, allow_none=True)
    rescheduled_to = fields.String(required=True, allow_none=True)


class RescheduleSchema(WireSchema):
    """Where the party wants to go instead."""

    slot_id = identifier("slt", required=True)


ReservationPageSchema = page_schema(ReservationSchema, "ReservationPageSchema")


class OwnReservationsQuery(PageQuery):
    """One's own reservations, newest first."""


class MaskedVisitorSchema(WireSchema):
    """A person, masked."""

    name = fields.String(required=True, metadata={"examples": ["示**"]})
    id_type = OneOf(DocumentType, required=True)
    id_number = fields.String(required=True, metadata={"examples": ["*****5678"]})


class ReservationDetailSchema(ReservationSchema):
    """A reservation with its party, masked."""

    visitors = Items(Part(MaskedVisitorSchema), most=20, required=True)
    cancel_free_until = Instant(required=True, metadata={"description": "Until when cancelling has no consequence."})
    admitted_count = fields.Integer(required=True, metadata={"description": "How many of the party have entered."})


class EntryCodeSchema(WireSchema):
    """What a phone needs to show the code, with or without network: see docs/codes.md."""

    code = fields.String(required=True, metadata={"description": "The code for this moment."})
    rotates_every_s = shown(15)
    rotation_key = fields.String(required=True, metadata={"description": "32 bytes in base64url without padding."})
    valid_from = Instant(required=True)
    valid_until = Instant(required=True)
