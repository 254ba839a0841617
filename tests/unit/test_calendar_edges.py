"""What calendars say at the edges: leap months, short months, year's end, midnight, equal priority, blocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.calendars.almanac import Almanac
from services.calendars.model import Calendar, DayOff, HolidayYear
from services.calendars.names import StatutoryHoliday
from services.calendars.resolving import DayState, PlannedSlot, Why, plan_slots, resolve
from services.venues.model import Channel
from tests.opening import (
    DAILY,
    FIRST,
    NO_WORSHIP,
    OPEN,
    PACKAGED,
    TWO_YEARS,
    VENUE,
    calendar_of,
    in_city,
    rule,
    starts_of,
    two_years,
    worship_of,
)

ONE_SESSION: dict[str, Any] = {"opens": "09:00", "closes": "17:00", "capacity": 100}


def open_days(when: dict[str, Any], **more: Any) -> list[date]:
    calendar = calendar_of([rule(when, **more)])
    plans = {day: resolve(calendar, day, PACKAGED, NO_WORSHIP) for day in two_years()}
    return [day for day, plan in plans.items() if plan.state is DayState.OPEN]


def slots(*sessions: dict[str, Any], day: date = date(2026, 3, 2)) -> list[PlannedSlot]:
    calendar = calendar_of([rule(DAILY, {"kind": "sessions", "sessions": list(sessions)})])
    return list(plan_slots(calendar, day, 1, PACKAGED, NO_WORSHIP))


def test_a_lunar_day_counts_in_a_leap_month_unless_it_is_left_out() -> None:
    sixth = {"kind": "lunar_day", "days": [1], "months": [6]}
    assert open_days(sixth) == [date(2025, 6, 25), date(2025, 7, 25), date(2026, 7, 14)]
    assert open_days(sixth | {"leap": "exclude"}) == [date(2025, 6, 25), date(2026, 7, 14)]
    assert open_days(sixth | {"leap": "only"}) == [date(2025, 7, 25)]


def test_the_thirtieth_is_missing_in_a_month_of_29_days_unless_its_last_day_stands_for_it() -> None:
    thirtieth = {"kind": "lunar_day", "days": [30]}
    skipped, stood_for = open_days(thirtieth), open_days(thirtieth | {"missing": "last_day"})
    assert len(skipped) == 12
    assert len(stood_for) == 24
    assert date(2025, 8, 22) in set(stood_for) - set(skipped)  # the 29th of the leap sixth month
    assert date(2026, 2, 16) in set(stood_for) - set(skipped)  # the 29th, which is new year's eve
    assert date(2025, 9, 21) in skipped
    # The 29th itself is not doubled in a month of 30 days.
    ends = open_days({"kind": "lunar_day", "days": [29, 30], "missing": "last_day"})
    assert len(ends) == 24 + 12


def test_a_season_includes_both_its_ends() -> None:
    found = open_days(DAILY, valid_from="2025-12-31", valid_until="2026-01-01")
    assert found == [date(2025, 12, 31), date(2026, 1, 1)]
    assert open_days(DAILY, valid_from="2026-12-30") == [date(2026, 12, 30), date(2026, 12, 31)]
    assert open_days(DAILY, valid_until="2025-01-01") == [FIRST]


def test_a_day_of_the_city_begins_eight_hours_before_its_utc_day_at_year_s_end_too() -> None:
    whole = {"opens": "00:00", "closes": "24:00", "capacity": 5}
    [last], [first] = slots(whole, day=date(2025, 12, 31)), slots(whole, day=date(2026, 1, 1))
    assert last.starts_at == datetime(2025, 12, 30, 16, tzinfo=UTC)
    assert last.ends_at == first.starts_at == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert first.ends_at == datetime(2026, 1, 1, 16, tzinfo=UTC)
    only_new_year = calendar_of([rule({"kind": "dates", "dates": [{"from": "2026-01-01"}]})])
    days = {in_city(one.starts_at).date() for one in plan_slots(only_new_year, FIRST, TWO_YEARS, PACKAGED, NO_WORSHIP)}
    assert days == {date(2026, 1, 1)}


def test_slots_fill_a_session_and_what_is_left_over_is_dropped() -> None:
    found = slots(ONE_SESSION | {"closes": "11:45", "slot_minutes": 60})
    assert starts_of(found) == ["09:00", "10:00"]
    assert [one.ends_at - one.starts_at for one in found] == [timedelta(hours=1)] * 2
    [whole] = slots(ONE_SESSION)
    assert whole.ends_at - whole.starts_at == timedelta(hours=8)


def test_sessions_may_stand_in_any_order_and_slots_are_ordered() -> None:
    late, early = ONE_SESSION | {"opens": "14:00"}, ONE_SESSION | {"closes": "12:00", "capacity": 7}
    found = slots(late, early)
    assert [(starts_of([one])[0], one.capacity) for one in found] == [("09:00", 7), ("14:00", 100)]


def test_what_is_set_aside_flows_before_the_start_and_last_entry_lies_before_the_end() -> None:
    aside = [{"channel": "group", "places": 20, "flows_before_min": 90}, {"channel": "walk_in", "places": 5}]
    [slot] = slots(ONE_SESSION | {"set_aside": aside, "last_entry_before_end_min": 45})
    assert [(one.channel, one.places) for one in slot.set_aside] == [(Channel.GROUP, 20), (Channel.WALK_IN, 5)]
    assert slot.set_aside[0].flows_at == slot.starts_at - timedelta(minutes=90)
    assert slot.set_aside[1].flows_at is None
    assert slot.last_entry_at == slot.ends_at - timedelta(minutes=45)


def test_a_signature_changes_with_the_quota_and_with_nothing_else() -> None:
    group, walk_in = {"channel": "group", "places": 20}, {"channel": "walk_in", "places": 5}
    [plain] = slots(ONE_SESSION)
    [same] = slots(ONE_SESSION | {"set_aside": []})
    [one], [other] = (slots(ONE_SESSION | {"set_aside": list(both)}) for both in ((group, walk_in), (walk_in, group)))
    assert plain.signature == same.signature
    assert one.signature == other.signature
    different = [
        ONE_SESSION | {"capacity": 101},
        ONE_SESSION | {"last_entry_before_end_min": 0},
        ONE_SESSION | {"set_aside": [group]},
        ONE_SESSION | {"set_aside": [group | {"flows_before_min": 0}]},
        ONE_SESSION | {"set_aside": [group | {"places": 21}]},
    ]
    signatures = {slots(session)[0].signature for session in different} | {plain.signature, one.signature}
    assert len(signatures) == len(different) + 2


def test_the_blocks_of_all_rules_add_up_and_cut_every_slot_they_touch() -> None:
    hours = OPEN | {"sessions": [ONE_SESSION | {"slot_minutes": 30}]}
    blocks = [{"from": "10:00", "to": "10:30"}, {"from": "11:15", "to": "11:16"}]
    calendar = calendar_of(
        [
            rule(DAILY, hours),
            rule({"kind": "weekly", "days": [1]}, {"kind": "blocks", "blocks": blocks}),
            rule(DAILY, {"kind": "blocks", "blocks": [{"from": "10:30", "to": "11:00"}]}, priority=1000),
        ]
    )
    plan = resolve(calendar, date(2026, 3, 2), PACKAGED, NO_WORSHIP)
    assert [(one.starts, one.ends) for one in plan.blocks] == [(600, 660), (675, 676)]
    found = starts_of(plan_slots(calendar, date(2026, 3, 2), 1, PACKAGED, NO_WORSHIP))
    assert found[:4] == ["09:00", "09:30", "11:30", "12:00"]


def test_one_slot_for_all_of_a_session_goes_whole_when_a_block_touches_it() -> None:
    block = rule(DAILY, {"kind": "blocks", "blocks": [{"from": "12:00", "to": "12:05"}]})
    calendar = calendar_of([rule(DAILY, {"kind": "sessions", "sessions": [ONE_SESSION]}), block])
    plan = resolve(calendar, FIRST, PACKAGED, NO_WORSHIP)
    assert (plan.state, plan.why) == (DayState.CLOSED, Why.ALL_BLOCKED)


def test_worship_around_midnight_takes_of_both_days() -> None:
    night = {"date": date(2025, 12, 31), "name": "夜", "starts": "23:30", "ends": "24:00"}
    calendar = calendar_of(
        [
            rule(DAILY, {"kind": "sessions", "sessions": [ONE_SESSION | {"opens": "00:00", "slot_minutes": 30}]}),
            rule({"kind": "worship", "minutes_after": 45}, {"kind": "blocks"}),
        ]
    )
    worship = worship_of([night, {**night, "date": date(2026, 1, 5)}])
    plan = resolve(calendar, date(2026, 1, 1), PACKAGED, worship)
    assert [(one.starts, one.ends) for one in plan.blocks] == [(0, 45)]
    assert starts_of(plan_slots(calendar, date(2026, 1, 1), 1, PACKAGED, worship))[0] == "01:00"


@pytest.mark.parametrize("priority", [None, 501])
def test_rules_that_meet_only_after_holidays_were_entered_are_decided_by_their_order(priority: int | None) -> None:
    new_year = HolidayYear(
        year=2027,
        version=1,
        days_off=(DayOff(date=date(2027, 3, 1), name=StatutoryHoliday.NEW_YEAR),),
        makeup_workdays=(),
    )
    shorter = OPEN | {"sessions": [ONE_SESSION]}
    more = {} if priority is None else {"priority": priority}
    calendar = calendar_of(
        [rule({"kind": "public_holiday"}), rule(DAILY, shorter, priority=500), rule(DAILY, {"kind": "closed"}, **more)]
    )
    plan = resolve(calendar, date(2027, 3, 1), Almanac([new_year]), NO_WORSHIP)
    assert plan.rule is calendar.rules[0 if priority is None else 2]


def test_a_day_without_a_rule_is_closed_and_a_venue_without_a_calendar_is_unknown() -> None:
    calendar = calendar_of([rule({"kind": "weekly", "days": [2]})])
    plan = resolve(calendar, date(2026, 3, 2), PACKAGED, NO_WORSHIP)
    assert (plan.state, plan.why, plan.rule) == (DayState.CLOSED, Why.NO_RULE, None)
    nothing = Calendar(venue_id=VENUE, version=0, rules=(), plan_days_ahead=30)
    plan = resolve(nothing, date(2026, 3, 2), PACKAGED, NO_WORSHIP)
    assert (plan.state, plan.why) == (DayState.UNKNOWN, Why.NO_CALENDAR)
    assert plan_slots(nothing, FIRST, TWO_YEARS, PACKAGED, NO_WORSHIP) == []
