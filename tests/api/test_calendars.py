"""Calendars over HTTP: who may write them, what is refused and how, and what anybody reads of a day."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from services.calendars.mongo import CALENDARS
from services.common.clock import SystemClock, city_day
from tests.api.house import Caller, House, accepted, refused
from tests.opening import DAILY, OPEN, rule

NOWHERE = "ven_01JD0000000000000000000000"
CLOSED = {"kind": "closed"}
LUNAR = {"kind": "lunar_day", "days": [1, 15]}
TODAY = city_day(SystemClock().now())


@pytest.fixture(scope="module")
async def temple(house: House) -> str:
    """A venue that no other test gives a calendar."""
    return await named(house, "龙华寺")


async def named(house: House, name: str) -> str:
    found = accepted(await house.nobody.get("/venues", params={"q": name}))["items"]
    return str(found[0]["id"])


async def put(house: House, person: Caller, venue_id: str, *rules: Mapping[str, Any], **more: Any) -> Any:
    """Replace a calendar at whatever version it has."""
    version = accepted(await house.nobody.get(f"/venues/{venue_id}/calendar"))["version"]
    return await person.post(f"/venues/{venue_id}/calendar", json={"version": version, "rules": list(rules)} | more)


async def days(house: House, venue_id: str, first: str, last: str) -> dict[str, Any]:
    params = {"from": first, "to": last}
    return dict(accepted(await house.nobody.get(f"/venues/{venue_id}/opening-days", params=params)))


def named_faults(problem: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in problem["errors"]]


async def test_a_venue_without_a_calendar_is_unknown(house: House) -> None:
    venue = await named(house, "玉佛禅寺")
    # In the demo, every venue has a calendar.
    await house.stores.mongo.collection(CALENDARS).delete_one({"_id": venue})
    empty = accepted(await house.nobody.get(f"/venues/{venue}/calendar"))
    assert empty == {"venue_id": venue, "version": 0, "plan_days_ahead": 30, "rules": [], "changed_at": None}
    found = await days(house, venue, "2026-05-24", "2026-05-24")
    assert [(one["state"], one["why"], one["rule"]) for one in found["items"]] == [("unknown", "no_calendar", None)]


async def test_a_calendar_comes_back_as_it_was_written(house: House, temple: str) -> None:
    session = {
        **OPEN["sessions"][0],
        "set_aside": [{"channel": "group", "places": 20, "flows_before_min": 60}, {"channel": "walk_in", "places": 5}],
        "last_entry_before_end_min": 15,
    }
    future = (TODAY + timedelta(days=30)).isoformat()
    rules = [
        rule(DAILY, {"kind": "sessions", "sessions": [session]}, label="平日"),
        rule(LUNAR | {"leap": "exclude", "missing": "last_day", "months": [1, 7]}),
        rule({"kind": "dates", "dates": [{"from": future}]}, CLOSED),
        rule({"kind": "worship", "names": ["晡礼"], "minutes_before": 15}, {"kind": "blocks"}, valid_from=future),
        rule(DAILY, {"kind": "blocks", "blocks": [{"from": "12:00", "to": "13:30"}]}, priority=5),
        rule({"kind": "public_holiday"}, CLOSED),
    ]
    written = accepted(await put(house, await house.staff("admin"), temple, *rules, plan_days_ahead=60))
    assert written["plan_days_ahead"] == 60
    assert accepted(await house.nobody.get(f"/venues/{temple}/calendar")) == written
    assert [one["priority"] for one in written["rules"]] == [100, 600, 900, 0, 5, 500]
    plain = [{**one, "id": None} for one in written["rules"]]
    assert plain[0] == {**rules[0], "id": None, "priority": 100}
    assert plain[1]["when"] == rules[1]["when"]
    assert plain[2]["when"] == {"kind": "dates", "dates": [{"from": future, "to": future}]}
    assert plain[3]["when"] == {**rules[3]["when"], "minutes_after": 0}
    assert plain[4]["what"] == rules[4]["what"]
    # As it was read, it can be sent again; ids are kept.
    again = accepted(await put(house, await house.staff("admin"), temple, *written["rules"]))
    assert again["rules"] == written["rules"]


async def test_of_two_who_change_a_calendar_one_is_late(house: House, temple: str) -> None:
    admin = await house.staff("admin")
    version = accepted(await put(house, admin, temple, rule(DAILY)))["version"]
    body = {"version": version, "rules": [rule(DAILY)]}
    path = f"/venues/{temple}/calendar"
    told = await asyncio.gather(*(admin.post(path, json=body) for _ in range(4)))
    assert sorted(one.status_code for one in told) == [200, 409, 409, 409]
    refused(await admin.post(path, json=body), 409, "calendar_changed")
    refused(await admin.post(path, json=body | {"version": version + 2}), 409, "calendar_changed")


async def test_only_who_answers_for_a_venue_writes_its_calendar(house: House, temple: str) -> None:
    path, body = f"/venues/{temple}/calendar", {"version": 0, "rules": []}
    for name in ("manager", "district"):
        refused(await (await house.staff(name)).post(path, json=body), 404, "venue_not_found")
    for name in ("gate", "auditor", "inspector"):
        refused(await (await house.staff(name)).post(path, json=body), 403, "role_forbidden")
    refused(await (await house.citizen()).post(path, json=body), 403, "role_forbidden")
    refused(await house.nobody.post(path, json=body), 401, "token_missing")
    refused(await (await house.staff("admin")).post(f"/venues/{NOWHERE}/calendar", json=body), 404, "venue_not_found")
    refused(await house.nobody.get(f"/venues/{NOWHERE}/calendar"), 404, "venue_not_found")
    refused(await house.nobody.get(f"/venues/{NOWHERE}/opening-days"), 404, "venue_not_found")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"when": {"kind": "lunar_day", "days": [1], "months": [13]}}, "rules[0].when.months[0]", "out_of_range"),
        ({"when": {"kind": "lunar_day", "days": [31]}}, "rules[0].when.days[0]", "out_of_range"),
        (
            {"when": {"kind": "dates", "dates": [{"from": "2027-02-29"}]}},
            "rules[0].when.dates[0].from",
            "invalid_format",
        ),
        ({"valid_until": "2027-02-30"}, "rules[0].valid_until", "invalid_format"),
        ({"priority": 1001}, "rules[0].priority", "out_of_range"),
        (
            {"what": {"kind": "blocks", "blocks": [{"from": "25:00", "to": "26:00"}]}},
            "rules[0].what.blocks[0].from",
            "invalid_format",
        ),
    ],
)
async def test_what_the_wire_cannot_mean_is_refused(
    house: House, temple: str, changes: dict[str, Any], path: str, code: str
) -> None:
    answer = await put(house, await house.staff("admin"), temple, {**rule(DAILY), **changes})
    problem = refused(answer, 422, "fields_invalid")
    assert (path, code) in named_faults(problem)


async def test_rules_that_cannot_be_are_refused_whole(house: House, temple: str) -> None:
    admin = await house.staff("admin")
    past = (TODAY - timedelta(days=1)).isoformat()
    before = accepted(await put(house, admin, temple, rule(DAILY)))
    bad = [rule(DAILY), rule({"kind": "dates", "dates": [{"from": past}]}, CLOSED)]
    problem = refused(await put(house, admin, temple, *bad), 422, "calendar_refused")
    assert named_faults(problem) == [("rules[1].when", "never_matches")]
    assert "没有任何一天" in problem["errors"][0]["detail"]
    clash = [rule(DAILY), rule(LUNAR), rule({"kind": "lunar_day", "days": [1]}, CLOSED)]
    problem = refused(await put(house, admin, temple, *clash), 409, "calendar_conflict")
    assert named_faults(problem) == [("rules[1]", "equal_priority"), ("rules[2]", "equal_priority")]
    assert "rules[2]" in problem["errors"][0]["detail"]
    assert accepted(await house.nobody.get(f"/venues/{temple}/calendar")) == before


async def test_a_day_says_all_that_it_is(house: House, temple: str) -> None:
    festival = rule({"kind": "lunar_festival", "names": ["buddha_birthday"]}, label="佛诞")
    monday = rule({"kind": "weekly", "days": [1]}, CLOSED, label="周一闭馆", priority=200)
    written = accepted(await put(house, await house.staff("admin"), temple, rule(DAILY), festival, monday))
    found = await days(house, temple, "2025-05-04", "2025-05-05")
    assert (found["next"], found["unpublished_years"]) == (None, [])
    assert found["items"][1] == {
        "date": "2025-05-05",
        "weekday": 1,
        "lunar": {"text": "农历四月初八", "year": 2025, "month": 4, "day": 8, "leap": False},
        "festivals": [{"name": "buddha_birthday", "title": "佛诞（浴佛节）"}],
        "public_holiday": "labour_day",
        "makeup_workday": False,
        "state": "open",
        "why": "rule",
        "rule": {"id": written["rules"][1]["id"], "label": "佛诞"},
        "sessions": [{**OPEN["sessions"][0], "set_aside": []}],
        "blocks": [],
    }
    leap = (await days(house, temple, "2025-08-14", "2025-08-14"))["items"][0]
    assert leap["lunar"] == {"text": "农历闰六月廿一", "year": 2025, "month": 6, "day": 21, "leap": True}
    closed = (await days(house, temple, "2025-01-27", "2025-01-27"))["items"][0]
    assert (closed["state"], closed["why"], closed["rule"]["label"]) == ("closed", "rule", "周一闭馆")


async def test_a_window_of_days_is_bounded_and_has_defaults(house: House, temple: str) -> None:
    path = f"/venues/{temple}/opening-days"
    listed = accepted(await house.nobody.get(path))["items"]
    assert [one["date"] for one in listed] == [(TODAY + timedelta(days=offset)).isoformat() for offset in range(14)]
    assert len((await days(house, temple, "2026-01-01", "2026-03-03"))["items"]) == 62
    for first, last in (("2026-01-01", "2026-03-04"), ("2026-01-02", "2026-01-01")):
        answer = await house.nobody.get(path, params={"from": first, "to": last})
        assert named_faults(refused(answer, 422, "fields_invalid")) == [("to", "out_of_range")]
