"""Two shelves and all that reconciles them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.common.clock import Clock, SystemClock
from services.sync.model import RecordKind
from services.sync.reconciling.bisecting import Bisecting
from services.sync.reconciling.comparing import Comparing
from services.sync.reconciling.confirming import Confirming
from services.sync.reconciling.model import Asker, Depth, KindReport, Listed, Treatment, Wish
from services.sync.reconciling.repairing import Repairing
from services.sync.reconciling.walking import Walking
from services.sync.records import Record
from services.sync.shelves.model import Cell, Sum
from services.sync.shelves.ports import Shelf
from tests.shelves import KIND, MemorySource, MemoryWaiting, PlainPacking


def wish_for(depth: Depth = Depth.SUMS, treatment: Treatment = Treatment.REPAIR, by: Asker = Asker.NIGHTLY) -> Wish:
    return Wish(kinds=(KIND,), depth=depth, treatment=treatment, by=by)


class Pair:
    """Our shelf and theirs, with the records that both should have."""

    def __init__(
        self,
        ours: Shelf,
        theirs: Shelf,
        records: Sequence[Record],
        *,
        packing: PlainPacking | None = None,
        clock: Clock | None = None,
        settled_s: float = 0,
    ) -> None:
        self.ours = ours
        self.theirs = theirs
        self.source = MemorySource(records)
        self.waiting = MemoryWaiting()
        self.packing = packing or PlainPacking()
        self.bisecting = Bisecting(ours, theirs)
        self.confirming = Confirming(
            ours=ours,
            theirs=theirs,
            waiting=[self.waiting],
            packing=self.packing,
            clock=clock or SystemClock(),
            settled=timedelta(seconds=settled_s),
        )
        sources: Mapping[RecordKind, MemorySource] = {KIND: self.source}
        self.comparing = Comparing(
            ours=ours,
            theirs=theirs,
            bisecting=self.bisecting,
            confirming=self.confirming,
            walking=Walking(
                ours=ours, theirs=theirs, sources=sources, packing=self.packing, confirming=self.confirming
            ),
            repairing=Repairing(ours=ours, theirs=theirs, sources=sources, packing=self.packing),
        )

    async def deliver(self, *records: Record) -> None:
        """Deliver as the relay does: to them first."""
        envelopes = [self.packing.wrap(record) for record in records]
        await self.theirs.put(envelopes)
        await self.ours.put(envelopes)

    async def reconcile(self, wish: Wish | None = None) -> tuple[KindReport, Sequence[Listed]]:
        return await self.comparing.compare(KIND, wish or wish_for(), lambda _, __: None)

    async def parts(self) -> list[Mapping[Cell, Sum]]:
        return [await shelf.sums(Cell(kind=KIND)) for shelf in (self.ours, self.theirs)]

    async def is_equal(self) -> bool:
        """Tell whether both have the same, and the same as the records."""
        overview = await self.bisecting.survey(KIND)
        return not overview.cells and overview.ours == overview.theirs == len(self.source.records)
