"""One kind, from its sums to its report."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from services.sync.model import RecordKind
from services.sync.reconciling.bisecting import Bisecting
from services.sync.reconciling.confirming import Confirming
from services.sync.reconciling.model import (
    MOST_LISTED,
    Asker,
    Depth,
    Difference,
    KindReport,
    Listed,
    Sort,
    Treatment,
    Wish,
)
from services.sync.reconciling.repairing import Repairing
from services.sync.reconciling.rules import most_removed
from services.sync.reconciling.walking import Walking
from services.sync.shelves.ports import Shelf

# Confirmed and repaired together; so much of what differs is in memory at a time.
AT_ONCE = 5000


@dataclass(kw_only=True)
class _Tally:
    """What is known of a kind so far."""

    kind: RecordKind
    reads_before: int
    ours: int = 0
    theirs: int = 0
    records: int = 0
    found: Counter[Sort] = field(default_factory=Counter)
    repaired: int = 0
    removed: int = 0
    listed: list[Listed] = field(default_factory=list)


class Comparing:
    """Compares and repairs one kind after the other, a bounded number of differences at a time."""

    def __init__(
        self,
        *,
        ours: Shelf,
        theirs: Shelf,
        bisecting: Bisecting,
        confirming: Confirming,
        walking: Walking,
        repairing: Repairing,
    ) -> None:
        self._ours = ours
        self._theirs = theirs
        self._bisecting = bisecting
        self._confirming = confirming
        self._walking = walking
        self._repairing = repairing

    async def compare(
        self, kind: RecordKind, wish: Wish, told: Callable[[int, int], None]
    ) -> tuple[KindReport, Sequence[Listed]]:
        """Return what was found of a kind, and at most MOST_LISTED differences.

        `told` hears how much was read and how many differences were found so far. Raises ShelfUnavailable,
        DatabaseUnavailable, and whatever `told` does.
        """
        tally = _Tally(kind=kind, reads_before=self._reads)
        async for some in self._all(tally, wish.depth):
            tally.found.update(one.sort for one in some)
            repaired = await self._repair(tally, wish, some)
            room = MOST_LISTED - len(tally.listed)
            tally.listed += [_listed(one, one.id in repaired) for one in some[:room]]
            told(self._reads - tally.reads_before + tally.records, tally.found.total())
        return self._report(tally, await self._theirs.strangers(kind), wish), tally.listed

    @property
    def _reads(self) -> int:
        return self._ours.reads + self._theirs.reads

    async def _all(self, tally: _Tally, depth: Depth) -> AsyncIterator[Sequence[Difference]]:
        overview = await self._bisecting.survey(tally.kind)
        tally.ours, tally.theirs = overview.ours, overview.theirs
        waiting: list[Difference] = []
        async for some in self._bisecting.differences(overview):
            waiting += some
            while len(waiting) >= AT_ONCE:
                yield await self._confirming.confirmed(tally.kind, waiting[:AT_ONCE])
                waiting = waiting[AT_ONCE:]
        yield await self._confirming.confirmed(tally.kind, waiting)
        if depth is Depth.DEEP:
            async for _, spoilt in self._walking.spoilt(tally.kind):
                yield spoilt
            async for records, untold in self._walking.untold(tally.kind):
                tally.records += records
                yield untold

    async def _repair(self, tally: _Tally, wish: Wish, some: Sequence[Difference]) -> set[str]:
        if wish.treatment is Treatment.REPORT or not some:
            return set()
        # Only a person at the command line may empty the recipient's shelf of what is ours.
        most = tally.theirs if wish.by is Asker.OPERATOR else most_removed(tally.theirs)
        repaired, removed = await self._repairing.repair(tally.kind, some, most - tally.removed)
        tally.repaired += len(repaired)
        tally.removed += removed
        return repaired

    def _report(self, tally: _Tally, foreign: int, wish: Wish) -> KindReport:
        everything = tally.ours + tally.theirs
        return KindReport(
            kind=tally.kind,
            ours=tally.ours,
            theirs=tally.theirs,
            found=dict(sorted(tally.found.items())),
            repaired=tally.repaired,
            left=tally.found.total() - tally.repaired,
            foreign=foreign,
            reads=self._reads - tally.reads_before,
            full_reads=everything if wish.depth is Depth.SUMS else everything + tally.theirs + tally.ours,
            records=tally.records,
        )


def _listed(one: Difference, repaired: bool) -> Listed:  # noqa: FBT001 -- a fact that is kept, not a switch
    return Listed(
        kind=one.kind,
        id=one.id,
        sort=one.sort,
        our_version=None if one.ours is None else one.ours.version,
        their_version=None if one.theirs is None else one.theirs.version,
        repaired=repaired,
    )
