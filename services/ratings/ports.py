"""What ratings need from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from services.ratings.model import DayCount, Level, Rating, Workday
from services.reservations.model import Reservation


class OwnReservations(Protocol):
    """Reservations, each seen by whose it is."""

    async def get_own(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the citizen's reservation; raises ReservationUnknown."""


class Entries(Protocol):
    """What the gates know."""

    async def admitted_count(self, reservation: Reservation) -> int:
        """Return how many of a party have entered."""


class Workdays(Protocol):
    """What somebody knows of working days."""

    async def known(self) -> Workday:
        """Return what tells of a day whether people work on it."""


class RatingStore(Protocol):
    """Ratings as they are kept. A place is `day of rating:id`, so that places sort by day."""

    async def claim(self, rating: Rating) -> Rating:
        """Keep the rating and count it on its day, in one transaction; return it, or the one that was there first."""

    async def find(self, rating_id: str) -> Rating | None:
        """Return the rating."""

    async def between(
        self, venue_id: str, since: str, until: str, *, level: Level | None, answered: bool | None
    ) -> Sequence[Rating]:
        """Return a venue's ratings with since <= place < until, in any order; None means any."""

    async def counted(self, venue_id: str, first: date, last: date) -> Sequence[DayCount]:
        """Return how a venue was rated on each day from the first to the last."""

    async def waiting(self, scope: str, since: str, until: str) -> Sequence[Rating]:
        """Return bad ratings that are not closed, within `level:id`, with since <= `due_on:id` < until, unordered."""

    async def claim_answer(self, before: Rating, after: Rating) -> bool:
        """Keep the answer; False when the rating is not at the version `before` any more."""

    async def claim_closing(self, before: Rating, after: Rating) -> bool:
        """Keep the end of the ticket; False when the rating is not at the version `before` any more."""

    async def to_escalate(self, today: date) -> Sequence[Rating]:
        """Return some ratings whose tickets are overdue and not marked as that."""

    async def claim_escalation(self, rating: Rating, at: datetime) -> bool:
        """Mark a ticket as overdue; False when it was marked or closed before."""
