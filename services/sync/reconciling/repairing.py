"""Makes both shelves the same again: what our sources say now is the truth."""

import asyncio
from collections.abc import Mapping, Sequence

from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.reconciling.model import Difference, Sort, Told
from services.sync.reconciling.ports import Packing
from services.sync.reconciling.rules import sort_of
from services.sync.records import RecordSource
from services.sync.shelves.model import Lying, Put
from services.sync.shelves.ports import Shelf

# Laid down in one go, and read from a source in one question.
AT_ONCE = 500


class Repairing:
    """Repairs differences. Everything is written over what was seen, and nothing over what came since."""

    def __init__(
        self, *, ours: Shelf, theirs: Shelf, sources: Mapping[RecordKind, RecordSource], packing: Packing
    ) -> None:
        self._ours = ours
        self._theirs = theirs
        self._sources = sources
        self._packing = packing

    async def repair(self, kind: RecordKind, found: Sequence[Difference], removable: int) -> tuple[set[str], int]:
        """Repair differences of a kind; return the ids of those that are repaired, and how many were removed.

        At most `removable` envelopes that no record is behind are taken away from the recipient. Raises
        ShelfUnavailable, DatabaseUnavailable; then some are repaired, and the next run finds the others.
        """
        repaired: set[str] = set()
        removed = 0
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            records = await self._records(kind, some)
            repaired |= await self._lay_down(kind, [one for one in some if one.id in records], records)
            gone = await self._remove([one for one in some if one.id not in records], removable - removed)
            repaired |= gone
            removed += len(gone)
        return repaired, removed

    async def _records(self, kind: RecordKind, some: Sequence[Difference]) -> Mapping[str, Told]:
        """Return what the sources say now, by the recipient's id."""
        named = {one.id: one.source_id or self._packing.source_id_of(kind, one.id) for one in some}
        known = [source_id for source_id in named.values() if source_id is not None]
        told = [self._packing.pack(record) for record in await self._sources[kind].several(known)] if known else []
        # A pseudonym leads nobody back, so whoever it stands for is looked for among all.
        unnamed = {its_id for its_id, source_id in named.items() if source_id is None}
        if unnamed:
            told += await self._search(kind, unnamed)
        return {one.id: one for one in told}

    async def _search(self, kind: RecordKind, wanted: set[str]) -> list[Told]:
        found: list[Told] = []
        async for records in self._sources[kind].everything():
            found += [self._packing.pack(one) for one in records if self._packing.id_of(kind, one.id) in wanted]
            if len(found) == len(wanted):
                break
        return found

    async def _lay_down(self, kind: RecordKind, some: Sequence[Difference], records: Mapping[str, Told]) -> set[str]:
        """Return the ids of what lies on both shelves as the sources have it. What breaks the standard is left."""
        made = {one.id: records[one.id].envelope for one in some}
        envelopes = {its_id: envelope for its_id, envelope in made.items() if envelope is not None}
        wrong = {one.id for one in some if one.sort is Sort.SPOILT}
        theirs = {one.id: one.theirs for one in some if one.theirs is not None}
        laid = await self._bring(self._theirs, envelopes, theirs, anyway=wrong)
        ours = {one.id: one.ours for one in some if one.ours is not None}
        marked = await self._bring(self._ours, {one: envelopes[one] for one in laid}, ours, anyway=set())
        moved = envelopes.keys() - marked
        return marked | (await self._now_equal(kind, moved) if moved else set())

    async def _bring(
        self, shelf: Shelf, envelopes: Mapping[str, Envelope], seen: Mapping[str, Lying], *, anyway: set[str]
    ) -> set[str]:
        """Bring envelopes to a shelf; return the ids of those that lie there now, as these or newer."""
        lying = {one for one, envelope in envelopes.items() if one not in anyway and _is(seen.get(one), envelope)}
        new = [one for one in envelopes if one not in lying and self._may_be_put(seen.get(one), envelopes[one])]
        puts = await shelf.put([envelopes[one] for one in new]) if new else []
        lying |= {one for one, put in zip(new, puts, strict=True) if put is not Put.REFUSED}
        for one in envelopes.keys() - lying - set(new):
            if await shelf.replace(envelopes[one], seen[one]):
                lying.add(one)
        return lying

    def _may_be_put(self, seen: Lying | None, envelope: Envelope) -> bool:
        """Tell whether putting lays it down, as where nothing lies, somebody else's, or an older one."""
        return seen is None or seen.sender != self._packing.sender or seen.version < envelope.version

    async def _remove(self, some: Sequence[Difference], removable: int) -> set[str]:
        """Take away what no record is behind; what we marked has had one, and stays for a person to look at."""
        surplus = [one.theirs for one in some if one.ours is None and one.theirs is not None]
        return {one.id for one in surplus[: max(0, removable)] if await self._theirs.remove(one)}

    async def _now_equal(self, kind: RecordKind, ids: set[str]) -> set[str]:
        """Return which were brought in order by somebody else meanwhile."""
        ours, theirs = await asyncio.gather(self._ours.find(kind, ids), self._theirs.find(kind, ids))
        return {one for one in ids if one in ours and sort_of(ours[one], theirs.get(one)) is None}


def _is(seen: Lying | None, envelope: Envelope) -> bool:
    """Tell whether what was seen is this envelope, filed where it belongs."""
    if seen is None or seen.sender != envelope.sender:
        return False
    checksum = envelope.checksum
    filed = (
        envelope.kind,
        envelope.district_id,
        envelope.day.isoformat(),
        envelope.part,
        checksum.high,
        checksum.low,
    )
    return (seen.version, seen.digest, seen.filed) == (envelope.version, envelope.digest, filed)
