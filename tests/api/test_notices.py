"""Notices over HTTP: what a person accepts, what they are sent by the stand-in's WeChat, and their own list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.model import NO, Fact, NoticeCall, NoticeKind
from services.notifications.mongo import MongoNoticeCalls
from tests.api.house import Caller, House, accepted, refused, unique
from tests.waiting import until

KINDS = [kind.value for kind in NoticeKind]
CONFIRMED = "booking_confirmed"
WITHIN_S = 20.0


@pytest.fixture(scope="module")
def stand_in(house: House) -> str:
    words = house.server.get_child("wechat-sandbox").cmdline()
    return f"http://127.0.0.1:{words[words.index('--port') + 1]}"


def answers(**said: bool) -> dict[str, Any]:
    return {"id": unique("accept"), "accepts": [{"kind": kind, "accepted": yes} for kind, yes in said.items()]}


async def left(person: Caller) -> dict[str, int]:
    standing = accepted(await person.get("/me/notice-accepts"))
    return {one["kind"]: one["left"] for one in standing["kinds"] if one["left"]}


async def citizen_id(person: Caller) -> str:
    return str(accepted(await person.get("/me"))["id"])


async def call_of(house: House, person: Caller, **changes: Any) -> NoticeCall:
    now = datetime.now(UTC)
    facts = {Fact.STARTS_AT: (now + timedelta(hours=1)).isoformat(), Fact.PARTY_SIZE: "2"}
    values: dict[str, Any] = {
        "kind": NoticeKind.BOOKING_CONFIRMED,
        "subject_id": unique("rsv"),
        "citizen_id": await citizen_id(person),
        "venue_id": house.venue["id"],
        "facts": facts,
        "due_at": None,
        "expires_at": now + timedelta(hours=1),
    }
    return NoticeCall(**{**values, **changes})


async def tell(house: House, *calls: NoticeCall) -> None:
    """Do what a booking does, in its transaction."""
    await MongoNoticeCalls(house.stores.mongo).append(calls)


async def notices(person: Caller, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = accepted(await person.get("/me/notices", params=asked))["items"]
    return found


async def ended(person: Caller, wanted: int) -> list[dict[str, Any]]:
    async def true() -> bool:
        return sum(one["ended_at"] is not None for one in await notices(person)) >= wanted

    await until(true, within_s=WITHIN_S)
    return await notices(person)


async def test_who_never_accepted_has_nothing_left_and_sees_what_to_ask_for(house: House) -> None:
    person = await house.citizen()
    kinds = accepted(await person.get("/me/notice-accepts"))["kinds"]
    assert [one["kind"] for one in kinds] == KINDS
    assert {one["left"] for one in kinds} == {0}
    assert kinds[0]["template_id"] == "demo-booking-confirmed"


async def test_accepts_add_up_and_a_repeat_counts_once(house: House) -> None:
    person, other = await house.citizen(), await house.citizen()
    first = answers(booking_confirmed=True, visit_reminder=True, draw_result=False)
    for _ in range(2):
        accepted(await person.post("/me/notice-accepts", json=first))
    again = accepted(await person.post("/me/notice-accepts", json=answers(booking_confirmed=True)))
    assert again == accepted(await person.get("/me/notice-accepts"))
    assert await left(person) == {CONFIRMED: 2, "visit_reminder": 1}
    assert await left(other) == {}
    changed = {**first, "accepts": [{"kind": CONFIRMED, "accepted": True}]}
    refused(await person.post("/me/notice-accepts", json=changed), 409, "idempotency_key_reused")
    accepted(await other.post("/me/notice-accepts", json=changed))
    assert await left(person) == {CONFIRMED: 2, "visit_reminder": 1}


async def test_nobody_has_more_than_fifty_in_store(house: House) -> None:
    person = await house.citizen()
    for _ in range(52):
        accepted(await person.post("/me/notice-accepts", json=answers(waitlist_offer=True)))
    assert await left(person) == {"waitlist_offer": 50}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"id": "accept-0001", "accepts": []}, "accepts"),
        ({"id": "accept-0001", "accepts": [{"kind": "party_time", "accepted": True}]}, "accepts[0].kind"),
        ({"id": "accept-0001", "accepts": [{"kind": CONFIRMED, "accepted": "yes"}]}, "accepts[0].accepted"),
        ({"id": "accept-0001", "accepts": [{"kind": CONFIRMED}]}, "accepts[0].accepted"),
        ({"id": "accept-0001", "accepts": [{"kind": CONFIRMED, "accepted": True}] * 21}, "accepts"),
        ({"id": "no spaces", "accepts": [{"kind": CONFIRMED, "accepted": True}]}, "id"),
        ({"id": "short", "accepts": [{"kind": CONFIRMED, "accepted": True}]}, "id"),
        ({"id": "x" * 65, "accepts": [{"kind": CONFIRMED, "accepted": True}]}, "id"),
        ({"accepts": [{"kind": CONFIRMED, "accepted": True}]}, "id"),
        (
            {"id": "accept-0001", "accepts": [{"kind": CONFIRMED, "accepted": True}], "citizen_id": "cit_1"},
            "citizen_id",
        ),
    ],
)
async def test_a_wrong_answer_is_refused_with_its_place(house: House, body: dict[str, Any], path: str) -> None:
    person = await house.citizen()
    problem = refused(await person.post("/me/notice-accepts", json=body), 422, "fields_invalid")
    assert [one["path"] for one in problem["errors"]] == [path]
    assert await left(person) == {}


async def test_only_citizens_have_notices(house: House) -> None:
    manager = await house.staff("manager")
    for path in ("/me/notices", "/me/notice-accepts"):
        refused(await manager.get(path), 403, "role_forbidden")
        refused(await house.nobody.get(path), 401, "token_missing")
    refused(await manager.post("/me/notice-accepts", json=answers(booking_confirmed=True)), 403, "role_forbidden")


async def test_a_fact_is_told_once_within_seconds(house: House, stand_in: str) -> None:
    name = unique("told")
    person = await house.citizen(name)
    accepts = {"openid": f"sandbox-{name}", "template_id": "demo-booking-confirmed", "count": 5}
    assert (await house.client.post(f"{stand_in}/sandbox/accepts", json=accepts)).status_code == 200
    accepted(await person.post("/me/notice-accepts", json=answers(booking_confirmed=True)))
    call = await call_of(house, person)
    await tell(house, call)
    await tell(house, call)
    [notice] = await ended(person, 1)
    assert notice["state"] == "sent"
    assert (notice["title"], notice["title_en"]) == ("预约成功", "Visit booked")
    assert (notice["state_text"], notice["state_text_en"]) == ("已发送到微信", "Sent to WeChat")
    assert notice["subject_id"] == notice["reservation_id"] == call.subject_id
    assert await left(person) == {}
    one_more = await house.client.post(f"{stand_in}/sandbox/accepts", json={**accepts, "count": 1})
    assert one_more.json() == {"accepts": 5}
    metrics = (await house.client.get("/metrics")).text
    assert 'chengma_outcomes_total{outcome="sent",what="notice_booking_confirmed"}' in metrics
    assert "chengma_notices_waiting" in metrics


async def test_what_was_not_accepted_is_in_the_list_with_the_reason(house: House) -> None:
    person, other = await house.citizen(), await house.citizen()
    calls = [
        await call_of(house, person, kind=NoticeKind.GROUP_DECIDED, facts={Fact.OUTCOME: NO}, subject_id=unique("grp"))
        for _ in range(3)
    ]
    await tell(house, *calls)
    found = await ended(person, 3)
    assert {one["state"] for one in found} == {"no_accept"}
    assert {(one["title"], one["reservation_id"]) for one in found} == {("申请未通过", None)}
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    first = accepted(await person.get("/me/notices", params={"limit": 2}))
    rest = accepted(await person.get("/me/notices", params={"limit": 2, "after": first["next"]}))
    assert [*first["items"], *rest["items"]] == found
    assert rest["next"] is None
    assert await notices(other) == []
