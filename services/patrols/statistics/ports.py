"""What statistics need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.patrols.findings.model import Finding
from services.patrols.findings.ports import FindingSearch
from services.patrols.sites.model import SiteKind
from services.patrols.statistics.model import Visit
from services.tables.model import Head
from services.venues.model import District


class FindingsOf(Protocol):
    """Findings; see `services.patrols.findings.ports.FindingStore`."""

    async def between(self, search: FindingSearch, since: str, until: str) -> Sequence[Finding]:
        """Return those with since <= id < until, in any order."""


class VisitStore(Protocol):
    """Check-ins, as far as they are counted."""

    async def visits(
        self, scopes: Collection[str], kind: SiteKind, since: str, until: str, captured_until: datetime
    ) -> Sequence[Visit]:
        """Return those of a kind of sites with since <= id < until and captured before an instant, each once."""


class SiteCounts(Protocol):
    """Sites, as far as they are counted."""

    async def active(self, scopes: Collection[str], kind: SiteKind) -> Mapping[str, Collection[str]]:
        """Return the ids of active sites of a kind that the scopes cover, by district."""


class Districts(Protocol):
    """The directory of districts."""

    async def districts(self) -> Sequence[District]:
        """Return all districts in the order of their codes."""


class Sheets(Protocol):
    """Who writes spreadsheets."""

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        """Return an .xlsx file; raises TooBusy or TablesUnavailable."""
