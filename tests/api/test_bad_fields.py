"""Every field of every body, wrong in every way: a 422 that names the field, and nothing is written."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from server.mongo import COLLECTIONS
from server.openapi import build_document
from tests.api.house import Caller, House, party, refused
from tests.api.wrong import Table, Wrong

DOCUMENT = build_document()
SLOT, GATE = "slt_01JD0000000000000000000000", "gat_01JD0000000000000000000000"
SCANS = "/stock-takes/{stock_take_id}/scans"
# Where a scanner may have read anything.
VERBATIM = {"/admissions": {"code"}, "/items/activate": {"code"}, SCANS: {"items[0].code"}}
OWNER = {"level": "district", "id": "310101"}
ITEM_TYPE = {
    "name": "示例物品",
    "name_en": "Example item",
    "attributes_schema": {"type": "object", "properties": {"material": {"type": "string"}}},
    "public_attributes": ["material"],
    "label": {"layout": "a4-70", "title": "示例物品"},
    "required_inspections": [{"name": "防火检查", "every_days": 90}],
}
RIGHT: Mapping[str, Mapping[str, Any]] = {
    "/auth/wechat": {"code": "sandbox-bad-fields"},
    "/auth/staff": {"username": "nobody", "password": "nothing", "otp": "123456"},
    "/auth/refresh": {"refresh_token": "ses_x.1.abc"},
    "/me/second-factor/confirm": {"otp": "123456"},
    "/me/second-factor/remove": {"otp": "123456"},
    "/reservations": {"slot_id": SLOT, "contact_phone": "13800000000", "visitors": party(1)},
    "/admissions": {"code": "CC1:0", "gate_id": GATE, "nonce": "bad-fields-1", "count": 1},
    "/item-types": ITEM_TYPE | {"owner": OWNER},
    "/item-types/{item_type_id}": ITEM_TYPE | {"version": 1},
    "/items/activate": {
        "code": "05nm-kmg0-yghz-smvz-c8tz-zvdw-neb7",
        "name": "示例香炉",
        "serial": "2026-001",
        "attributes": {"material": "铜"},
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "holder": OWNER,
    },
    "/items/{item_id}/actions": {
        "kind": "inspect",
        "outcome": "conformant",
        "condition": "stolen",
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "happened_at": "2026-11-22T09:00:00+08:00",
    },
    "/item-transfers": {"item_ids": ["itm_x"], "to": OWNER, "purpose": "loan", "due_on": "2027-03-01"},
    "/item-events/corrections": {
        "event_id": "urn:example:event:1",
        "reason": "did_not_occur",
        "corrective_event_ids": ["urn:example:event:2"],
    },
    "/stock-takes": {
        "place": {"venue_id": "ven_01JD0000000000000000000000", "spot": "east-hall"},
        "item_type_id": "ity_01JD0000000000000000000000",
        "name": "示例盘点",
    },
    SCANS: {
        "items": [
            {
                "scan_id": "scan-1",
                "code": "05nm",
                "scanned_at": "2026-11-22T09:00:00+08:00",
                "device_id": "phone-1",
                "spot": "east-hall",
            }
        ]
    },
    "/stock-takes/{stock_take_id}/sign-off": {"mark_missing": True},
    "/item-batches": {"item_type_id": "ity_01JD0000000000000000000000", "quantity": 1, "owner": OWNER},
}
WHO = {path: "admin" for path in RIGHT if path.startswith(("/item", "/stock"))} | {
    "/me/second-factor/confirm": "auditor",
    "/me/second-factor/remove": "auditor",
    "/admissions": "gate",
}
JSON = {"Content-Type": "application/json"}
CHINESE = re.compile(r"[一-鿿]")


def table() -> list[tuple[str, Wrong]]:
    found = []
    for path, methods in DOCUMENT["paths"].items():
        body = methods.get("post", {}).get("requestBody")
        # Files are judged by what reads them.
        if body is not None and "application/json" in body["content"]:
            schema = body["content"]["application/json"]["schema"]
            verbatim = frozenset(VERBATIM.get(path, ()))
            faults = Table(DOCUMENT["components"]["schemas"], RIGHT[path], verbatim).faults(schema)
            found += [(path, fault) for fault in faults]
    return found


@pytest.fixture(scope="module")
async def people(house: House) -> Mapping[str, Caller]:
    staff = {path: await house.staff(username) for path, username in WHO.items()}
    return {**dict.fromkeys(RIGHT, house.nobody), "/reservations": await house.citizen(), **staff}


@pytest.fixture(scope="module", autouse=True)
async def _nothing_is_written(house: House, people: Mapping[str, Caller]) -> AsyncIterator[None]:  # noqa: ARG001 -- they log in before the count
    async def counts() -> dict[str, int]:
        return {plan.name: await house.count(plan.name) for plan in COLLECTIONS}

    before = await counts()
    yield
    assert await counts() == before


@pytest.mark.parametrize(("path", "fault"), table(), ids=str)
async def test_a_fault_is_named(people: Mapping[str, Caller], path: str, fault: Wrong) -> None:
    answer = await people[path].post(path, content=json.dumps(fault.body), headers=JSON)
    problem = refused(answer, 422, "fields_invalid")
    assert {error["path"] for error in problem["errors"]} == {fault.path}
    assert {error["code"] for error in problem["errors"]} <= fault.codes
    for error in problem["errors"]:
        assert CHINESE.search(error["detail"]), error


async def test_every_body_has_its_row(people: Mapping[str, Caller]) -> None:
    assert set(people) == {path for path, _ in table()} == set(RIGHT)


async def test_all_faults_of_a_body_are_named_at_once(people: Mapping[str, Caller]) -> None:
    body = {"slot_id": 1, "contact_phone": "x", "visitors": [{"name": "", "id_type": "none"}, 7], "extra": None}
    problem = refused(await people["/reservations"].post("/reservations", json=body), 422, "fields_invalid")
    assert {(error["path"], error["code"]) for error in problem["errors"]} == {
        ("slot_id", "wrong_type"),
        ("contact_phone", "too_short"),
        ("contact_phone", "invalid_format"),
        ("visitors[0].name", "too_short"),
        ("visitors[0].id_type", "not_allowed"),
        ("visitors[0].id_number", "required"),
        ("visitors[1]", "wrong_type"),
        ("extra", "unknown_field"),
    }


async def test_texts_follow_the_language(house: House) -> None:
    chinese = await house.nobody.post("/auth/wechat", json={"code": ""})
    english = await house.nobody.post("/auth/wechat", json={"code": ""}, headers={"Accept-Language": "en-GB"})
    for answer, language, is_chinese in ((chinese, "zh-CN", True), (english, "en", False)):
        problem = refused(answer, 422, "fields_invalid")
        assert answer.headers["Content-Language"] == language
        for text in (problem["title"], problem["detail"], problem["errors"][0]["detail"]):
            assert bool(CHINESE.search(text)) == is_chinese, text
