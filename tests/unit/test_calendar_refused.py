"""Rules that cannot be: each with its path and code, before anything is written."""

from datetime import date
from typing import Any

import pytest

from services.calendars.almanac import Almanac
from services.calendars.checking import ensure_sound
from services.calendars.errors import CalendarConflict, CalendarRefused, HolidayYearUnknown
from services.calendars.model import DayOff, HolidayYear
from services.calendars.names import StatutoryHoliday
from services.calendars.years import HolidayYearDraft, faults_of, number_of
from tests.opening import DAILY, OPEN, PACKAGED, calendar_of, rule

TODAY = date(2026, 11, 22)
CLOSED = {"kind": "closed"}
SESSION: dict[str, Any] = {"opens": "09:00", "closes": "17:00", "capacity": 100}


def sessions(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "sessions", "sessions": [SESSION | one for one in changes]}


def aside(*places: tuple[str, int]) -> dict[str, Any]:
    return sessions({"set_aside": [{"channel": channel, "places": number} for channel, number in places]})


def lunar(**more: Any) -> dict[str, Any]:
    return {"kind": "lunar_day", **more}


def dates(first: str, last: str) -> dict[str, Any]:
    return {"kind": "dates", "dates": [{"from": first, "to": last}]}


WORSHIP = {"kind": "worship"}
BLOCK_ALL = {"kind": "blocks", "blocks": [{"from": "00:00", "to": "24:00"}]}
REFUSED: list[tuple[list[dict[str, Any]], str, str]] = [
    ([rule(DAILY, valid_from="2027-02-01", valid_until="2027-01-31")], "rules[0].valid_until", "never_matches"),
    ([rule(DAILY, valid_until="2026-11-21")], "rules[0].when", "never_matches"),
    ([rule(DAILY, valid_from="2029-11-24")], "rules[0].when", "never_matches"),
    ([rule(DAILY), rule(dates("2026-10-01", "2026-10-07"), CLOSED)], "rules[1].when", "never_matches"),
    (
        [rule({"kind": "weekly", "days": [1]}, valid_from="2026-11-24", valid_until="2026-11-29")],
        "rules[0].when",
        "never_matches",
    ),
    # No leap first month until 2262, and no leap month at all before the leap fifth of 2028.
    ([rule(lunar(days=[1], months=[1], leap="only"))], "rules[0].when", "never_matches"),
    ([rule(lunar(days=[1], leap="only"), valid_until="2028-06-22")], "rules[0].when", "never_matches"),
    # The third month of 2027 has 29 days: its 30th does not exist.
    ([rule(lunar(days=[30], months=[3]), valid_until="2027-12-31")], "rules[0].when", "never_matches"),
    ([rule(dates("2027-01-03", "2027-01-02"))], "rules[0].when.dates[0].to", "days_reversed"),
    ([rule({"kind": "weekly", "days": [8]})], "rules[0].when.days[0]", "out_of_range"),
    ([rule({"kind": "weekly", "days": [1, 1]})], "rules[0].when.days[1]", "repeated"),
    ([rule({"kind": "weekly"})], "rules[0].when.days", "required"),
    ([rule({"kind": "weekly", "days": [1], "leap": "only"})], "rules[0].when.leap", "not_of_this_kind"),
    ([rule({"kind": "makeup_workday", "names": ["x"]})], "rules[0].when.names", "not_of_this_kind"),
    ([rule({"kind": "lunar_festival"})], "rules[0].when.names", "required"),
    ([rule({"kind": "lunar_festival", "names": ["christmas"]})], "rules[0].when.names[0]", "not_allowed"),
    ([rule({"kind": "church_festival", "names": ["lantern"]})], "rules[0].when.names[0]", "not_allowed"),
    ([rule({"kind": "public_holiday", "names": ["春节"]})], "rules[0].when.names[0]", "not_allowed"),
    ([rule(WORSHIP, CLOSED)], "rules[0].what.kind", "not_with_worship"),
    ([rule(WORSHIP)], "rules[0].what.kind", "not_with_worship"),
    ([rule(DAILY, {"kind": "blocks"})], "rules[0].what.blocks", "required"),
    ([rule(DAILY, {"kind": "sessions"})], "rules[0].what.sessions", "required"),
    ([rule(DAILY, CLOSED | {"blocks": BLOCK_ALL["blocks"]})], "rules[0].what.blocks", "not_of_this_kind"),
    (
        [rule(DAILY, {"kind": "blocks", "blocks": [{"from": "12:00", "to": "12:00"}]})],
        "rules[0].what.blocks[0].to",
        "closes_before_opens",
    ),
    ([rule(DAILY, sessions({"closes": "09:00"}))], "rules[0].what.sessions[0].closes", "closes_before_opens"),
    (
        [rule(DAILY, sessions({"opens": "24:00", "closes": "24:00"}))],
        "rules[0].what.sessions[0].closes",
        "closes_before_opens",
    ),
    (
        [rule(DAILY, sessions({}, {"opens": "16:59", "closes": "18:00"}))],
        "rules[0].what.sessions[1].opens",
        "sessions_overlap",
    ),
    ([rule(DAILY, sessions({"slot_minutes": 481}))], "rules[0].what.sessions[0].slot_minutes", "shorter_than_slot"),
    (
        [rule(DAILY, sessions({"last_entry_before_end_min": 480}))],
        "rules[0].what.sessions[0].last_entry_before_end_min",
        "out_of_range",
    ),
    (
        [rule(DAILY, sessions({"slot_minutes": 30, "last_entry_before_end_min": 30}))],
        "rules[0].what.sessions[0].last_entry_before_end_min",
        "out_of_range",
    ),
    ([rule(DAILY, aside(("group", 60), ("assisted", 41)))], "rules[0].what.sessions[0].set_aside", "above_capacity"),
    ([rule(DAILY, aside(("group", 6), ("group", 4)))], "rules[0].what.sessions[0].set_aside[1].channel", "repeated"),
    ([rule(DAILY, aside(("individual", 6)))], "rules[0].what.sessions[0].set_aside[0].channel", "not_allowed"),
    ([rule(DAILY), rule(DAILY, BLOCK_ALL)], "rules[0].what", "never_opens"),
]


