"""Complaints over HTTP: filed by anybody, by JSON and by the form of the page, handled by staff, answered by secret."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest

from services.patrols.complaints.model import ComplaintState
from tests.api.house import Caller, House, accepted, refused
from tests.api.passers_by import COMPLAINTS, MISSES, checked_house, somebody
from tests.api.plate_scans import HOSTILE, SEEN, complain, complaint, filed, hang_plate, open_outlet, send_form
from tests.photos import photo_file, sum_of
from tests.processes import Stores

ANSWER = {"outcome": "founded", "answer": "经现场核查，情况属实，已责令整改。"}


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with checked_house(stores, tmp_path_factory.mktemp("complained") / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def admin(house: House) -> Caller:
    return await house.staff("admin")


@pytest.fixture(scope="module")
async def district(house: House) -> Caller:
    return await house.staff("district")


@pytest.fixture(scope="module")
async def inspector(house: House) -> Caller:
    return await house.staff("inspector")


@pytest.fixture
async def outlet(admin: Caller) -> dict[str, Any]:
    return await open_outlet(admin)


@pytest.fixture
async def code(admin: Caller, outlet: dict[str, Any]) -> str:
    return (await hang_plate(admin, outlet["id"]))[1]


async def look(house: House, given: Mapping[str, Any]) -> httpx.Response:
    asked = {"complaint_id": given["complaint_id"], "secret": given["secret"]}
    return await house.nobody.post("/public/complaints/look", json=asked, headers=somebody())


async def test_a_complaint_from_the_plate_to_the_answer(
    house: House, outlet: dict[str, Any], code: str, district: Caller, inspector: Caller
) -> None:
    own = await filed(house, code, text=HOSTILE, contact="021-00000000")
    assert own.keys() == {"complaint_id", "secret", "received_at"}
    waiting = accepted(await look(house, own))
    assert (waiting["state"], waiting["site_name"], waiting["answer"]) == ("received", outlet["name"], None)

    [listed] = accepted(await inspector.get("/complaints", params={"site_id": outlet["id"]}))["items"]
    assert (listed["id"], listed["state"], listed["plate_verdict"]) == (own["complaint_id"], "received", "current")
    assert listed.keys().isdisjoint({"text", "contact", "answer", "secret_digest"})
    path = f"/complaints/{own['complaint_id']}"
    case = accepted(await inspector.get(path))
    assert (case["text"], case["contact"]) == (SEEN, "021-00000000")

    taken = accepted(await district.post(f"{path}/take-up", json={}))
    assert (taken["state"], taken["task_id"]) == ("taken_up", None)
    refused(await district.post(f"{path}/take-up", json={}), 409, "complaint_taken_up")
    assert accepted(await look(house, own))["state"] == "taken_up"

    ended = accepted(await district.post(f"{path}/answer", json=ANSWER))
    assert (ended["state"], ended["outcome"], ended["erase_at"] is not None) == ("answered", "founded", True)
    refused(await district.post(f"{path}/answer", json=ANSWER), 409, "complaint_answered")
    told = accepted(await look(house, own))
    assert (told["state"], told["answer"], told["outcome"]) == ("answered", ANSWER["answer"], "founded")
    assert "taken_up_by" not in told

    for state in ComplaintState:
        asked = {"site_id": outlet["id"], "state": state.value}
        found = accepted(await district.get("/complaints", params=asked))["items"]
        assert len(found) == (state is ComplaintState.ANSWERED)
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(2))
    for trace in ("倒过来", "021-00000000", own["secret"], own["complaint_id"]):
        assert trace not in logs


async def test_the_same_request_again_is_the_same_complaint(house: House, code: str, outlet: dict[str, Any]) -> None:
    body = complaint()
    path = f"/public/outlets/{code}/complaints"
    answers = await asyncio.gather(*(house.nobody.post(path, json=body, headers=somebody()) for _ in range(6)))
    told = [accepted(answer, 201) for answer in answers]
    assert told == [told[0]] * 6
    assert await house.count("complaints", site_id=outlet["id"]) == 1
    other = body | {"text": "同一个请求编号，另一段内容。"}
    refused(await house.nobody.post(path, json=other, headers=somebody()), 409, "idempotency_key_reused")


async def test_who_may_do_what(house: House, code: str, inspector: Caller, admin: Caller) -> None:
    own = await filed(house, code)
    path = f"/complaints/{own['complaint_id']}"
    auditor, manager, far = [await house.staff(name) for name in ("auditor", "manager", "inspector3")]
    accepted(await auditor.get("/complaints"))
    refused(await auditor.get(path), 403, "role_forbidden")
    refused(await manager.get("/complaints"), 403, "role_forbidden")
    refused(await far.get(path), 404, "complaint_not_found")
    for action, body in (("take-up", {}), ("answer", ANSWER)):
        refused(await inspector.post(f"{path}/{action}", json=body), 403, "role_forbidden")
        refused(await admin.post(f"/complaints/cmp_unknown/{action}", json=body), 404, "complaint_not_found")
    refused(await house.nobody.get(path), 401, "token_missing")


async def test_a_secret_opens_one_complaint(house: House, code: str) -> None:
    one, other = await filed(house, code), await filed(house, code)
    refused(await look(house, one | {"secret": other["secret"]}), 404, "complaint_not_found")
    refused(await look(house, one | {"secret": "0" * 32}), 404, "complaint_not_found")
    headers = somebody()
    for _ in range(MISSES):
        wrong = {"complaint_id": one["complaint_id"], "secret": "0" * 32}
        refused(
            await house.nobody.post("/public/complaints/look", json=wrong, headers=headers), 404, "complaint_not_found"
        )
    answer = await house.nobody.post("/public/complaints/look", json=wrong, headers=headers)
    refused(answer, 429, "rate_limited")


async def test_an_ended_plate_can_be_complained_about_and_a_forged_one_not(
    house: House, admin: Caller, inspector: Caller, outlet: dict[str, Any]
) -> None:
    plate, code = await hang_plate(admin, outlet["id"])
    accepted(await admin.post(f"/plates/{plate['id']}/revoke", json={"reason": "misused"}))
    own = await filed(house, code)
    case = accepted(await inspector.get(f"/complaints/{own['complaint_id']}"))
    assert (case["plate_id"], case["plate_verdict"]) == (plate["id"], "revoked")
    refused(await complain(house, "0" * len(code)), 404, "plate_not_genuine")


async def test_an_address_has_so_many_complaints_a_minute(house: House, code: str) -> None:
    headers = somebody()
    for _ in range(COMPLAINTS):
        accepted(await complain(house, code, headers), 201)
    refused(await complain(house, code, headers), 429, "rate_limited")
    shown = await send_form(house, code, {"text": "换一种方式再投诉一次，还是太多。"}, headers=headers)
    assert shown.status_code == 429
    assert "换一种方式再投诉一次" in shown.text
    accepted(await complain(house, code), 201)


async def test_asking_again_for_a_lost_answer_is_no_second_complaint(house: House, code: str) -> None:
    headers, body = somebody(), complaint()
    path = f"/public/outlets/{code}/complaints"
    told = [accepted(await house.nobody.post(path, json=body, headers=headers), 201) for _ in range(COMPLAINTS + 2)]
    assert told == [told[0]] * len(told)
    for _ in range(COMPLAINTS - 1):
        accepted(await complain(house, code, headers), 201)
    refused(await complain(house, code, headers), 429, "rate_limited")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"text": "太短"}, "text"),
        ({"text": "\u200b" * 50}, "text"),
        ({"text": "长" * 1001}, "text"),
        ({"contact": "不是电话"}, "contact"),
        ({"photos": ["x" * 64]}, "photos[0]"),
        ({"photos": ["a" * 64, "b" * 64, "c" * 64, "d" * 64]}, "photos"),
        ({"request_id": "short"}, "request_id"),
        ({"name": "示例"}, "name"),
    ],
)
async def test_what_is_no_complaint_is_refused(house: House, code: str, changes: Any, path: str) -> None:
    problem = refused(await complain(house, code, **changes), 422, "fields_invalid")
    assert {error["path"] for error in problem["errors"]} == {path}


async def template_of(admin: Caller, title: str) -> str:
    templates = accepted(await admin.get("/checklists", params={"limit": 200}))["items"]
    return next(str(one["id"]) for one in templates if one["site_kind"] == title)


async def test_taking_up_may_make_a_task_in_the_same_fact(
    house: House, outlet: dict[str, Any], code: str, district: Caller, inspector: Caller
) -> None:
    own = await filed(house, code)
    path = f"/complaints/{own['complaint_id']}"
    unknown = {"template_id": "tpl_01JD0000000000000000000000"}
    problem = refused(await district.post(f"{path}/take-up", json=unknown), 422, "plan_refused")
    assert problem["errors"][0]["path"] == "template_id"
    refused(await district.post(f"{path}/take-up", json={"due_on": "2027-01-01"}), 422, "fields_invalid")
    me = accepted(await inspector.get("/me"))["id"]
    body = {"template_id": await template_of(district, "outlet"), "assignees": [me]}
    taken = accepted(await district.post(f"{path}/take-up", json=body))
    database = house.stores.mongo.client[house.config.mongodb.database]
    names = [name for name in await database.list_collection_names() if "task" in name]
    tasks = [one for name in names for one in await database[name].find({"_id": taken["task_id"]}).to_list()]
    assert [(one["kind"], one["site_id"], one["origin_id"], one["assignees"]) for one in tasks] == [
        ("complaint", outlet["id"], own["complaint_id"], [me])
    ]
    accepted(await district.post(f"{path}/answer", json=ANSWER))
    task = accepted(await district.get(f"/patrol/tasks/{taken['task_id']}"))
    assert (task["state"], task["cancelled_because"]) == ("cancelled", "not_needed")


async def test_who_reads_a_complaint_sees_its_photos_and_no_others(
    house: House, code: str, district: Caller, inspector: Caller
) -> None:
    files = [photo_file(), photo_file()]
    for file in files:
        begun = {"sha256": sum_of(file), "size": len(file)}
        photos, headers = f"/public/outlets/{code}/photos", somebody()
        accepted(await house.nobody.post(photos, json=begun, headers=headers))
        chunk = {"params": {"offset": 0}, "content": file}
        octets = headers | {"Content-Type": "application/octet-stream"}
        accepted(await house.nobody.post(f"{photos}/{sum_of(file)}/chunks", headers=octets, **chunk))
    own = await filed(house, code, photos=[sum_of(files[0])])
    path = f"/complaints/{own['complaint_id']}/photos/{sum_of(files[0])}"
    async with asyncio.timeout(30):
        while (await inspector.get(path)).status_code == 409:  # noqa: ASYNC110 -- it is developed in another process
            await asyncio.sleep(0.1)
    sizes = {}
    for size in ("thumbnail", "clean", "watermarked"):
        seen = await district.get(path, params={"size": size})
        assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/jpeg")
        sizes[size] = len(seen.content)
    assert sizes["thumbnail"] < sizes["clean"]
    refused(await inspector.get(path.replace(sum_of(files[0]), sum_of(files[1]))), 404, "photo_not_found")
    refused(await (await house.staff("inspector3")).get(path), 404, "complaint_not_found")
    refused(await (await house.staff("auditor")).get(path), 403, "role_forbidden")
    refused(await house.nobody.get(path), 401, "token_missing")
