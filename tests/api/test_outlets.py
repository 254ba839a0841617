"""Outlets over HTTP: registered, changed, closed, merged, found, and what keeps them from it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.common.clock import city_day
from tests.api.house import Caller, House, accepted, refused, unique
from tests.outlets import USCC

PHONE = "13800000000"


def outlet(**changes: Any) -> dict[str, Any]:
    return {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": "310101",
        "position": {"lng": 121.483, "lat": 31.227},
        **changes,
    }


def licence(number: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "number": number or unique("示例"),
        "issuer": "示例发证机关",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "scope": "餐饮服务",
        **changes,
    }


async def registered(person: Caller, **changes: Any) -> dict[str, Any]:
    answer = await person.post("/outlets", json=outlet(**changes))
    found: dict[str, Any] = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/outlets/{found['id']}"
    return found


async def changed(person: Caller, one: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {"version": one["version"], **changes}
    found: dict[str, Any] = accepted(await person.post(f"/outlets/{one['id']}/changes", json=body))
    return found


async def test_the_whole_life_of_an_outlet(house: House) -> None:
    admin, inspector = await house.staff("district"), await house.staff("inspector")
    somebody = {"name": "示例联系人", "phone": PHONE}
    one = await registered(admin, uscc=USCC, licence=licence(), contacts=[somebody])
    assert (one["state"], one["version"], one["city_id"]) == ("active", 1, "310000")
    assert "contacts" not in one
    assert accepted(await inspector.get(f"/outlets/{one['id']}")) == one
    assert accepted(await inspector.get(f"/outlets/{one['id']}/contacts")) == {"items": [somebody]}

    two = await changed(admin, one, name="示例清真面馆", position={"lng": 121.47, "lat": 31.2}, uscc=None, contacts=[])
    assert (two["name"], two["uscc"], two["licence"], two["version"]) == ("示例清真面馆", None, one["licence"], 2)
    assert accepted(await admin.get(f"/outlets/{one['id']}/contacts")) == {"items": []}
    stale = await admin.post(f"/outlets/{one['id']}/changes", json={"version": 1, "name": "示例"})
    refused(stale, 409, "outlet_changed")

    path = f"/outlets/{one['id']}"
    closed = accepted(await admin.post(f"{path}/close", json={"reason": "ceased", "version": 2}))
    assert (closed["state"], closed["close_reason"]) == ("closed", "ceased")
    assert accepted(await admin.post(f"{path}/close", json={"reason": "ceased", "version": 2})) == closed
    refused(await admin.post(f"{path}/close", json={"reason": "moved_away"}), 409, "outlet_not_active")
    opened = accepted(await admin.post(f"{path}/reopen", json={}))
    assert (opened["state"], opened["close_reason"], opened["version"]) == ("active", None, 4)
    refused(await admin.post(f"{path}/reopen", json={}), 409, "outlet_active")

    story = accepted(await inspector.get(f"{path}/history"))
    assert [event["type"] for event in story["items"]] == [
        "outlet.registered", "outlet.changed", "outlet.closed", "outlet.reopened"
    ]  # fmt: skip
    assert story["items"][1]["data"]["fields"] == ["name", "position", "uscc", "contacts"]
    assert [event["index"] for event in story["items"]] == sorted(event["index"] for event in story["items"])
    assert PHONE not in str(story)
    assert "示例" not in str(story), "names of outlets are free text"
    paged = accepted(await inspector.get(f"{path}/history", params={"limit": 3}))
    rest = accepted(await inspector.get(f"{path}/history", params={"limit": 3, "after": paged["next"]}))
    assert paged["items"] + rest["items"] == story["items"]
    refused(await inspector.get(f"{path}/history", params={"after": "bnVsbA"}), 422, "cursor_invalid")


async def test_a_request_that_is_sent_again_registers_nothing_more(house: House) -> None:
    admin = await house.staff("admin")
    body, key = outlet(licence=licence()), {"Idempotency-Key": unique("key")}
    answers = await asyncio.gather(*(admin.post("/outlets", json=body, headers=key) for _ in range(4)))
    assert len({accepted(answer, 201)["id"] for answer in answers}) == 1
    refused(await admin.post("/outlets", json=outlet(), headers=key), 409, "idempotency_key_reused")
    problem = refused(await admin.post("/outlets", json=body), 409, "outlet_key_taken")
    assert [error["path"] for error in problem["errors"]] == ["licence.number"]
    external = outlet(external_id=unique("list"))
    accepted(await admin.post("/outlets", json=external), 201)
    problem = refused(await admin.post("/outlets", json=external), 409, "outlet_key_taken")
    assert [error["path"] for error in problem["errors"]] == ["external_id"]


async def test_a_position_far_outside_the_city_is_refused(house: House) -> None:
    admin = await house.staff("admin")
    beijing, shanghai = {"lng": 116.4, "lat": 39.9}, {"lng": 121.48, "lat": 31.22}
    problem = refused(await admin.post("/outlets", json=outlet(position=beijing)), 422, "outlet_invalid")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [("position", "position_implausible")]
    one = await registered(admin, position=shanghai)
    path = f"/outlets/{one['id']}/changes"
    refused(await admin.post(path, json={"version": 1, "position": beijing}), 422, "outlet_invalid")
    accepted(await admin.post(path, json={"version": 1, "position": {"lng": 121.5, "lat": 31.2}}))


async def test_outside_its_district_an_outlet_does_not_exist(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    abroad, auditor = await house.staff("inspector3"), await house.staff("auditor")
    one = await registered(admin, district_id="310115")
    path = f"/outlets/{one['id']}"
    for ending in ("", "/contacts", "/history"):
        refused(await district.get(f"{path}{ending}"), 404, "outlet_not_found")
        accepted(await abroad.get(f"{path}{ending}"))
    for ending, body in (
        ("changes", {"version": 1, "name": "示例"}),
        ("close", {"reason": "ceased"}),
        ("reopen", {}),
        ("merge", {"into": (await registered(district))["id"]}),
    ):
        refused(await district.post(f"{path}/{ending}", json=body), 404, "outlet_not_found")
        refused(await abroad.post(f"{path}/{ending}", json=body), 403, "role_forbidden")
    refused(await district.post("/outlets", json=outlet(district_id="310115")), 404, "owner_not_found")
    refused(await admin.post("/outlets", json=outlet(district_id="990101")), 404, "owner_not_found")
    refused(await auditor.get(f"{path}/contacts"), 403, "role_forbidden")
    accepted(await auditor.get(path))
    refused(await house.nobody.get(path), 401, "token_missing")
    refused(await (await house.staff("gate")).get("/outlets"), 403, "role_forbidden")
    mine = await registered(district)
    refused(await district.post(f"/outlets/{mine['id']}/merge", json={"into": one["id"]}), 404, "outlet_not_found")


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"uscc": f"{USCC[:-1]}0"}, "uscc", "uscc_invalid"),
        ({"uscc": "1" * 18}, "uscc", "uscc_invalid"),
        ({"licence": licence(valid_to="2025-12-31")}, "licence.valid_to", "ends_before_start"),
        ({"position": {"lng": 31.2, "lat": 21.4}}, "position.lng", "out_of_range"),
        ({"position": {"lng": 121.4, "lat": -31.2}}, "position.lat", "out_of_range"),
    ],
)
async def test_what_cannot_be_true_is_refused(house: House, changes: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("admin")
    one = await registered(admin)
    for answer in (
        await admin.post("/outlets", json=outlet(**changes)),
        await admin.post(f"/outlets/{one['id']}/changes", json={"version": 1, **changes}),
    ):
        problem = refused(answer, 422, "outlet_invalid")
        assert [(error["path"], error["code"]) for error in problem["errors"]] == [(path, code)]


async def test_merging_is_refused_where_it_would_lead_nowhere(house: House) -> None:
    admin = await house.staff("admin")
    one, two, three = [await registered(admin) for _ in range(3)]

    async def merge(which: dict[str, Any], into: dict[str, Any]) -> Any:
        return await admin.post(f"/outlets/{which['id']}/merge", json={"into": into["id"]})

    merged = accepted(await merge(one, two))
    assert (merged["state"], merged["merged_into"]) == ("merged", two["id"])
    assert accepted(await merge(one, two)) == merged
    assert accepted(await admin.get(f"/outlets/{two['id']}"))["absorbed"] == [one["id"]]
    refused(await merge(three, three), 409, "outlet_merge_refused")
    refused(await merge(two, three), 409, "outlet_merge_refused")
    refused(await merge(three, one), 409, "outlet_not_active")
    accepted(await admin.post(f"/outlets/{three['id']}/close", json={"reason": "ceased"}))
    refused(await merge(await registered(admin), three), 409, "outlet_not_active")
    refused(await merge(three, {"id": f"otl_{'0' * 26}"}), 404, "outlet_not_found")


async def test_outlets_are_found_by_words_place_and_licence(house: House) -> None:
    admin, inspector = await house.staff("admin"), await house.staff("inspector")
    word, today = unique("list"), city_day(datetime.now(UTC))
    far = {"lng": 120.5, "lat": 30.5}
    ending = [
        await registered(
            admin,
            external_id=f"{word}-{days}",
            position={"lng": 120.5, "lat": 30.5 + at / 1000},
            licence=licence(valid_from="2020-01-01", valid_to=(today + timedelta(days=days)).isoformat()),
        )
        for at, days in enumerate((59, -1, 61))
    ]
    page = accepted(await inspector.get("/outlets", params={"q": word.upper(), "limit": 2}))
    rest = accepted(await inspector.get("/outlets", params={"q": word, "limit": 2, "after": page["next"]}))
    assert page["items"] + rest["items"] == ending[::-1]
    asked = {"near": f"{far['lng']},{far['lat']}", "radius_m": 150}
    near = accepted(await inspector.get("/outlets/near", params=asked))["items"]
    assert [one["outlet"]["id"] for one in near] == [one["id"] for one in ending[:2]]
    assert near[0]["distance_m"] == 0
    assert accepted(await inspector.get("/outlets/near", params=asked | {"district": "310115"}))["items"] == []
    soon = accepted(await inspector.get("/outlets/expiring-licences", params={"limit": 200}))["items"]
    ours = [one["id"] for one in soon if (one["external_id"] or "").startswith(word)]
    assert ours == [ending[1]["id"], ending[0]["id"]]
    assert [one["licence"]["valid_to"] for one in soon] == sorted(one["licence"]["valid_to"] for one in soon)


async def test_the_example_outlets_are_there(house: House) -> None:
    inspector, abroad = await house.staff("inspector"), await house.staff("inspector3")
    found = accepted(await inspector.get("/outlets", params={"q": "example-outlet"}))["items"]
    assert sorted(one["external_id"] for one in found) == ["example-outlet-1", "example-outlet-2"]
    assert all(one["example"] and one["licence"]["number"].startswith("示例") for one in found)
    (only,) = accepted(await abroad.get("/outlets", params={"q": "example-outlet"}))["items"]
    assert only["external_id"] == "example-outlet-5"
