"""Calendars, years and times of worship in the real database: whole, and changed under the version that was read."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.calendars.model import Calendar, DayOff, HolidayYear, WorshipMonth, WorshipTime
from services.calendars.mongo import MongoCalendars, MongoHolidayYears, MongoWorshipTimes
from services.calendars.names import StatutoryHoliday
from services.calendars.reading import CalendarReading
from services.common.clock import SystemClock
from services.common.mongo import Mongo
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.factories import new_id
from tests.opening import DAILY, OPEN, calendar_of, in_city, rule, starts_of, table

NOW = datetime(2026, 11, 22, 4, 5, 6, 789000, tzinfo=UTC)


@pytest.fixture
def calendars(mongo: Mongo) -> MongoCalendars:
    return MongoCalendars(mongo)


def first_version() -> Calendar:
    rules = [one for name in ("temple", "mosque", "church") for one in table(name)["rules"]]
    rules += [
        rule({"kind": "lunar_day", "days": [30], "months": [4], "leap": "only", "missing": "last_day"}),
        rule({"kind": "public_holiday", "names": ["qingming"]}, valid_until="2027-01-01"),
    ]
    return replace(calendar_of(rules), venue_id=new_id("ven"), changed_at=NOW, changed_by=new_id("stf"))


async def test_a_calendar_comes_back_whole(calendars: MongoCalendars) -> None:
    calendar = first_version()
    assert await calendars.claim(calendar)
    assert await calendars.find(calendar.venue_id) == calendar
    assert calendar in await calendars.all()
    assert await calendars.find(new_id("ven")) is None


async def test_of_many_who_write_over_one_version_one_does(calendars: MongoCalendars) -> None:
    calendar = first_version()
    first = [replace(calendar, plan_days_ahead=number) for number in range(1, 7)]
    assert sum(await asyncio.gather(*(calendars.claim(one) for one in first))) == 1
    second = [replace(calendar, version=2, plan_days_ahead=number) for number in range(1, 7)]
    told = await asyncio.gather(*(calendars.claim(one) for one in second))
    assert sum(told) == 1
    assert await calendars.find(calendar.venue_id) == second[told.index(True)]
    assert not await calendars.claim(replace(calendar, version=4))
    assert not await calendars.claim(calendar)


async def test_a_year_comes_back_whole_and_is_written_once_a_version(mongo: Mongo) -> None:
    years = MongoHolidayYears(mongo)
    year = HolidayYear(
        year=2027,
        version=1,
        days_off=(DayOff(date=date(2027, 1, 1), name=StatutoryHoliday.NEW_YEAR),),
        makeup_workdays=(date(2027, 1, 3),),
        changed_at=NOW,
        changed_by=new_id("stf"),
    )
    assert await years.claim(year)
    assert await years.all() == [year]
    assert not await years.claim(year)
    assert await years.claim(replace(year, version=2))
    assert not await years.claim(replace(year, version=2))


async def test_months_of_worship_are_replaced_whole(mongo: Mongo) -> None:
    store, venue = MongoWorshipTimes(mongo), new_id("ven")
    time = WorshipTime(date=date(2026, 11, 27), name="主麻", starts=720, ends=780)
    november = WorshipMonth(venue_id=venue, month="2026-11", times=(time, replace(time, date=date(2026, 11, 20))))
    december = WorshipMonth(venue_id=venue, month="2026-12", times=())
    await store.put([november, december])
    await store.put([november, december])
    asked = [f"2026-{month:02}" for month in range(1, 13)]
    assert sorted(await store.find(venue, asked), key=lambda one: one.month) == [november, december]
    shorter = replace(november, times=(time,))
    await store.put([shorter])
    assert await store.find(venue, ["2026-11"]) == [shorter]
    assert await store.find(new_id("ven"), asked) == []


async def test_slots_are_planned_from_what_the_stores_hold(mongo: Mongo) -> None:
    worship, venue = MongoWorshipTimes(mongo), new_id("ven")
    reading = CalendarReading(
        store=MongoCalendars(mongo),
        holidays=MongoHolidayYears(mongo),
        worship=worship,
        venues=VenueDirectory(store=MongoVenues(mongo), clock=SystemClock()),
    )
    night = {"kind": "sessions", "sessions": [{**OPEN["sessions"][0], "opens": "00:00", "closes": "03:00"}]}
    rules = [rule(DAILY, night), rule({"kind": "worship", "minutes_after": 30}, {"kind": "blocks"})]
    draft = replace(calendar_of(rules), venue_id=venue)
    assert await reading.planned(draft, date(2028, 1, 1), 1) == []  # nobody knows when worship is
    eve = WorshipTime(date=date(2027, 12, 31), name="夜", starts=1410, ends=1440)
    await worship.put([WorshipMonth(venue_id=venue, month="2027-12", times=(eve,))])
    await worship.put([WorshipMonth(venue_id=venue, month="2028-01", times=())])
    slots = await reading.planned(draft, date(2028, 1, 1), 1)
    assert starts_of(slots) == ["01:00", "02:00"]  # the month before is asked for, too
    assert {in_city(one.starts_at).date() for one in slots} == {date(2028, 1, 1)}
