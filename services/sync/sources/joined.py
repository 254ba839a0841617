"""Records of one kind that come from several places: from here, and from instances below this one."""

from collections.abc import AsyncIterator, Collection, Sequence

from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource


class JoinedSource:
    """See `services.sync.records.RecordSource`; where two sources have the same id, the first one counts."""

    def __init__(self, first: RecordSource, *others: RecordSource) -> None:
        self._sources = (first, *others)

    @property
    def kind(self) -> RecordKind:
        """Return the kind."""
        return self._sources[0].kind

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        """Return the records there are."""
        found: dict[str, Record] = {}
        for source in self._sources:
            missing = [one for one in ids if one not in found]
            if missing:
                found.update((record.id, record) for record in await source.several(missing))
        return list(found.values())

    async def about(self) -> int:
        """Return about how many all sources have."""
        return sum([await source.about() for source in self._sources])

    async def everything(self) -> AsyncIterator[Sequence[Record]]:
        """Yield all records of all sources."""
        for source in self._sources:
            async for some in source.everything():
                yield some
