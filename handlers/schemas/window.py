"""Bookings at a venue's window."""

from typing import Any

from handlers.schemas.common import PageQuery, identifier, page_schema
from handlers.schemas.fields import Day, Items, OneOf, Part, Text, WireSchema
from handlers.schemas.reservations import (
    PHONE_PATTERN,
    IdentityDocumentSchema,
    MaskedVisitorSchema,
    ReservationSchema,
    minor_field,
)
from services.reservations.model import Visitor
from services.reservations.window.model import MaskedBooking
from services.venues.model import Channel

MOST_PEOPLE = 20


class SpeltOutVisitorSchema(IdentityDocumentSchema):
    """A person of the party, as on the document that staff hold in their hands."""

    minor = minor_field()

    def make(self, values: dict[str, Any]) -> Visitor:
        """Return the visitor."""
        return Visitor(**values)


class BookAtWindowSchema(WireSchema):
    """A wish for places of people who stand at the window."""

    slot_id = identifier("slt", required=True)
    contact_phone = Text(
        longest=20, shortest=6, pattern=PHONE_PATTERN, load_default=None, metadata={"examples": ["13800000000"]}
    )
    visitors = Items(Part(SpeltOutVisitorSchema), least=1, most=MOST_PEOPLE, required=True)


class AssistedBookingSchema(ReservationSchema):
    """A booking made at the window, its party masked; `channel` tells whose places it took."""

    channel = OneOf(Channel, required=True)
    visitors = Items(Part(MaskedVisitorSchema), most=MOST_PEOPLE, required=True)


AssistedBookingPageSchema = page_schema(AssistedBookingSchema, "AssistedBookingPageSchema")


class AssistedBookingsQuery(PageQuery):
    """Which bookings of a window."""

    on = Day(load_default=None, metadata={"description": "The day of the visit; today where not said."})


def shown_booking(booking: MaskedBooking) -> dict[str, Any]:
    """Return a booking as the wire has it."""
    return {**vars(booking.reservation), "visitors": booking.visitors}
