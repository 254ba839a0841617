"""Years of statutory holidays that the city enters when the State Council has published them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.calendars.almanac import Almanac
from services.calendars.errors import HolidayYearChanged, HolidayYearRefused, HolidayYearUnknown
from services.calendars.model import DayOff, HolidayYear
from services.calendars.ports import HolidayStore
from services.common.clock import Clock
from services.common.errors import FieldError
from services.identity.model import Actor

YEAR = re.compile(r"[0-9]{4}")
FIRST_YEAR, LAST_YEAR = 2020, 2099
DECEMBER, SATURDAY = 12, 6


@dataclass(frozen=True, kw_only=True)
class HolidayYearDraft:
    """A year as somebody wrote it; `version` is the one that they read, 0 for none of the city's own."""

    version: int
    days_off: tuple[DayOff, ...]
    makeup_workdays: tuple[date, ...]


class HolidayYears:
    """Reads and writes years."""

    def __init__(self, *, store: HolidayStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, year: str) -> HolidayYear:
        """Return what is known of a year; raises HolidayYearUnknown."""
        return Almanac(await self._store.all()).year(number_of(year))

    async def put(self, actor: Actor, year: str, draft: HolidayYearDraft) -> HolidayYear:
        """Return the year as it is from now on.

        Raises HolidayYearUnknown, HolidayYearRefused, or HolidayYearChanged unless it is at the draft's version.
        """
        written = HolidayYear(
            year=number_of(year),
            version=draft.version + 1,
            days_off=tuple(sorted(draft.days_off, key=lambda one: one.date)),
            makeup_workdays=tuple(sorted(draft.makeup_workdays)),
            changed_at=self._clock.now(),
            changed_by=actor.id,
        )
        if faults := tuple(faults_of(written.year, draft)):
            raise HolidayYearRefused(*faults)
        if not await self._store.claim(written):
            raise HolidayYearChanged
        return written


def number_of(year: str) -> int:
    """Return a year of four digits as a number; raises HolidayYearUnknown."""
    if not YEAR.fullmatch(year) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise HolidayYearUnknown
    return int(year)


def faults_of(year: int, draft: HolidayYearDraft) -> Iterator[FieldError]:
    """Yield what is wrong: a day elsewhere than in the year and December before, one named twice, work on weekdays."""
    off = [(f"days_off[{at}].date", one.date) for at, one in enumerate(draft.days_off)]
    work = [(f"makeup_workdays[{at}]", day) for at, day in enumerate(draft.makeup_workdays)]
    yield from _outside(year, [*off, *work])
    seen: set[date] = set()
    for path, day in (*off, *work):
        if day in seen:
            yield FieldError(path=path, code="repeated", detail="this day was named before")
        seen.add(day)
    for path, day in work:
        if day.isoweekday() < SATURDAY:
            detail = "a make-up workday is a Saturday or a Sunday"
            yield FieldError(path=path, code="not_a_weekend", detail=detail)


def _outside(year: int, days: Iterable[tuple[str, date]]) -> Iterator[FieldError]:
    first, last = date(year - 1, DECEMBER, 1).isoformat(), date(year, DECEMBER, 31).isoformat()
    for path, day in days:
        if not first <= day.isoformat() <= last:
            detail = f"from {first} to {last}"
            yield FieldError(path=path, code="out_of_range", detail=detail, values=(first, last))
