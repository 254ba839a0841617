"""Days of the lunar calendar. `lunar_python` computes the months of a lunar year, once; the rest is counting days.

Its table of months costs 3 ms a year, the conversion of a single date 0.9 ms: so the table is asked, and kept.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lunar_python import LunarYear

_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
# The Julian day that begins at noon of a date, less the date's ordinal.
_JULIAN_OFFSET = 1_721_425


@dataclass(frozen=True, kw_only=True)
class LunarMonth:
    """A month: it begins on the day with this ordinal and has 29 or 30 days."""

    year: int
    month: int
    is_leap: bool
    first: int
    length: int


@dataclass(frozen=True, kw_only=True)
class LunarDate:
    """A day by the lunar calendar; `month_length` is 29 or 30, `ends_year` marks the last day of the lunar year."""

    year: int
    month: int
    day: int
    is_leap: bool
    month_length: int
    ends_year: bool

    @property
    def text(self) -> str:
        """Return it in words: 农历十月初四, 农历闰六月廿一."""
        return f"农历{'闰' if self.is_leap else ''}{_MONTHS[self.month - 1]}月{_day_text(self.day)}"


def _day_text(day: int) -> str:
    if day in {10, 20, 30}:
        return {10: "初十", 20: "二十", 30: "三十"}[day]
    return ("初", "十", "廿")[day // 10] + _DIGITS[day % 10 - 1]


@lru_cache(maxsize=4096)
def lunar_date(day: date) -> LunarDate:
    """Return `day` by the lunar calendar; the years 2000 to 2999 of the wire are within what is computed."""
    ordinal = day.toordinal()
    months = _months_of(day.year)
    if ordinal < months[0].first:
        months = _months_of(day.year - 1)
    at = bisect_right([one.first for one in months], ordinal) - 1
    month = months[at]
    nth = ordinal - month.first + 1
    return LunarDate(
        year=month.year,
        month=month.month,
        day=nth,
        is_leap=month.is_leap,
        month_length=month.length,
        ends_year=at == len(months) - 1 and nth == month.length,
    )


@lru_cache(maxsize=64)
def _months_of(year: int) -> tuple[LunarMonth, ...]:
    """Return the 12 or 13 months of a lunar year, which begins in January or February."""
    return tuple(
        LunarMonth(
            year=year,
            month=abs(one.getMonth()),
            is_leap=one.isLeap(),
            first=int(one.getFirstJulianDay()) - _JULIAN_OFFSET,
            length=one.getDayCount(),
        )
        for one in LunarYear.fromYear(year).getMonths()
        if one.getYear() == year
    )