@pytest.mark.parametrize(("rules", "path", "code"), REFUSED)
def test_a_rule_that_cannot_be_is_refused_with_its_path(rules: list[dict[str, Any]], path: str, code: str) -> None:
    with pytest.raises(CalendarRefused) as refusal:
        ensure_sound(calendar_of(rules), TODAY, PACKAGED)
    assert [(one.path, one.code) for one in refusal.value.errors] == [(path, code)]


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(CalendarRefused) as refusal:
        calendar_of([rule({"kind": "weekly"}, sessions({"closes": "08:00"})), rule(DAILY, aside(("individual", 101)))])
    assert len(refusal.value.errors) == 4


def test_one_id_is_for_one_rule() -> None:
    one = rule(DAILY, id="rul_01JD0000000000000000000000")
    with pytest.raises(CalendarRefused) as refusal:
        calendar_of([one, one])
    assert [(one.path, one.code) for one in refusal.value.errors] == [("rules[1].id", "repeated")]
    assert calendar_of([one]).rules[0].id == one["id"]


def test_two_rules_of_equal_priority_may_not_contradict_each_other() -> None:
    rules = [rule(DAILY), rule(lunar(days=[1, 15])), rule(lunar(days=[15]), CLOSED)]
    with pytest.raises(CalendarConflict) as refusal:
        ensure_sound(calendar_of(rules), TODAY, PACKAGED)
    assert [(one.path, one.code, one.values) for one in refusal.value.errors] == [
        ("rules[1]", "equal_priority", ("rules[2]", "2026-11-23")),
        ("rules[2]", "equal_priority", ("rules[1]", "2026-11-23")),
    ]
    ensure_sound(calendar_of([*rules[:2], rule(lunar(days=[15]), CLOSED, priority=601)]), TODAY, PACKAGED)
    # Both want the same: there is nothing to decide.
    ensure_sound(calendar_of([rule(DAILY), rule(DAILY)]), TODAY, PACKAGED)
    # Blocks add up, and contradict nobody.
    block = {"kind": "blocks", "blocks": [{"from": "12:00", "to": "13:00"}]}
    ensure_sound(calendar_of([rule(DAILY, sessions({"slot_minutes": 60})), rule(DAILY, block)]), TODAY, PACKAGED)


