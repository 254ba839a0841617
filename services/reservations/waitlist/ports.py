"""What waiting needs from outside, beside the desk."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.reservations.model import Reservation, Slot
from services.reservations.waitlist.model import LogEntry


class WaitlistStore(Protocol):
    """Queues as they are kept."""

    async def slots_with_places(self) -> Sequence[Slot]:
        """Return the slots that somebody waits for, and that have places left in any channel."""

    async def slots_waited_for(self) -> Sequence[Slot]:
        """Return all slots that somebody waits for."""

    async def lapsed_offers(self, now: datetime) -> Sequence[Reservation]:
        """Return some of the offers whose time is over, and that nobody has ended yet."""

    async def waiting_among(self, reservation_ids: Collection[str]) -> Sequence[Reservation]:
        """Return those of the reservations that wait, in no particular order."""

    async def log_of(self, slot_id: str, since: int, until: int) -> Sequence[LogEntry]:
        """Return what happened in a slot's queue in its versions since <= version < until, in order."""


class Neighbourhood(Protocol):
    """The processes that work beside this one."""

    def owner_of(self, slot_id: str) -> str | None:
        """Return which other process writes the slot, None when it is this one."""
