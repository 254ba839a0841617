"""Every field of every body, wrong in every way: a 422 that names the field, and nothing is written."""

import json
import re
from collections.abc import AsyncIterator, Mapping

import pytest

from server.mongo import COLLECTIONS
from server.openapi import build_document
from tests.api.house import Caller, House, refused
from tests.api.many import ensure_each
from tests.api.right_bodies import CITIZENS, RIGHT, VERBATIM, WHO
from tests.api.wrong import Table, Wrong

DOCUMENT = build_document()
JSON = {"Content-Type": "application/json"}
# The questions of a checklist are judged where the first release is made.
JUDGED_ELSEWHERE = {"/checklists/{checklist_id}/releases": "sections"}
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
            elsewhere = JUDGED_ELSEWHERE.get(path, "$elsewhere")
            found += [(path, fault) for fault in faults if not fault.path.startswith(elsewhere)]
    return found


FAULTS = table()


@pytest.fixture(scope="module")
async def people(house: House) -> Mapping[str, Caller]:
    staff = {path: await house.staff(username) for path, username in WHO.items()}
    citizens = dict.fromkeys(CITIZENS, await house.citizen())
    return {**dict.fromkeys(RIGHT, house.nobody), **citizens, **staff}


@pytest.fixture(scope="module", autouse=True)
async def _nothing_is_written(house: House, people: Mapping[str, Caller]) -> AsyncIterator[None]:  # noqa: ARG001 -- they log in before the count
    async def counts() -> dict[str, int]:
        return {plan.name: await house.count(plan.name) for plan in COLLECTIONS}

    before = await counts()
    yield
    assert await counts() == before


@pytest.mark.parametrize("path", sorted({path for path, _ in FAULTS}))
async def test_every_fault_is_named(people: Mapping[str, Caller], path: str) -> None:
    async def check(fault: Wrong) -> None:
        answer = await people[path].post(path, content=json.dumps(fault.body), headers=JSON)
        problem = refused(answer, 422, "fields_invalid")
        assert {error["path"] for error in problem["errors"]} == {fault.path}
        assert {error["code"] for error in problem["errors"]} <= fault.codes
        for error in problem["errors"]:
            assert CHINESE.search(error["detail"]), error

    await ensure_each([fault for its_path, fault in FAULTS if its_path == path], check)


async def test_every_body_has_its_row(people: Mapping[str, Caller]) -> None:
    assert set(people) == {path for path, _ in FAULTS} == set(RIGHT)


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
