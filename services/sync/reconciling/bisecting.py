"""Finds differences by sums: of districts and days first, then of parts of these, and at last envelope by envelope."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from services.sync.model import RecordKind
from services.sync.reconciling.model import Difference, Overview
from services.sync.reconciling.rules import Next, compared, differing, look_into
from services.sync.shelves.model import Cell
from services.sync.shelves.ports import Shelf


class Bisecting:
    """Compares two shelves. What it reads grows with the cells and with what differs, not with all that lies there.

    Both sides go on changing meanwhile, so what it finds is to be looked at a second time.
    """

    def __init__(self, ours: Shelf, theirs: Shelf) -> None:
        self._ours = ours
        self._theirs = theirs

    async def survey(self, kind: RecordKind) -> Overview:
        """Return both sides at a glance; raises ShelfUnavailable."""
        ours, theirs = await asyncio.gather(self._ours.sums(Cell(kind=kind)), self._theirs.sums(Cell(kind=kind)))
        return Overview(
            ours=sum(one.many for one in ours.values()),
            theirs=sum(one.many for one in theirs.values()),
            cells=tuple(differing(ours, theirs)),
        )

    async def differences(self, overview: Overview) -> AsyncIterator[Sequence[Difference]]:
        """Yield what differs, cell by cell; raises ShelfUnavailable."""
        for cell, ours, theirs in overview.cells:
            if look_into(ours, theirs) is Next.LABELS:
                yield await self._labels(cell)
                continue
            parts = await asyncio.gather(self._ours.sums(cell), self._theirs.sums(cell))
            for part, _, _ in differing(*parts):
                yield await self._labels(part)

    async def _labels(self, cell: Cell) -> Sequence[Difference]:
        return compared(*await asyncio.gather(self._ours.lying(cell), self._theirs.lying(cell)))
