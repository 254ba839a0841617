"""What outlets need of a store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from services.patrols.model import RecordedEvent
from services.patrols.outlets.model import FoundOutlet, Nearness, Outlet, OutletKey, OutletSearch


class OutletStore(Protocol):
    """Outlets as they are read; `scope` and `scopes` are `level:id`."""

    async def find(self, outlet_id: str) -> Outlet | None:
        """Return the outlet."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Outlet]:
        """Return the outlets there are, by id."""

    async def keys(self, ids: Collection[str]) -> Mapping[str, OutletKey]:
        """Return the keys there are, by id."""

    async def between(self, scope: str, search: OutletSearch, since: str, until: str) -> Sequence[FoundOutlet]:
        """Return those that `scope` covers with since <= id < until, in any order."""

    async def near(self, scopes: Collection[str], search: OutletSearch, near: Nearness) -> Mapping[str, float]:
        """Return metres by id."""

    async def expiring(self, scope: str, since: str, until: str) -> Sequence[tuple[str, str]]:
        """Return last day and id of active outlets' licences with since <= last day <= until, in any order."""


class SiteHistory(Protocol):
    """What was recorded at sites."""

    async def history(self, subject_id: str) -> Sequence[RecordedEvent]:
        """Return the events about a thing, or at a site, in the order of recording."""
