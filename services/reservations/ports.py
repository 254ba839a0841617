"""What reservations need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.common.model import IdempotentRequest
from services.reservations.model import Reservation, Slot
from services.sync.model import OutboxEvent


class SlotStore(Protocol):
    """Slots."""

    async def find(self, slot_id: str) -> Slot | None:
        """Return the slot, if there is one."""

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots of a venue with since <= starts_at < until, in order of start."""

    async def add_missing(self, slots: Sequence[Slot]) -> int:
        """Add the slots whose ids are not there yet; return how many were added."""


class ReservationStore(Protocol):
    """Reservations, and the atomic facts about them."""

    async def find_first_answer(self, request: IdempotentRequest) -> tuple[str, str] | None:
        """Return the reservation id and fingerprint kept for an idempotent request, if any."""

    async def add(self, reservation: Reservation, request: IdempotentRequest | None, event: OutboxEvent) -> None:
        """Take the places and keep the reservation, its request and its event: all or nothing.

        Raises SlotFull, SlotClosed, SlotEnded, VisitorAlreadyBooked, or AlreadyAnswered.
        """

    async def cancel(self, reservation: Reservation, now: datetime, event: OutboxEvent) -> bool:
        """Give the places back, close the gate to it, keep the event; False when it was cancelled before.

        Raises VisitBegun when somebody of the party has been admitted.
        """

    async def find(self, reservation_id: str, citizen_id: str) -> Reservation | None:
        """Return the citizen's reservation, if it is theirs."""

    async def latest_of(self, citizen_id: str, limit: int, before: str | None) -> Sequence[Reservation]:
        """Return the citizen's reservations, newest first, older than the id `before`."""


class AlreadyAnswered(Exception):
    """The same idempotent request was answered a moment ago by somebody else."""
