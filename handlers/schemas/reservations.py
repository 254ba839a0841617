"""Reservations and entry codes."""

from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.reservations.model import DocumentType, ReservationStatus, Visitor

PHONE_PATTERN = r"\+?[0-9][0-9 -]{4,18}[0-9]"
NUMBER_PATTERN = r"[0-9A-Za-z]+"


class VisitorSchema(WireSchema):
    """A person of the party, as on the document shown at the gate."""

    name = Text(required=True, longest=60, metadata={"examples": ["示例访客"]})
    id_type = OneOf(DocumentType, required=True, metadata={"examples": ["passport"]})
    id_number = Text(
        required=True, longest=20, shortest=4, pattern=NUMBER_PATTERN, metadata={"examples": ["E12345678"]}
    )

    def make(self, values: dict[str, Any]) -> Visitor:
        """Return the visitor."""
        return Visitor(**values)


class BookVisitSchema(WireSchema):
    """A wish for places in one slot."""

    slot_id = identifier("slt", required=True)
    contact_phone = Text(
        longest=20, shortest=6, pattern=PHONE_PATTERN, load_default=None, metadata={"examples": ["13800000000"]}
    )
    visitors = Items(Part(VisitorSchema), least=1, most=20, required=True)


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
    admitted_count = fields.Integer(required=True, metadata={"description": "How many of the party have entered."})


class EntryCodeSchema(WireSchema):
    """What a phone needs to show the code, with or without network: see docs/codes.md."""

    code = fields.String(required=True, metadata={"description": "The code for this moment."})
    rotates_every_s = shown(15)
    rotation_key = fields.String(required=True, metadata={"description": "32 bytes in base64url without padding."})
    valid_from = Instant(required=True)
    valid_until = Instant(required=True)
