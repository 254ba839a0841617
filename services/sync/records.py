"""Records: things as the main system is told of them, and where they come from."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from services.sync.model import RecordKind


@dataclass(frozen=True, kw_only=True)
class Record:
    """A thing at one version, as a source reads it: `data` is JSON as the kind's schema in `docs/standard` wants it.

    Ids in `data` are those of this service; whatever the schema marks with `x-pseudonym` is replaced before it leaves.
    `version` grows with every change of `data`. `district_id` is the GB/T 2260 code that it is counted under: that of
    a district, or the city's for what belongs to the whole city. `day` is the day of the city that it is counted
    under, and never changes. `path` names the instances that it came through before this one, the first made it.
    """

    kind: RecordKind
    id: str
    version: int
    district_id: str
    day: date
    changed_at: datetime
    data: Mapping[str, Any]
    path: tuple[str, ...] = ()


class RecordSource(Protocol):
    """Where records of one kind come from."""

    @property
    def kind(self) -> RecordKind:
        """Return the kind."""

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        """Return the records there are, as they are now, in any order."""

    async def about(self) -> int:
        """Return about how many records there are, rather too many; raises DatabaseUnavailable."""

    def everything(self) -> AsyncIterator[Sequence[Record]]:
        """Yield all records there are, some hundreds at a time, in any order; raises DatabaseUnavailable."""
