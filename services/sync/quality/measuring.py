"""Measures the quality of all records that were delivered: nightly, and whenever an operator asks for it."""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta

from services.common.clock import Clock
from services.sync.model import RecordKind
from services.sync.quality.counting import Count
from services.sync.quality.model import Mark, Measured
from services.sync.quality.ports import Marks, QualityStore, RefusedRecords
from services.sync.standard.schemas import Standard

# Many records name the same few others; what was found a moment ago is not asked for again.
MOST_REMEMBERED = 100_000


class Measuring:
    """Walks what was delivered, kind by kind, and keeps what it finds."""

    def __init__(
        self,
        *,
        standard: Standard,
        marks: Marks,
        refused: RefusedRecords,
        store: QualityStore,
        clock: Clock,
        lag_objective_s: float,
    ) -> None:
        self._standard = standard
        self._marks = marks
        self._refused = refused
        self._store = store
        self._clock = clock
        self._objective = timedelta(seconds=lag_objective_s)

    async def measure(self) -> AsyncIterator[Measured]:
        """Measure every kind, keep and yield each as it is done; raises DatabaseUnavailable."""
        for kind in RecordKind:
            measured = await self.measure_kind(kind)
            await self._store.put(measured)
            yield measured

    async def measure_kind(self, kind: RecordKind) -> Measured:
        """Return the quality of a kind now, without keeping it; raises DatabaseUnavailable."""
        count = Count(self._standard.schema(kind), await self._refused.of_kind(kind), self._objective)
        remembered = _Remembered(self._marks)
        async for marks in self._marks.of_kind(kind):
            count.add(marks, await remembered.unknown(marks))
        return count.measured(self._clock.now())


class _Remembered:
    """Which records are known, as far as was asked."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._known: set[str] = set()

    async def unknown(self, marks: Collection[Mark]) -> Collection[str]:
        """Return which of the records that these name nobody knows."""
        named = {reference for mark in marks for reference in mark.references}
        asked = named - self._known
        found = set(await self._marks.known(asked)) if asked else set()
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= found
        return asked - found
