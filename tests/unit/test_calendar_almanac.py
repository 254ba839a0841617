"""What days are: lunar dates, festivals, holidays and make-up workdays, against tables that were written by hand."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from lunar_python import Solar

from services.calendars.almanac import Almanac
from services.calendars.festivals import easter, lunar_festivals_on, title_of
from services.calendars.lunar import LunarDate, lunar_date
from services.calendars.model import DayOff, HolidaySource, HolidayYear
from services.calendars.names import ChurchFestivalName, LunarFestivalName, StatutoryHoliday
from tests.opening import PACKAGED, table, two_years

ALMANAC = table("almanac")
ONE_DAY = timedelta(days=1)


@pytest.mark.parametrize("month", ALMANAC["months"], ids=lambda one: str(one["name"]))
def test_a_month_begins_on_its_new_moon_and_has_its_days(month: dict[str, object]) -> None:
    first, length = month["first"], month["length"]
    assert isinstance(first, date)
    assert isinstance(length, int)
    found = [lunar_date(first + offset * ONE_DAY) for offset in range(length)]
    assert [one.day for one in found] == list(range(1, length + 1))
    assert {(one.month, one.is_leap, one.month_length) for one in found} == {(month["month"], month["leap"], length)}
    assert month["fifteenth"] == first + 14 * ONE_DAY
    assert lunar_date(first - ONE_DAY).day >= 29
    assert lunar_date(first + length * ONE_DAY).day == 1


def test_the_months_follow_each_other_without_a_gap() -> None:
    months = ALMANAC["months"]
    for one, following in pairwise(months):
        assert one["first"] + one["length"] * ONE_DAY == following["first"]


def test_a_second_look_by_the_package_itself_says_the_same() -> None:
    for day in [*two_years(), date(2033, 12, 22), date(2034, 1, 19), date(2262, 3, 1), date(2099, 12, 31)]:
        theirs = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        ours = lunar_date(day)
        assert (ours.year, -ours.month if ours.is_leap else ours.month, ours.day) == (
            theirs.getYear(),
            theirs.getMonth(),
            theirs.getDay(),
        )


def test_days_have_words() -> None:
    assert {day: lunar_date(day).text for day in ALMANAC["words"]} == ALMANAC["words"]


@pytest.mark.parametrize("name", ALMANAC["festivals"])
def test_a_festival_falls_on_its_days_and_on_no_others(name: str) -> None:
    days = [day for day in two_years() if LunarFestivalName(name) in PACKAGED.facts(day).lunar_festivals]
    assert days == ALMANAC["festivals"][name]


@pytest.mark.parametrize("name", ChurchFestivalName)
def test_a_church_festival_falls_on_its_days(name: ChurchFestivalName) -> None:
    days = [day for day in two_years() if name in PACKAGED.facts(day).church_festivals]
    assert days == ALMANAC["church_festivals"][name]


def test_easter_is_where_tables_have_it() -> None:
    # The earliest and latest there can be, and the exceptions of the Gregorian rule.
    known = {1818: (3, 22), 1943: (4, 25), 1954: (4, 18), 1981: (4, 19), 2000: (4, 23), 2024: (3, 31), 2027: (3, 28)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known
    assert easter(2049) == date(2049, 4, 18)
    assert easter(2076) == date(2076, 4, 19)


def test_every_festival_has_a_name() -> None:
    assert all(title_of(one) for one in [*LunarFestivalName, *ChurchFestivalName])


def test_no_festival_falls_in_a_leap_month_but_the_last_day_of_a_year_is_its_eve() -> None:
    leap = {"year": 2025, "is_leap": True, "month_length": 29}
    assert lunar_festivals_on(LunarDate(month=6, day=19, ends_year=False, **leap)) == ()  # type: ignore[arg-type]
    found = lunar_festivals_on(LunarDate(month=12, day=29, ends_year=True, **leap))  # type: ignore[arg-type]
    assert found == (LunarFestivalName.NEW_YEARS_EVE,)


def test_holidays_and_makeup_workdays_are_those_of_the_notices() -> None:
    named = {
        one["first"] + offset * ONE_DAY: one["name"]
        for one in ALMANAC["holidays"]
        for offset in range((one["last"] - one["first"]).days + 1)
    }
    for day in two_years():
        facts = PACKAGED.facts(day)
        assert (facts.holiday is None) == (day not in named), day
        assert facts.holiday is None or facts.holiday in named[day].split(" or "), day
        assert facts.is_makeup_workday == (day in ALMANAC["makeup_workdays"]), day
        assert facts.published


def entered(year: int, *days: date, makeup: tuple[date, ...] = ()) -> HolidayYear:
    off = tuple(DayOff(date=day, name=StatutoryHoliday.NEW_YEAR) for day in days)
    return HolidayYear(year=year, version=1, days_off=off, makeup_workdays=makeup)


def test_a_year_that_nobody_knows_has_no_holidays_and_says_so() -> None:
    facts = PACKAGED.facts(date(2027, 10, 1))
    assert (facts.holiday, facts.is_makeup_workday, facts.published) == (None, False, False)
    assert PACKAGED.year(2027).source is HolidaySource.UNPUBLISHED
    assert PACKAGED.year(2026).source is HolidaySource.PACKAGE


def test_what_the_city_enters_goes_before_the_package() -> None:
    almanac = Almanac([entered(2026, date(2026, 7, 1), makeup=(date(2026, 7, 4),))])
    assert almanac.facts(date(2026, 7, 1)).holiday is StatutoryHoliday.NEW_YEAR
    assert almanac.facts(date(2026, 7, 4)).is_makeup_workday
    assert almanac.facts(date(2026, 10, 1)).holiday is None
    assert almanac.year(2026).source is HolidaySource.ENTERED


def test_a_notice_may_begin_in_december_before() -> None:
    almanac = Almanac([entered(2027, date(2026, 12, 31), date(2027, 1, 1), makeup=(date(2026, 12, 27),))])
    assert almanac.facts(date(2026, 12, 31)).holiday is StatutoryHoliday.NEW_YEAR
    assert almanac.facts(date(2026, 12, 27)).is_makeup_workday
    # The rest of 2026 is still the package's.
    assert almanac.facts(date(2026, 10, 1)).holiday is StatutoryHoliday.NATIONAL_DAY
    assert almanac.facts(date(2026, 12, 30)).holiday is None
