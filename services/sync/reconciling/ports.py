"""What reconciling needs from outside besides the shelves."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from services.sync.model import RecordKind
from services.sync.reconciling.model import Asker, Progress, Reconciliation, Told
from services.sync.records import Record


class Packing(Protocol):
    """How records become envelopes for the recipient."""

    @property
    def sender(self) -> str:
        """Return what this instance is called by the recipient."""

    def id_of(self, kind: RecordKind, source_id: str) -> str:
        """Return what the recipient calls the thing with this id here."""

    def source_id_of(self, kind: RecordKind, its_id: str) -> str | None:
        """Return what a thing is called here, None where the recipient has a pseudonym."""

    def pack(self, record: Record) -> Told:
        """Return the record in its envelope."""


class Waiting(Protocol):
    """What the relay has not delivered, or not finished with."""

    def records(self, kind: RecordKind) -> AsyncIterator[Sequence[str]]:
        """Yield the ids here of the records of a kind that wait, some hundreds at a time; raises DatabaseUnavailable.

        Whatever began to wait before the first was asked for, and waits still when the last was yielded, is among
        them.
        """


class Reconciliations(Protocol):
    """Reconciliations as they are kept. All methods raise DatabaseUnavailable."""

    async def add(self, reconciliation: Reconciliation) -> None:
        """Keep a new one."""

    async def find(self, reconciliation_id: str) -> Reconciliation | None:
        """Return one."""

    async def latest(self, since: datetime) -> Sequence[Reconciliation]:
        """Return those that were asked for since then, newest first, without their lists of differences."""

    async def in_state(self, *states: str) -> Sequence[Reconciliation]:
        """Return those in these states, oldest first, without their lists of differences."""

    async def begin(self, reconciliation_id: str, at: datetime) -> bool:
        """Let one that is requested run; False when it is not requested any more."""

    async def save(self, reconciliation: Reconciliation) -> bool:
        """Keep what became of a running one; False when it is not running any more."""

    async def break_off(self, at: datetime) -> None:
        """Note of all that run that their process is gone."""

    async def by(self, asker: Asker, since: datetime) -> Sequence[Reconciliation]:
        """Return those that somebody asked for since then, without their lists of differences."""


class Telling(Protocol):
    """Who hears how far a reconciliation is."""

    def __call__(self, progress: Progress, /) -> None:
        """Hear it."""
