"""Deadlines of bad ratings by the almanac: holidays and make-up workdays as they are known."""

from collections.abc import Sequence
from datetime import date

from server.visits.ratings import AlmanacWorkdays
from services.calendars.model import DayOff, HolidayYear
from services.calendars.names import StatutoryHoliday
from services.ratings.rules import due_on

# Entered by a city, invented: Monday to Wednesday off, the Sunday before worked.
ENTERED = HolidayYear(
    year=2040,
    version=1,
    days_off=tuple(DayOff(date=date(2040, 10, day), name=StatutoryHoliday.NATIONAL_DAY) for day in (1, 2, 3)),
    makeup_workdays=(date(2040, 9, 30),),
)


class Years:
    """What a city entered."""

    def __init__(self, *years: HolidayYear) -> None:
        self._years = years

    async def all(self) -> Sequence[HolidayYear]:
        return self._years


async def test_holidays_do_not_count_and_made_up_days_do() -> None:
    friday = date(2040, 9, 28)
    known = await AlmanacWorkdays(holidays=Years(ENTERED)).known()
    assert [due_on(friday, days, known).day for days in (1, 2, 3, 4)] == [30, 4, 5, 8]


async def test_of_years_that_nobody_knows_weekdays_count() -> None:
    friday = date(2040, 9, 28)
    known = await AlmanacWorkdays(holidays=Years()).known()
    assert [due_on(friday, days, known).day for days in (1, 2, 3, 4)] == [1, 2, 3, 4]


async def test_published_years_are_known_without_being_entered() -> None:
    known = await AlmanacWorkdays(holidays=Years()).known()
    assert not known(date(2025, 10, 1))
    assert known(date(2025, 9, 28))  # a Sunday, made up for National Day by the State Council's notice for 2025
    assert not known(date(2025, 9, 27))
