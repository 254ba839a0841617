"""What calendars need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.calendars.model import Calendar, HolidayYear, WorshipMonth
from services.tables.rows import TableRows


class CalendarStore(Protocol):
    """One calendar a venue."""

    async def find(self, venue_id: str) -> Calendar | None:
        """Return the calendar."""

    async def all(self) -> Sequence[Calendar]:
        """Return every calendar; a city has hundreds of venues."""

    async def claim(self, calendar: Calendar) -> bool:
        """Write the calendar over the version before its own; False when that is not the present one."""


class EnteredYears(Protocol):
    """The years that the city entered, to be read."""

    async def all(self) -> Sequence[HolidayYear]:
        """Return every year."""


class HolidayStore(EnteredYears, Protocol):
    """The same, to be written too."""

    async def claim(self, year: HolidayYear) -> bool:
        """Write the year over the version before its own; False when that is not the present one."""


class WorshipStore(Protocol):
    """Times of worship, a document a venue and month."""

    async def find(self, venue_id: str, months: Sequence[str]) -> Sequence[WorshipMonth]:
        """Return those of the months, named like `2026-11`, that are there."""

    async def put(self, months: Sequence[WorshipMonth]) -> None:
        """Add or replace all of these months, or none."""


class WorshipTables(Protocol):
    """Reads uploaded tables, elsewhere."""

    async def read_worship(self, file: bytes, form: str) -> TableRows:
        """Read a table whose form is `xlsx` or `csv`; raises TableUnreadable, TableRefused, TooBusy, TablesUnavailable.

        Each row of the pieces is `{row, date, name, starts, ends}`, with an ISO date and minutes after midnight.
        """
