"""Checklists over HTTP: who releases and reads them, what comes back, and versions that stay."""

import asyncio
from typing import Any

import pytest

from server.patrols.standing import SLUGS, standing_id
from tests.api.house import Caller, House, accepted, refused, unique

EXITS: dict[str, Any] = {
    "id": "exits_clear",
    "type": "yes_no",
    "text": "安全出口是否畅通？",
    "text_en": "Are the exits clear?",
    "fails_on": False,
    "failure": {
        "title": "安全出口被堵塞",
        "title_en": "An exit is blocked",
        "severity": "critical",
        "legal_basis": "《中华人民共和国消防法》第二十八条",
        "deadline_days": 0,
    },
}
FREEZER: dict[str, Any] = {
    "id": "freezer",
    "type": "temperature",
    "text": "冷冻柜温度",
    "text_en": "Temperature of the freezer",
    "when": [{"question_id": "exits_clear", "comparison": "equals", "value": True}],
    "least": -60,
    "most": 40,
}
CHECKLIST: dict[str, Any] = {
    "name": "示例检查表",
    "name_en": "Example",
    "site_kind": "venue",
    "sections": [{"title": "消防", "title_en": "Fire", "questions": [EXITS, FREEZER]}],
}
CONTENT = {name: CHECKLIST[name] for name in ("name", "name_en", "sections")}
DISTRICT = {"level": "district", "id": "310101"}
READERS = ("admin", "district", "inspector", "manager", "auditor")


async def create(person: Caller, **changes: Any) -> dict[str, Any]:
    return dict(accepted(await person.post("/checklists", json=CHECKLIST | changes), 201))


async def test_a_checklist_is_released_and_read(house: House) -> None:
    admin = await house.staff("admin")
    answer = await admin.post("/checklists", json=CHECKLIST)
    made = accepted(answer, 201)
    path = f"/checklists/{made['id']}"
    assert answer.headers["Location"] == f"/api/v1{path}"
    assert made["owner"] == {"level": "city", "id": "310000"}
    assert (made["latest"], made["state"], made["site_kind"]) == (1, "active", "venue")
    release = accepted(await admin.get(f"{path}/releases/1"))
    assert release["checklist_id"] == made["id"]
    exits, freezer = release["sections"][0]["questions"]
    assert {name: exits[name] for name in EXITS} == EXITS
    assert (exits["photos_on_failure"], exits["hint"], exits["required"]) == (1, None, True)
    assert {name: freezer[name] for name in FREEZER} == FREEZER
    for username in READERS:
        person = await house.staff(username)
        assert (await person.get(f"{path}/releases/1")).content == (await admin.get(f"{path}/releases/1")).content


async def test_what_was_read_can_be_released_again(house: House) -> None:
    """Every field comes back in the form in which it is sent."""
    admin = await house.staff("admin")
    for slug in SLUGS:
        path = f"/checklists/{standing_id('310000', slug)}"
        latest = accepted(await admin.get(path))["latest"]
        read = accepted(await admin.get(f"{path}/releases/{latest}"))
        body = {name: read[name] for name in ("name", "name_en", "sections")} | {"based_on": latest}
        again = accepted(await admin.post(f"{path}/releases", json=body), 201)
        assert again["number"] == latest + 1
        assert again["sections"] == read["sections"]


async def test_what_comes_with_the_service_is_there(house: House) -> None:
    inspector = await house.staff("inspector")
    for slug, kind in zip(SLUGS, ("outlet", "venue"), strict=True):
        its_id = standing_id("310000", slug)
        listed = accepted(await inspector.get("/checklists", params={"site_kind": kind, "limit": "200"}))["items"]
        assert its_id in {one["id"] for one in listed}
        assert {one["site_kind"] for one in listed} == {kind}
        release = accepted(await inspector.get(f"/checklists/{its_id}/releases/1"))
        assert release["released_by"] == "service"
        assert sum(len(section["questions"]) for section in release["sections"]) >= 20


async def test_the_same_request_again_has_the_first_answer(house: House) -> None:
    admin, key, name = await house.staff("admin"), {"Idempotency-Key": unique("tpl")}, unique("示例")
    first = await admin.post("/checklists", json=CHECKLIST | {"name": name}, headers=key)
    again = await admin.post("/checklists", json=CHECKLIST | {"name": name}, headers=key)
    assert accepted(first, 201) == accepted(again, 201)
    refused(await admin.post("/checklists", json=CHECKLIST, headers=key), 409, "idempotency_key_reused")
    path, key = f"/checklists/{first.json()['id']}/releases", {"Idempotency-Key": unique("tpl")}
    body = CONTENT | {"based_on": 1}
    told = [accepted(await admin.post(path, json=body, headers=key), 201) for _ in range(2)]
    assert told[0] == told[1]


