"""What the window needs from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from services.reservations.model import Reservation


class WindowStore(Protocol):
    """Which bookings a window has made, by day of visit; written before the booking, so that none is missed."""

    async def note(self, reservation: Reservation, on: date, forget_at: datetime) -> None:
        """Note that there will be this reservation, unless the desk refuses it."""

    async def noted(self, venue_id: str, on: date) -> Sequence[str]:
        """Return the ids of a day, in any order; some may have come to nothing."""

    async def find_many(self, venue_id: str, reservation_ids: Sequence[str]) -> Sequence[Reservation]:
        """Return those of the reservations that there are, in any order."""


class Papers(Protocol):
    """Whoever draws papers without holding up this process."""

    async def draw(self, order: Any) -> bytes:
        """Return the file of an order; raises PapersUnavailable or TooBusy."""
