"""Slots fill the usual hours exactly, never overlap, and have the same id in every plan."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from server.demo.city import DemoVenue, OpeningHours, load_demo_city
from server.demo.slots import demo_calendar
from services.calendars import resolving
from services.calendars.almanac import Almanac
from services.calendars.resolving import PlannedSlot
from services.calendars.worship import WorshipTable
from services.policies.errors import CITY_TIME
from services.reservations.slot_ids import slot_id

FIRST_DAY = date(2026, 11, 21)
DAYS = 30
EAST_8 = timezone(timedelta(hours=8))
VENUES = {venue.slug: venue for venue in load_demo_city().venues}


@pytest.fixture(params=VENUES)
def venue(request: pytest.FixtureRequest) -> DemoVenue:
    return VENUES[request.param]


def plan_slots(venue: DemoVenue, first_day: date, days: int) -> list[PlannedSlot]:
    calendar = demo_calendar(venue, datetime(2026, 11, 20, tzinfo=UTC))
    return list(resolving.plan_slots(calendar, first_day, days, Almanac(()), WorshipTable(())))


def id_of(slot: PlannedSlot) -> str:
    return slot_id(slot.venue_id, slot.starts_at, slot.ends_at)


def at(day: date, since_midnight: timedelta) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=EAST_8) + since_midnight


def spans(slots: list[PlannedSlot]) -> list[tuple[datetime, datetime]]:
    return [(slot.starts_at, slot.ends_at) for slot in slots]


def test_slots_never_overlap_and_stand_in_order(venue: DemoVenue) -> None:
    slots = plan_slots(venue, FIRST_DAY, DAYS)
    assert slots
    for earlier, later in pairwise(slots):
        assert earlier.ends_at <= later.starts_at


def test_slots_cover_exactly_the_hours(venue: DemoVenue) -> None:
    length = timedelta(minutes=venue.slot_minutes)
    expected = []
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        for hours in venue.usual_hours:
            start = at(day, hours.opens)
            while day.isoweekday() in hours.days and start + length <= at(day, hours.closes):
                expected.append((start, start + length))
                start += length
    assert spans(plan_slots(venue, FIRST_DAY, DAYS)) == sorted(expected)


def test_a_slot_belongs_to_its_venue_and_is_in_utc(venue: DemoVenue) -> None:
    slots = plan_slots(venue, FIRST_DAY, DAYS)
    assert {slot.venue_id for slot in slots} == {venue.id}
    assert {slot.capacity for slot in slots} == {venue.slot_capacity}
    assert {moment.tzinfo for span in spans(slots) for moment in span} == {UTC}


def test_days_begin_at_the_citys_midnight() -> None:
    first, *_, last = plan_slots(VENUES["example-round-the-clock"], date(2026, 12, 1), 2)
    assert first.starts_at == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert last.ends_at == datetime(2026, 12, 2, 16, tzinfo=UTC)


def test_round_the_clock_one_slot_runs_at_any_instant() -> None:
    slots = plan_slots(VENUES["example-round-the-clock"], FIRST_DAY, DAYS)
    begin, end = at(FIRST_DAY, timedelta(0)), at(FIRST_DAY, timedelta(days=DAYS))
    assert (slots[0].starts_at, slots[-1].ends_at) == (begin, end)
    dice = random.Random(20261121)
    milliseconds = (end - begin) // timedelta(milliseconds=1)
    drawn = [begin + timedelta(milliseconds=dice.randrange(milliseconds)) for _ in range(300)]
    edges = [slot.starts_at for slot in slots] + [slot.ends_at - timedelta(milliseconds=1) for slot in slots]
    for instant in drawn + edges:
        assert sum(slot.starts_at <= instant < slot.ends_at for slot in slots) == 1


def test_a_remainder_shorter_than_a_slot_is_dropped() -> None:
    hours = OpeningHours(days=frozenset({6}), opens=timedelta(hours=8), closes=timedelta(hours=10, minutes=59))
    venue = replace(VENUES["longhua-temple"], usual_hours=(hours,), slot_minutes=60)
    slots = plan_slots(venue, FIRST_DAY, 1)  # a Saturday
    assert [slot.ends_at for slot in slots] == [at(FIRST_DAY, timedelta(hours=hour)) for hour in (9, 10)]


def test_two_openings_of_a_day_come_in_order_however_listed() -> None:
    later = OpeningHours(days=frozenset({6}), opens=timedelta(hours=14), closes=timedelta(hours=15))
    earlier = OpeningHours(days=frozenset({6}), opens=timedelta(hours=9), closes=timedelta(hours=10))
    venue = replace(VENUES["longhua-temple"], usual_hours=(later, earlier))
    slots = plan_slots(venue, FIRST_DAY, 1)
    assert [slot.starts_at for slot in slots] == [at(FIRST_DAY, timedelta(hours=hour)) for hour in (9, 14)]


def test_a_church_open_on_sundays_has_slots_on_sundays_only() -> None:
    slots = plan_slots(VENUES["muen-church"], FIRST_DAY, DAYS)
    assert {slot.starts_at.astimezone(EAST_8).isoweekday() for slot in slots} == {7}


def test_no_days_are_no_slots() -> None:
    assert plan_slots(VENUES["longhua-temple"], FIRST_DAY, 0) == []


def test_overlapping_plans_agree_on_every_slot(venue: DemoVenue) -> None:
    plan = {id_of(slot): slot for slot in plan_slots(venue, FIRST_DAY, DAYS)}
    later = {id_of(slot): slot for slot in plan_slots(venue, FIRST_DAY + timedelta(days=10), DAYS)}
    shared = plan.keys() & later.keys()
    overlap = plan_slots(venue, FIRST_DAY + timedelta(days=10), DAYS - 10)
    assert shared == {id_of(slot) for slot in overlap}
    assert all(plan[one] == later[one] for one in shared)


def test_no_two_slots_of_the_city_share_an_id() -> None:
    ids = [id_of(slot) for venue in VENUES.values() for slot in plan_slots(venue, FIRST_DAY, DAYS)]
    assert len(ids) == len(set(ids))


def test_the_fixed_offset_is_that_of_the_zone() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for month in range(12 * 20):
        moment = (2020 + month // 12, month % 12 + 1, 15, 12)
        assert datetime(*moment, tzinfo=CITY_TIME) == datetime(*moment, tzinfo=zone)
