"""A party's place in a queue, and what anybody may read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.reservations.model import Reservation
from services.reservations.queue import QueueStep


@dataclass(frozen=True, kw_only=True)
class WaitlistPlace:
    """Where a party stands.

    `ahead` parties stand before it, None for one that waits no more. `link` is the receipt: the link of the queue's
    chain that its joining became part of; None once the ledger is deleted.
    """

    reservation: Reservation
    ahead: int | None
    link: str | None


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """What happened in a queue in one write of its slot's ledger, which was that slot's `version`th."""

    version: int
    at: datetime
    steps: tuple[QueueStep, ...]
    link: str


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """A stretch of a queue's log, from the oldest on; `newest` is the last link that there is, None for no log."""

    slot_id: str
    entries: Sequence[LogEntry]
    newest: str | None
    next: str | None
