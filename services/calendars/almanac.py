"""What a day is: weekday, lunar date, festivals, holiday or make-up workday. The city's own years go first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.calendars.festivals import church_festivals_on, lunar_festivals_on
from services.calendars.holidays import packaged_years
from services.calendars.lunar import LunarDate, lunar_date
from services.calendars.model import HolidaySource, HolidayYear
from services.calendars.names import ChurchFestivalName, LunarFestivalName, StatutoryHoliday


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """All that conditions ask of a day. `published`: somebody knows the holidays of its year."""

    date: date
    lunar: LunarDate
    lunar_festivals: tuple[LunarFestivalName, ...]
    church_festivals: tuple[ChurchFestivalName, ...]
    holiday: StatutoryHoliday | None
    is_makeup_workday: bool
    published: bool


@dataclass(frozen=True, kw_only=True)
class _Arrangement:
    days_off: Mapping[date, StatutoryHoliday]
    makeup_workdays: frozenset[date]


_NOTHING = _Arrangement(days_off={}, makeup_workdays=frozenset())


class Almanac:
    """Answers about days, from the years that the city entered and, for others, from the package."""

    def __init__(self, entered: Iterable[HolidayYear]) -> None:
        self._entered = {one.year: one for one in entered}
        self._arranged = {year: _arranged(one) for year, one in self._entered.items()}

    def facts(self, day: date) -> DayFacts:
        """Return what `day` is."""
        lunar, lunar_festivals, church_festivals = _fixed(day)
        arranged = self._of(day)
        return DayFacts(
            date=day,
            lunar=lunar,
            lunar_festivals=lunar_festivals,
            church_festivals=church_festivals,
            holiday=arranged.days_off.get(day),
            is_makeup_workday=day in arranged.makeup_workdays,
            published=self.is_published(day.year),
        )

    def is_published(self, year: int) -> bool:
        """Tell whether anybody knows the holidays of `year`."""
        return year in self._entered or year in packaged_years()

    def year(self, year: int) -> HolidayYear:
        """Return what is known of a year; its source says who knows it."""
        found = self._entered.get(year) or packaged_years().get(year)
        if found is not None:
            return found
        return HolidayYear(year=year, version=0, days_off=(), makeup_workdays=(), source=HolidaySource.UNPUBLISHED)

    def _of(self, day: date) -> _Arrangement:
        # The notice for a year may begin with days in December before, and is newer than that year's own.
        after = self._arranged.get(day.year + 1, _NOTHING)
        if day in after.days_off or day in after.makeup_workdays:
            return after
        return self._arranged.get(day.year) or _packaged(day.year)


def _arranged(year: HolidayYear) -> _Arrangement:
    return _Arrangement(
        days_off={one.date: one.name for one in year.days_off}, makeup_workdays=frozenset(year.makeup_workdays)
    )


@lru_cache(maxsize=64)
def _packaged(year: int) -> _Arrangement:
    found = packaged_years().get(year)
    return _NOTHING if found is None else _arranged(found)


@lru_cache(maxsize=4096)
def _fixed(day: date) -> tuple[LunarDate, tuple[LunarFestivalName, ...], tuple[ChurchFestivalName, ...]]:
    lunar = lunar_date(day)
    return lunar, lunar_festivals_on(lunar), church_festivals_on(day)
