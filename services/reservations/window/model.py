"""Bookings made at a venue's window."""

from dataclasses import dataclass, field
from datetime import date

from services.common.model import IdempotentRequest
from services.reservations.model import WINDOW_PREFIX, MaskedVisitor, Reservation, Visitor


@dataclass(frozen=True, kw_only=True)
class BookAtWindow:
    """Staff book for people who stand before them."""

    venue_id: str
    slot_id: str
    visitors: tuple[Visitor, ...]
    contact_phone: str | None = field(repr=False)
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class WindowDay:
    """Which bookings of a window: those for visits on a day in the city."""

    venue_id: str
    on: date
    limit: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class MaskedBooking:
    """A booking with its party, masked."""

    reservation: Reservation
    visitors: tuple[MaskedVisitor, ...]


def window_of(venue_id: str) -> str:
    """Return whose list the bookings of a venue's window are in: nobody's who could log in."""
    return f"{WINDOW_PREFIX}{venue_id}"
