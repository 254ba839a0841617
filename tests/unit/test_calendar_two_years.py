"""Two years of a temple, a mosque and a church, day by day, against tables that were written by hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from services.calendars.checking import ensure_sound
from services.calendars.model import Calendar
from services.calendars.resolving import DayState, PlannedSlot, Why, plan_slots, resolve
from services.calendars.worship import WorshipTable
from tests.opening import (
    FIRST,
    NO_WORSHIP,
    PACKAGED,
    TWO_YEARS,
    calendar_of,
    days_by_month,
    in_city,
    starts_of,
    table,
    two_years,
    worship_of,
)

TEMPLE, MOSQUE, CHURCH, ALMANAC = table("temple"), table("mosque"), table("church"), table("almanac")


@cache
def kept(name: str) -> Calendar:
    return calendar_of(table(name)["rules"])


def slots_by_day(calendar: Calendar, worship: WorshipTable) -> Mapping[date, Sequence[PlannedSlot]]:
    found: dict[date, list[PlannedSlot]] = {day: [] for day in two_years()}
    for slot in plan_slots(calendar, FIRST, TWO_YEARS, PACKAGED, worship):
        found[in_city(slot.starts_at).date()].append(slot)
    return found


def test_on_each_day_the_temple_opens_by_the_rule_that_should_win() -> None:
    usual, *_ = [one["label"] for one in TEMPLE["rules"]]
    expected = {day: label for label, days in TEMPLE["wins"].items() for day in days}
    assert len(expected) == sum(map(len, TEMPLE["wins"].values()))
    for day in two_years():
        plan = resolve(kept("temple"), day, PACKAGED, NO_WORSHIP)
        assert plan.rule is not None
        assert plan.rule.label == expected.get(day, usual), day


def test_the_temple_s_slots_are_those_of_its_rules() -> None:
    labels = {day: label for label, days in TEMPLE["wins"].items() for day in days}
    for day, slots in slots_by_day(kept("temple"), NO_WORSHIP).items():
        wanted = TEMPLE["days"][labels.get(day, "平日")]
        assert len(slots) == wanted["slots"], day
        if slots:
            assert f"{in_city(slots[0].starts_at):%H:%M}" == wanted["opens"]
            closes = in_city(slots[-1].ends_at)
            at_midnight = closes.date() == day + timedelta(days=1)
            assert ("24:00" if at_midnight else f"{closes:%H:%M}") == wanted["closes"]
            assert sorted({one.capacity for one in slots}) == wanted["places"]


def test_on_each_day_the_mosque_keeps_prayer_free() -> None:
    starts, fridays = MOSQUE["starts"], days_by_month(MOSQUE["fridays"])
    assert len(fridays) == 104
    for day, slots in slots_by_day(kept("mosque"), worship_of(MOSQUE["worship"])).items():
        if day in MOSQUE["closed"] or day in MOSQUE["unknown"]:
            wanted: list[str] = []
        else:
            wanted = starts.get(day, starts["friday" if day in fridays else "usual"])
        assert starts_of(slots) == wanted, day


def test_a_month_of_worship_that_was_not_imported_is_unknown_and_not_open() -> None:
    worship = worship_of(MOSQUE["worship"])
    plans = {day: resolve(kept("mosque"), day, PACKAGED, worship) for day in two_years()}
    unknown = [day for day, plan in plans.items() if plan.state is DayState.UNKNOWN]
    assert unknown == MOSQUE["unknown"]
    assert {plans[day].why for day in unknown} == {Why.WORSHIP_TIMES_MISSING}
    assert [day for day, plan in plans.items() if plan.state is DayState.CLOSED] == MOSQUE["closed"]


def test_on_each_day_the_church_keeps_mass_free() -> None:
    sundays, holidays = days_by_month(CHURCH["sundays"]), days_off()
    assert len(sundays) == 104
    for day, slots in slots_by_day(kept("church"), NO_WORSHIP).items():
        kind = "_".join(name for name, days in (("holiday", holidays), ("sunday", sundays)) if day in days)
        wanted = [] if day in CHURCH["closed"] else CHURCH["starts"][kind or "usual"]
        assert starts_of(slots) == wanted, day


def days_off() -> set[date]:
    return {
        one["first"] + timedelta(days=offset)
        for one in ALMANAC["holidays"]
        for offset in range((one["last"] - one["first"]).days + 1)
    }


def test_all_three_are_sound_calendars() -> None:
    for name in ("temple", "mosque", "church"):
        ensure_sound(kept(name), FIRST, PACKAGED)


def test_the_tables_hold_every_new_moon_and_full_moon() -> None:
    in_two_years = [one[name] for one in ALMANAC["months"] for name in ("first", "fifteenth") if one[name] >= FIRST]
    assert len(in_two_years) == 24 + 25
    won = Counter[Any](day for days in TEMPLE["wins"].values() for day in days)
    # All of them are in the temple's table, under one label each: two are new year's days.
    assert all(won[day] == 1 for day in in_two_years)
    assert set(in_two_years) - set(TEMPLE["wins"]["初一、十五"]) == set(TEMPLE["wins"]["春节"])
