"""What measuring needs from outside."""

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Protocol

from services.sync.model import RecordKind
from services.sync.quality.model import Mark, Measured, RefusedRecord


class Marks(Protocol):
    """What was delivered."""

    def of_kind(self, kind: RecordKind) -> AsyncIterator[Sequence[Mark]]:
        """Yield the marks of a kind, some at a time, in any order; raises DatabaseUnavailable."""

    async def known(self, ids: Collection[str]) -> Collection[str]:
        """Return which of these marks there are; raises DatabaseUnavailable."""


class RefusedRecords(Protocol):
    """What was not delivered because it does not follow the standard."""

    async def of_kind(self, kind: RecordKind) -> Sequence[RefusedRecord]:
        """Return those of a kind, each record once; raises DatabaseUnavailable."""


class QualityStore(Protocol):
    """What was measured last."""

    async def put(self, measured: Measured) -> None:
        """Keep it in place of the kind's last one; raises DatabaseUnavailable."""

    async def all(self) -> Sequence[Measured]:
        """Return what was measured of each kind, in any order; raises DatabaseUnavailable."""

    async def find(self, kind: RecordKind) -> Measured | None:
        """Return what was measured of a kind; raises DatabaseUnavailable."""
