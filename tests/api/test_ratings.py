"""Ratings over HTTP: by who entered, once, answered by staff; tickets of bad ones; figures."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.ratings.model import Tag
from tests.api.house import Caller, House, accepted, party, refused
from tests.api.raters import BAD, bad_rating, listed, visit

RATING = {"level": 5, "tags": ["clear_signs", "friendly_staff"], "words": "指引清楚，\u202e工作人员热情。"}
ANSWER = {"words": "感谢您的评价，已增开通道。", "version": 1}
MEASURES = {"measures": "已增开一条入场通道。"}


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


async def tickets(caller: Caller, **asked: Any) -> list[str]:
    page = accepted(await caller.get("/rating-tickets", params={"limit": 200, **asked}))
    return [one["id"] for one in page["items"]]


async def test_the_words_of_levels_and_tags(house: House) -> None:
    words = accepted(await house.nobody.get("/rating-words"))
    assert [one["zh"] for one in words["levels"]] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    assert {one["tag"] for one in words["tags"]} == {tag.value for tag in Tag}
    assert set(words["levels"][2]["tags"]) == {*words["levels"][0]["tags"], *words["levels"][4]["tags"]}


async def test_a_visit_is_rated_and_answered(house: House, gate: Caller, manager: Caller) -> None:
    citizen, path = await visit(house, gate)
    refused(await citizen.get(path), 404, "rating_not_found")
    answer = await citizen.post(path, json=RATING, headers={"Idempotency-Key": "once"})
    rated = accepted(answer, 201)
    assert rated == {
        "venue_id": house.venue["id"],
        "visit_on": rated["visit_on"],
        "rated_on": rated["rated_on"],
        "level": 5,
        "tags": ["clear_signs", "friendly_staff"],
        "words": "指引清楚，工作人员热情。",
        "answer": None,
    }
    assert abs(date.fromisoformat(rated["rated_on"]) - datetime.now(UTC).date()) <= timedelta(days=1)
    assert accepted(await citizen.post(path, json=RATING, headers={"Idempotency-Key": "once"}), 201) == rated
    refused(await citizen.post(path, json=BAD, headers={"Idempotency-Key": "once"}), 409, "idempotency_key_reused")
    refused(await citizen.post(path, json=RATING), 409, "already_rated")
    assert accepted(await citizen.get(path)) == rated
    stranger = await house.citizen()
    refused(await stranger.get(path), 404, "reservation_not_found")
    refused(await stranger.post(path, json=RATING), 404, "reservation_not_found")

    [seen] = [one for one in await listed(manager, house, level=5, answered="false") if one["words"] == rated["words"]]
    assert (seen["version"], seen["ticket"]) == (1, None)
    told = accepted(await manager.post(f"/ratings/{seen['id']}/answer", json=ANSWER))
    assert (told["version"], told["answer"]["words"]) == (2, ANSWER["words"])
    assert told["answer"]["answered_by"] == accepted(await manager.get("/me"))["id"]
    assert accepted(await manager.post(f"/ratings/{seen['id']}/answer", json=ANSWER)) == told
    refused(
        await manager.post(f"/ratings/{seen['id']}/answer", json=ANSWER | {"words": "另一答复"}), 409, "rating_changed"
    )
    corrected = {"words": "感谢您的评价。", "version": 2}
    accepted(await manager.post(f"/ratings/{seen['id']}/answer", json=corrected))
    own = accepted(await citizen.get(path))["answer"]
    assert own == {"words": "感谢您的评价。", "answered_on": told["answer"]["answered_on"]}
    refused(await manager.post(f"/rating-tickets/{seen['id']}/close", json=MEASURES), 404, "rating_ticket_not_found")


async def test_one_visit_has_one_rating_whoever_is_quicker(house: House, gate: Caller) -> None:
    citizen, path = await visit(house, gate)
    answers = await asyncio.gather(*(citizen.post(path, json=RATING | {"level": 4 + at % 2}) for at in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]


async def test_who_has_not_come_or_comes_late_is_refused(house: House, gate: Caller) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(house.later_slot(), party(1))
    path = f"/reservations/{booked['id']}/rating"
    refused(await citizen.post(path, json=RATING), 409, "not_visited")
    accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))
    refused(await citizen.post(path, json=RATING), 409, "not_visited")

    citizen, path = await visit(house, gate)
    problem = refused(
        await citizen.post(path, json=RATING | {"tags": ["crowded", "clean", "clean"]}), 422, "tags_refused"
    )
    assert [one["path"] for one in problem["errors"]] == ["tags[0]", "tags[2]"]
    ended = datetime.now(UTC) - timedelta(days=30, minutes=1)
    reservations = house.stores.mongo.client[house.config.mongodb.database]["reservations"]
    changed = await reservations.update_one({"_id": path.split("/")[2]}, {"$set": {"ends_at": ended}})
    assert changed.modified_count == 1
    refused(await citizen.post(path, json=RATING), 409, "rating_too_late")


async def test_a_bad_rating_is_a_ticket_until_it_is_closed(house: House, manager: Caller) -> None:
    bad = await bad_rating(house)
    assert bad["words"] == "排队太久，请打*******。"
    assert (bad["ticket"]["state"], bad["ticket"]["overdue"], bad["ticket"]["escalated_at"]) == ("open", False, None)
    days = (date.fromisoformat(bad["ticket"]["due_on"]) - date.fromisoformat(bad["rated_on"])).days
    assert 19 <= days <= 45  # fifteen working days, and holidays between them
    close = f"/rating-tickets/{bad['id']}/close"
    district = await house.staff("district")
    assert bad["id"] in await tickets(district, state="open")
    assert bad["id"] not in await tickets(district, state="overdue")
    refused(await manager.post(close, json=MEASURES), 409, "rating_ticket_unanswered")
    accepted(await district.post(f"/ratings/{bad['id']}/answer", json=ANSWER))
    assert bad["id"] not in await tickets(manager, state="open")
    assert bad["id"] in await tickets(manager, state="answered")
    ended = accepted(await manager.post(close, json=MEASURES))
    assert (ended["ticket"]["state"], ended["ticket"]["measures"]) == ("closed", MEASURES["measures"])
    refused(await manager.post(close, json=MEASURES), 409, "rating_ticket_closed")
    assert bad["id"] not in await tickets(district)


async def test_a_deadline_that_passed_shows(house: House, manager: Caller) -> None:
    bad = await bad_rating(house)
    past = "2026-11-02"
    ratings = house.stores.mongo.client[house.config.mongodb.database]["ratings"]
    change = {"ticket.due_on": past, "due_place": f"{past}:{bad['id']}", "escalate_on": past}
    await ratings.update_one({"_id": bad["id"]}, {"$set": change})
    assert (await tickets(manager))[0] == bad["id"]
    assert await tickets(manager, state="overdue") == [bad["id"]]


async def test_who_may_do_what(house: House, gate: Caller, manager: Caller) -> None:
    bad = await bad_rating(house)
    here = f"/venues/{house.venue['id']}/ratings"
    auditor, citizen = await house.staff("auditor"), await house.citizen()
    for path in (here, f"{here}/summary", "/rating-tickets"):
        accepted(await auditor.get(path))
        for caller in (gate, citizen):
            refused(await caller.get(path), 403, "role_forbidden")
        refused(await house.nobody.get(path), 401, "token_missing")
    for path, body in ((f"/ratings/{bad['id']}/answer", ANSWER), (f"/rating-tickets/{bad['id']}/close", MEASURES)):
        for caller in (auditor, gate, citizen):
            refused(await caller.post(path, json=body), 403, "role_forbidden")
    other = f"/venues/{house.side_venue['id']}/ratings"
    for path in (other, f"{other}/summary", "/venues/ven_unknown/ratings"):
        refused(await manager.get(path), 404, "venue_not_found")
    refused(await manager.post("/ratings/rtg_unknown/answer", json=ANSWER), 404, "rating_not_found")
    refused(await manager.post("/rating-tickets/rtg_unknown/close", json=MEASURES), 404, "rating_ticket_not_found")
    refused(await house.nobody.post("/reservations/rsv_unknown/rating", json=RATING), 401, "token_missing")
    refused(await manager.post("/reservations/rsv_unknown/rating", json=RATING), 403, "role_forbidden")
    # Of another venue, a rating does not exist for a manager.
    ratings = house.stores.mongo.client[house.config.mongodb.database]["ratings"]
    await ratings.update_one({"_id": bad["id"]}, {"$set": {"venue_id": house.side_venue["id"]}})
    refused(await manager.post(f"/ratings/{bad['id']}/answer", json=ANSWER), 404, "rating_not_found")
    refused(await manager.post(f"/rating-tickets/{bad['id']}/close", json=MEASURES), 404, "rating_ticket_not_found")


async def test_figures(house: House, gate: Caller, manager: Caller) -> None:
    away = accepted(await manager.get(f"/venues/{house.venue['id']}/ratings/summary", params={"to": "2026-01-02"}))
    assert away["withheld"]
    assert {away[name] for name in ("count", "average", "satisfaction_rate")} == {None}
    assert (away["levels"], away["tags"], away["from"]) == (None, None, "2025-01-02")

    async def one_more() -> None:
        citizen, path = await visit(house, gate)
        accepted(await citizen.post(path, json=RATING), 201)

    await asyncio.gather(*(one_more() for _ in range(10)))
    shown = accepted(await manager.get(f"/venues/{house.venue['id']}/ratings/summary"))
    assert not shown["withheld"]
    assert shown["count"] == sum(one["count"] for one in shown["levels"]) >= 10
    assert next(one["count"] for one in shown["tags"] if one["tag"] == "clear_signs") >= 10
    public = accepted(await house.nobody.get(f"/venues/{house.venue['id']}/satisfaction"))
    assert public.keys() == {"venue_id", "from", "to", "withheld", "count", "average", "satisfaction_rate"}
    assert public["withheld"]  # all of them are of today
    refused(await house.nobody.get("/venues/ven_unknown/satisfaction"), 404, "venue_not_found")
    asked = {"from": "2026-11-22", "to": "2026-11-21"}
    refused(
        await manager.get(f"/venues/{house.venue['id']}/ratings/summary", params=asked), 422, "rating_period_refused"
    )


async def test_nothing_that_is_kept_or_logged_leads_to_who_rated(house: House, gate: Caller) -> None:
    citizen, path = await visit(house, gate)
    accepted(await citizen.post(path, json=RATING | {"words": "无痕评价"}), 201)
    its_id, citizen_id = path.split("/")[2], accepted(await citizen.get("/me"))["id"]
    database = house.stores.mongo.client[house.config.mongodb.database]
    for name in ("ratings", "rating_days"):
        kept = repr(await database[name].find({}).to_list())
        assert len(kept) > 100
        assert its_id not in kept
        assert citizen_id not in kept
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(2))
    for trace in (its_id, citizen_id, "无痕评价"):
        assert trace not in logs
