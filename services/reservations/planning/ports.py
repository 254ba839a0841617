"""What planning needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.common.model import IdempotentRequest
from services.jobs.model import Job
from services.reservations.model import Reservation
from services.reservations.planning.model import Closure, PlanMark


class PlanMarks(Protocol):
    """What was planned last, one mark a venue."""

    async def find(self, venue_id: str) -> PlanMark | None:
        """Return the mark."""

    async def put(self, mark: PlanMark) -> None:
        """Write the mark."""


class ClosureStore(Protocol):
    """What was ordered, and whom it concerned."""

    async def add(self, closure: Closure, job: Job, request: IdempotentRequest | None) -> Closure:
        """Keep the closure with its job, or return the one that answered the request first."""

    async def find(self, closure_id: str) -> Closure | None:
        """Return the closure."""

    async def parties(self, closure_id: str, slot_id: str) -> Sequence[str] | None:
        """Return the reservations that a slot had when it was emptied, None before."""

    async def note_parties(self, closure_id: str, slot_id: str, reservation_ids: Sequence[str]) -> None:
        """Keep them, unless they are kept already."""


class Leases(Protocol):
    """Places that gates have leased for people without a booking."""

    async def take_back(self, lease_id: str, /) -> object:
        """Take back what was not used of a lease; again changes nothing."""


class Parties(Protocol):
    """Reservations by their ids, whoever has them."""

    async def several(self, ids: Sequence[str]) -> Sequence[Reservation]:
        """Return those that there are, in any order."""