def test_a_contradiction_three_years_ahead_is_found_and_one_beyond_is_not() -> None:
    def pair(day: str) -> list[dict[str, Any]]:
        return [rule(DAILY, priority=900), rule({"kind": "dates", "dates": [{"from": day}, {"from": "2026-12-01"}]})]

    ensure_sound(calendar_of(pair("2029-11-22")), TODAY, PACKAGED)
    clash = [rule(DAILY, priority=900), rule(dates("2029-11-21", "2029-11-21"), CLOSED)]
    with pytest.raises(CalendarConflict):
        ensure_sound(calendar_of(clash), TODAY, PACKAGED)


def test_a_rule_for_holidays_that_are_not_published_yet_is_let_pass() -> None:
    late = date(2026, 11, 22)  # the last holiday of 2026 is over
    ensure_sound(calendar_of([rule({"kind": "public_holiday"}), rule({"kind": "makeup_workday"})]), late, PACKAGED)
    years = [HolidayYear(year=year, version=1, days_off=(), makeup_workdays=()) for year in range(2026, 2031)]
    with pytest.raises(CalendarRefused):
        ensure_sound(calendar_of([rule({"kind": "public_holiday"})]), late, Almanac(years))
    only_now = rule({"kind": "public_holiday"}, valid_until="2026-12-31")
    with pytest.raises(CalendarRefused):
        ensure_sound(calendar_of([only_now]), late, PACKAGED)


def test_a_rule_that_is_always_outranked_is_let_pass() -> None:
    ensure_sound(calendar_of([rule(DAILY, OPEN), rule(DAILY, CLOSED, priority=1000)]), TODAY, PACKAGED)


def draft(off: list[date], makeup: list[date]) -> HolidayYearDraft:
    named = tuple(DayOff(date=day, name=StatutoryHoliday.NEW_YEAR) for day in off)
    return HolidayYearDraft(version=0, days_off=named, makeup_workdays=tuple(makeup))


@pytest.mark.parametrize(
    ("off", "makeup", "faults"),
    [
        ([date(2027, 1, 1), date(2026, 12, 31)], [date(2027, 1, 3)], []),
        ([date(2026, 11, 30)], [], [("days_off[0].date", "out_of_range")]),
        ([date(2027, 1, 1), date(2028, 1, 1)], [], [("days_off[1].date", "out_of_range")]),
        ([date(2027, 1, 1), date(2027, 1, 1)], [], [("days_off[1].date", "repeated")]),
        ([date(2027, 1, 3)], [date(2027, 1, 3)], [("makeup_workdays[0]", "repeated")]),
        ([date(2027, 1, 1)], [date(2027, 1, 4)], [("makeup_workdays[0]", "not_a_weekend")]),
    ],
)
def test_a_year_of_holidays_is_judged(off: list[date], makeup: list[date], faults: list[tuple[str, str]]) -> None:
    assert [(one.path, one.code) for one in faults_of(2027, draft(off, makeup))] == faults


@pytest.mark.parametrize("year", ["", "27", "2019", "2100", "02027", "20271", "२०२७", "2027 ", "-2027", "9" * 5000])
def test_what_is_no_year_is_unknown(year: str) -> None:
    with pytest.raises(HolidayYearUnknown):
        number_of(year)
