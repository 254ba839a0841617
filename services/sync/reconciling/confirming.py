"""The second look: what the relay is delivering at this moment is no difference."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.common.clock import Clock
from services.sync.model import RecordKind
from services.sync.reconciling.model import Difference
from services.sync.reconciling.ports import Packing, Waiting
from services.sync.reconciling.rules import MAYBE_ON_THEIR_WAY, SETTLED, difference, settles_in, unchanged
from services.sync.shelves.model import Lying
from services.sync.shelves.ports import Shelf

# Kind, district, day and part, of what an envelope is filed by; these never change.
PLACE = 4


class Confirming:
    """Tells differences from what was caught on its way.

    A difference counts if nothing changed on either side until a second look, if that came no sooner than `settled`
    after the latest delivery that was marked (or after the first look, where one may not be marked yet), and if the
    record did not wait to be delivered at a moment between both looks. What the relay is at waits from before it is
    laid down until after it is marked: where it was half delivered at both looks, it waited in between. The time is for
    whatever delivers without an outbox, such as a backfill.
    """

    def __init__(
        self,
        *,
        ours: Shelf,
        theirs: Shelf,
        waiting: Sequence[Waiting],
        packing: Packing,
        clock: Clock,
        settled: timedelta = SETTLED,
    ) -> None:
        self._ours = ours
        self._theirs = theirs
        self._waiting = waiting
        self._packing = packing
        self._clock = clock
        self._settled = settled

    async def confirmed(self, kind: RecordKind, seen: Sequence[Difference]) -> Sequence[Difference]:
        """Return the differences of a kind that are still there; raises ShelfUnavailable, DatabaseUnavailable."""
        if not seen:
            return []
        first = {one.id: one for one in seen}
        await asyncio.sleep(settles_in(seen, self._clock.now(), self._settled).total_seconds())
        doubtful = [one.id for one in seen if one.sort in MAYBE_ON_THEIR_WAY]
        on_their_way = await self.waiting_among(kind, doubtful)
        ours, theirs = await self.look_at(kind, first.keys() - on_their_way)
        there = sorted(ours.keys() | theirs.keys())
        found = [self._again(first[one], ours.get(one), theirs.get(one)) for one in there]
        return [one for one in found if one is not None]

    async def look_at(self, kind: RecordKind, ids: Collection[str]) -> tuple[Mapping[str, Lying], Mapping[str, Lying]]:
        """Return what lies on both sides at these ids."""
        return await asyncio.gather(self._ours.find(kind, ids), self._theirs.find(kind, ids))

    async def waiting_among(self, kind: RecordKind, ids: Collection[str]) -> Collection[str]:
        """Return which of these, named as the recipient does, wait to be delivered."""
        found: set[str] = set()
        if not ids:
            return found
        wanted = set(ids)
        for waiting in self._waiting:
            async for some in waiting.records(kind):
                found |= wanted & {self._packing.id_of(kind, one) for one in some}
        return found

    def _again(self, first: Difference, ours: Lying | None, theirs: Lying | None) -> Difference | None:
        foreign = theirs is not None and theirs.sender != self._packing.sender
        # Lists have ours only: where they had nothing, somebody else's may have lain all the time.
        same = unchanged(first.theirs, theirs) or (first.theirs is None and foreign)
        moved = self._is_filed_elsewhere(first, ours, theirs)
        if not (moved or (same and unchanged(first.ours, ours))):
            return None
        found = difference(ours, None if foreign and ours is None else theirs)
        return None if found is None else replace(found, source_id=found.source_id or first.source_id)

    @staticmethod
    def _is_filed_elsewhere(first: Difference, ours: Lying | None, theirs: Lying | None) -> bool:
        """Tell whether it lay there all along, though not where it belongs, so that one side was not seen at first."""
        if ours is None or theirs is None or ours.filed[:PLACE] == theirs.filed[:PLACE]:
            return False
        return unchanged(first.ours, ours) or unchanged(first.theirs, theirs)
