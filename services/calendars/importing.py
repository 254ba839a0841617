"""Taking a table of times of worship: whole or refused, and by whole months."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.calendars.editing import venue_within
from services.calendars.model import WorshipMonth, WorshipTime
from services.calendars.ports import WorshipStore, WorshipTables
from services.calendars.worship import month_of
from services.identity.model import Actor
from services.tables.errors import TableRefused
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class ImportedTimes:
    """How many rows were taken, and the months, like `2026-11`, that say what they said from now on."""

    rows: int
    months: tuple[str, ...]


class WorshipImporting:
    """Takes tables."""

    def __init__(self, *, store: WorshipStore, tables: WorshipTables, venues: VenueDirectory) -> None:
        self._store = store
        self._tables = tables
        self._venues = venues

    async def take(self, actor: Actor, venue_id: str, file: bytes, form: str) -> ImportedTimes:
        """Replace each month that the table names; the same table again changes nothing.

        Raises VenueUnknown, TableUnreadable, TableRefused with the faults of rows, TooBusy or TablesUnavailable.
        """
        venue = await venue_within(self._venues, actor, venue_id)
        read = await self._tables.read_worship(file, form)
        if read.faults:
            raise TableRefused(*read.faults)
        months = _by_month(venue.id, [row for piece in read.pieces for row in json.loads(piece)])
        await self._store.put(months)
        return ImportedTimes(rows=read.total, months=tuple(one.month for one in months))


def _by_month(venue_id: str, rows: Sequence[dict[str, int | str]]) -> list[WorshipMonth]:
    found: dict[str, list[WorshipTime]] = defaultdict(list)
    for row in rows:
        time = WorshipTime(
            date=date.fromisoformat(str(row["date"])),
            name=str(row["name"]),
            starts=int(row["starts"]),
            ends=int(row["ends"]),
        )
        found[month_of(time.date)].append(time)
    return [
        WorshipMonth(
            venue_id=venue_id,
            month=month,
            times=tuple(sorted(found[month], key=lambda one: (one.date, one.starts, one.ends, one.name))),
        )
        for month in sorted(found)
    ]
