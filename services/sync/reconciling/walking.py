"""The deep part: every record against our shelf, and what lies at the recipient against its own digests."""

from collections.abc import AsyncIterator, Mapping, Sequence

from services.sync.model import RecordKind
from services.sync.reconciling.confirming import Confirming
from services.sync.reconciling.model import Difference, Sort, Told
from services.sync.reconciling.ports import Packing
from services.sync.reconciling.rules import is_spoilt
from services.sync.records import Record, RecordSource
from services.sync.shelves.model import Lying
from services.sync.shelves.ports import Shelf


class Walking:
    """Reads everything. Costs as much as a backfill, and finds what sums of digests cannot tell."""

    def __init__(
        self,
        *,
        ours: Shelf,
        theirs: Shelf,
        sources: Mapping[RecordKind, RecordSource],
        packing: Packing,
        confirming: Confirming,
    ) -> None:
        self._ours = ours
        self._theirs = theirs
        self._sources = sources
        self._packing = packing
        self._confirming = confirming

    async def spoilt(self, kind: RecordKind) -> AsyncIterator[tuple[int, Sequence[Difference]]]:
        """Yield how many documents of a piece were looked at, and which of these are not what their digests say."""
        async for documents in self._theirs.contents(kind):
            ids = [str(document["_id"]) for document in documents if is_spoilt(document)]
            ours, theirs = await self._confirming.look_at(kind, ids) if ids else ({}, {})
            yield (
                len(documents),
                [
                    Difference(kind=kind, id=one, sort=Sort.SPOILT, ours=ours.get(one), theirs=theirs[one])
                    for one in ids
                    if one in theirs
                ],
            )

    async def untold(self, kind: RecordKind) -> AsyncIterator[tuple[int, Sequence[Difference]]]:
        """Yield how many records of a piece were looked at, and which of these were not delivered as they are.

        A record that waits to be delivered, or changes meanwhile, is none of them. Raises DatabaseUnavailable,
        ShelfUnavailable.
        """
        async for records in self._sources[kind].everything():
            yield len(records), await self._compare(kind, records)

    async def _compare(self, kind: RecordKind, records: Sequence[Record]) -> Sequence[Difference]:
        told = {one.id: one for one in map(self._packing.pack, records)}
        marks = await self._ours.find(kind, told)
        doubtful = {one.id: one for one in told.values() if sort_of_told(one, marks.get(one.id)) is not None}
        on_their_way = await self._confirming.waiting_among(kind, doubtful)
        left = [one for one in doubtful.values() if one.id not in on_their_way]
        return await self._second_look(kind, left) if left else []

    async def _second_look(self, kind: RecordKind, first: Sequence[Told]) -> Sequence[Difference]:
        before = {one.id: one for one in first}
        records = await self._sources[kind].several([one.source_id for one in first])
        ours, theirs = await self._confirming.look_at(kind, before)
        found = []
        for told in map(self._packing.pack, records):
            sort = sort_of_told(told, ours.get(told.id))
            if sort is not None and told.id in before and _same(told, before[told.id]):
                found.append(
                    Difference(
                        kind=kind,
                        id=told.id,
                        sort=sort,
                        ours=ours.get(told.id),
                        theirs=theirs.get(told.id),
                        source_id=told.source_id,
                    )
                )
        return found


def sort_of_told(told: Told, mark: Lying | None) -> Sort | None:
    """Return what is different about a record as it is now and what was delivered of it, if anything is.

    A record that breaks the standard now was not delivered as it is.
    """
    if mark is None:
        return Sort.UNTOLD
    envelope = told.envelope
    same = envelope is not None and (envelope.version, envelope.digest) == (mark.version, mark.digest)
    return None if same else Sort.OUTDATED


def _same(told: Told, before: Told) -> bool:
    """Tell whether a record is as it was a moment ago; when it changed is no part of that."""
    marks = [(one.envelope.version, one.envelope.digest) if one.envelope else None for one in (told, before)]
    return marks[0] == marks[1]
