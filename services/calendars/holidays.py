"""Statutory holidays and make-up workdays as the package `chinese_calendar` has them: years that are published."""

from collections.abc import Mapping
from functools import lru_cache

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

from services.calendars.model import DayOff, HolidaySource, HolidayYear
from services.calendars.names import StatutoryHoliday

# Its names are kept as texts, the English ones.
_NAMES: Mapping[str, StatutoryHoliday] = {
    Holiday.new_years_day.value: StatutoryHoliday.NEW_YEAR,
    Holiday.spring_festival.value: StatutoryHoliday.SPRING_FESTIVAL,
    Holiday.tomb_sweeping_day.value: StatutoryHoliday.QINGMING,
    Holiday.labour_day.value: StatutoryHoliday.LABOUR_DAY,
    Holiday.dragon_boat_festival.value: StatutoryHoliday.DRAGON_BOAT,
    Holiday.mid_autumn_festival.value: StatutoryHoliday.MID_AUTUMN,
    Holiday.national_day.value: StatutoryHoliday.NATIONAL_DAY,
}


@lru_cache(maxsize=1)
def packaged_years() -> Mapping[int, HolidayYear]:
    """Return the years that the package knows, each with the days that lie in it."""
    years = sorted({day.year for day in holidays})
    return {year: _year(year) for year in years}


def _year(year: int) -> HolidayYear:
    named = {day: name for day, name in holidays.items() if day.year == year}
    return HolidayYear(
        year=year,
        version=0,
        days_off=tuple(DayOff(date=day, name=_name(named[day])) for day in sorted(named)),
        makeup_workdays=tuple(sorted(day for day in workdays if day.year == year)),
        source=HolidaySource.PACKAGE,
    )


def _name(name: str) -> StatutoryHoliday:
    return _NAMES.get(name, StatutoryHoliday.OTHER)