async def test_a_new_release_leaves_the_earlier_ones_as_they_were(house: House) -> None:
    admin = await house.staff("admin")
    path = f"/checklists/{(await create(admin))['id']}"
    before = (await admin.get(f"{path}/releases/1")).content
    shorter = [{**CHECKLIST["sections"][0], "questions": [EXITS]}]
    answer = await admin.post(f"{path}/releases", json=CONTENT | {"sections": shorter, "based_on": 1})
    made = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1{path}/releases/2"
    assert made["number"] == 2
    assert (await admin.get(f"{path}/releases/1")).content == before
    listed = accepted(await admin.get(f"{path}/releases"))["items"]
    assert [one["number"] for one in listed] == [2, 1]
    assert accepted(await admin.get(path))["latest"] == 2
    refused(await admin.get(f"{path}/releases", params={"after": "x"}), 422, "cursor_invalid")
    late = await admin.post(f"{path}/releases", json=CONTENT | {"based_on": 1})
    refused(late, 409, "checklist_superseded")


async def test_two_releases_at_once_are_one(house: House) -> None:
    admin = await house.staff("admin")
    path = f"/checklists/{(await create(admin))['id']}/releases"
    wishes = (admin.post(path, json=CONTENT | {"name": f"版本 {at}", "based_on": 1}) for at in range(8))
    told = await asyncio.gather(*wishes)
    assert sorted(one.status_code for one in told) == [201, *[409] * 7]
    (made,) = [one.json() for one in told if one.status_code == 201]
    assert accepted(await admin.get(f"{path}/2")) == made


async def test_retiring_leaves_releases_readable(house: House) -> None:
    admin, inspector = await house.staff("admin"), await house.staff("inspector")
    path = f"/checklists/{(await create(admin))['id']}"
    for _ in range(2):
        assert accepted(await admin.post(f"{path}/retire"))["state"] == "retired"
    assert accepted(await inspector.get(f"{path}/releases/1"))["number"] == 1
    refused(await admin.post(f"{path}/releases", json=CONTENT | {"based_on": 1}), 409, "checklist_retired")
    assert accepted(await admin.post(f"{path}/reactivate"))["state"] == "active"
    refused(await inspector.post(f"{path}/retire"), 403, "role_forbidden")


async def test_a_checklist_of_the_city_is_used_but_not_changed_below_it(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    path = f"/checklists/{(await create(admin))['id']}"
    accepted(await district.get(f"{path}/releases/1"))
    for answer in (
        await district.post(f"{path}/releases", json=CONTENT | {"based_on": 1}),
        await district.post(f"{path}/retire"),
        await district.post(f"{path}/reactivate"),
    ):
        refused(answer, 403, "checklist_not_yours")


async def test_a_checklist_of_another_district_does_not_exist(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    made = await create(admin, owner={"level": "district", "id": "310115"})
    path = f"/checklists/{made['id']}"
    for person in (district, await house.staff("inspector")):
        for below in ("", "/releases", "/releases/1"):
            refused(await person.get(path + below), 404, "checklist_not_found")
    refused(await district.post(f"{path}/retire"), 404, "checklist_not_found")
    accepted(await (await house.staff("inspector3")).get(f"{path}/releases/1"))
    own = await create(district)
    assert own["owner"] == DISTRICT
    foreign = await district.post("/checklists", json=CHECKLIST | {"owner": {"level": "district", "id": "310115"}})
    refused(foreign, 404, "owner_not_found")


async def test_no_such_checklist_or_release(house: House) -> None:
    admin = await house.staff("admin")
    refused(await admin.get("/checklists/tpl_01JD0000000000000000000000"), 404, "checklist_not_found")
    path = f"/checklists/{(await create(admin))['id']}/releases"
    for number in ("0", "2", "x", "1:1", "１", "9" * 30):
        refused(await admin.get(f"{path}/{number}"), 404, "checklist_release_not_found")


async def test_lists_are_paged_newest_first(house: House) -> None:
    district = await house.staff("district")
    made = [(await create(district))["id"] for _ in range(3)]
    accepted(await district.post(f"/checklists/{made[1]}/retire"))
    found, after = [], None
    while True:
        asked = {"limit": "2", "state": "active"} | ({} if after is None else {"after": after})
        page = accepted(await district.get("/checklists", params=asked))
        found += [one["id"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert found == sorted(found, reverse=True)
    assert [one for one in found if one in made] == [made[2], made[0]]


@pytest.mark.parametrize(
    ("question", "path", "code"),
    [
        (EXITS | {"failure": None}, "failure", "required"),
        (EXITS | {"photos_on_failure": 0}, "photos_on_failure", "out_of_range"),
        (FREEZER, "when[0].question_id", "not_an_earlier_question"),
        (
            EXITS | {"type": "text", "fails_on": None, "failure": None, "text": "负责人姓名"},
            "text",
            "personal_question",
        ),
    ],
)
async def test_what_cannot_be_released_is_named(house: House, question: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("admin")
    sections = [{"title": "消防", "title_en": "Fire", "questions": [question]}]
    problem = refused(
        await admin.post("/checklists", json=CHECKLIST | {"sections": sections}), 422, "checklist_invalid"
    )
    (error,) = problem["errors"]
    assert (error["path"], error["code"]) == (f"sections[0].questions[0].{path}", code)
