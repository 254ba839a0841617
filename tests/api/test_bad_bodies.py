"""Bodies that are no JSON, not declared as JSON, or far too long; and requests that are hardly HTTP."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from server.routes import API_ROUTES
from tests.api.house import Caller, House, accepted, refused
from tests.api.machines import FOR_MACHINES, new_machine
from tests.api.many import ensure_each
from tests.api.right_bodies import CITIZENS, RIGHT, WHO
from tests.api.wire import Wire
from tests.api.wrong_queries import NEEDED, PATHS

KIB, MIB = 1024, 1024 * 1024
LONGEST = 64 * KIB
JSON = {"Content-Type": "application/json"}
BODYLESS = sorted(
    (path, method)
    for path, methods in PATHS.items()
    for method in ("get", "post")
    if method in methods and "requestBody" not in methods[method] and "servers" not in methods
)

NO_JSON: Mapping[str, bytes] = {
    "nothing": b"",
    "blanks": b"  \n",
    "half": b'{"code": "x"',
    "two": b"{}{}",
    "comma": b'{"code": "x",}',
    "comment": b'{"code": "x"} // y',
    "quotes": b"{'code': 'x'}",
    "nan": b'{"code": NaN}',
    "infinity": b'{"code": -Infinity}',
    "twice": b'{"code": "x", "code": "x"}',
    "twice-inside": b'{"visitors": [{"name": "x", "name": "y"}]}',
    "surrogate": b'{"code": "\\ud800"}',
    "surrogate-key": b'{"\\udfff": "x"}',
    "raw-surrogate": b'{"code": "\xed\xa0\x80"}',
    "latin-1": '{"code": "é"}'.encode("latin-1"),
    "gbk": '{"code": "城"}'.encode("gbk"),
    "utf-16": '{"code": "x"}'.encode("utf-16"),
    "bom": b'\xef\xbb\xbf{"code": "x"}',
    "nul": b'{"code": "x\x00"}',
    "newline": b'{"code": "x\n"}',
    "deep": b'{"code":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep-objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep-open": b"[" * 60_000,
    "number": b'{"code": 01}',
    "huge-number": b'{"code": ' + b"9" * 5_000 + b"}",
    "form": b"code=x",
    "zip": b"\x1f\x8b\x08\x00\x00",
}
OTHER_TYPES = (
    "text/plain",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/problem+json",
    "application/jsonp",
    "application/json; charset=gbk",
    "application/json; charset=utf-16",
    "application/json; charset=",
    "application/json, text/plain",
    "json",
    "",
)


@pytest.fixture(scope="module")
async def people(house: House) -> Mapping[str, Caller]:
    staff = {path: await house.staff(username) for path, username in WHO.items()}
    citizens = dict.fromkeys(CITIZENS, await house.citizen())
    return {**dict.fromkeys(RIGHT, house.nobody), **citizens, **staff}


@pytest.fixture(scope="module", autouse=True)
async def _nothing_is_written(house: House, people: Mapping[str, Caller]) -> AsyncIterator[None]:  # noqa: ARG001 -- they log in before the count
    async def counts() -> list[int]:
        return [await house.count(name) for name in ("reservations", "ledger", "outbox", "scans", "passes")]

    before = await counts()
    yield
    assert await counts() == before


@pytest.mark.parametrize("name", NO_JSON)
async def test_what_is_no_json_is_refused(people: Mapping[str, Caller], name: str) -> None:
    async def check(path: str) -> None:
        answer = await people[path].post(path, content=NO_JSON[name], headers=JSON)
        refused(answer, 400, "body_not_json")

    await ensure_each(RIGHT, check)


@pytest.mark.parametrize("media_type", OTHER_TYPES)
async def test_json_must_be_called_json(people: Mapping[str, Caller], media_type: str) -> None:
    async def check(path: str) -> None:
        content = json.dumps(RIGHT[path])
        answer = await people[path].post(path, content=content, headers={"Content-Type": media_type})
        refused(answer, 415, "media_type_unsupported")

    await ensure_each(RIGHT, check)


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "APPLICATION/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'],
)
async def test_json_may_be_called_json_in_many_ways(house: House, media_type: str) -> None:
    answer = await house.nobody.post("/auth/wechat", content=b'{"code": "x"}', headers={"Content-Type": media_type})
    refused(answer, 401, "wechat_code_refused")


def long_body(size: int) -> bytes:
    frame = b'{"code": ""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 16 * KIB):
        yield body[start : start + 16 * KIB]


@pytest.mark.parametrize("more", [1, KIB, 2 * MIB])
async def test_a_body_that_is_too_long_gets_its_answer(people: Mapping[str, Caller], more: int) -> None:
    longest = {path: handler.max_body_bytes for path, handler in API_ROUTES}

    async def check(path: str) -> None:
        body = long_body(longest[path] + more)
        refused(await people[path].post(path, content=body, headers=JSON), 413, "body_too_large")
        refused(await people[path].post(path, content=chunks(body), headers=JSON), 413, "body_too_large")

    await ensure_each(RIGHT, check)


async def test_the_longest_body_is_read(house: House) -> None:
    for content in (long_body(LONGEST), chunks(long_body(LONGEST))):
        answer = await house.nobody.post("/auth/wechat", content=content, headers=JSON)
        problem = refused(answer, 422, "fields_invalid")
        assert [error["code"] for error in problem["errors"]] == ["too_long"]


@pytest.mark.parametrize("path", ["/api/v1/auth/wechat", "/api/v1/venues", "/api/v1/nothing", "/healthz"])
async def test_a_body_without_measure_is_refused_before_it_comes(house: House, path: str) -> None:
    wire = await Wire.to(house)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {20 * MIB}\r\n\r\n"
    await wire.send(head.encode())
    answer = await wire.answer()
    assert answer.status == 413
    assert json.loads(answer.body)["code"] == "body_too_large"
    assert "Connection: close" in answer.head
    assert await wire.is_closed()
    wire.close()


async def test_endless_chunks_are_cut_off_with_an_answer(house: House) -> None:
    wire = await Wire.to(house)
    await wire.send(b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
    await wire.send(*[chunk] * 17)
    answer = await wire.answer()
    assert answer.status == 413
    assert "Connection: close" in answer.head
    wire.close()
    accepted(await house.nobody.get("/districts"))


async def test_where_no_body_is_asked_for_none_is_taken(house: House) -> None:
    async def check(asked: tuple[str, str]) -> None:
        await _ensure_no_body_taken(house, *asked)

    await ensure_each(BODYLESS, check)


async def _ensure_no_body_taken(house: House, path: str, method: str) -> None:
    described: dict[str, Any] = PATHS[path][method]
    person = house.nobody
    if path in FOR_MACHINES:
        person = await new_machine(house)
    elif "security" in described:
        roles = described["x-roles"]
        username = "auditor" if "auditor" in roles else "admin" if "city_admin" in roles else roles[0]
        person = await (house.citizen() if "citizen" in roles else house.staff(username))
    address = path.replace("{venue_id}", house.venue["id"]).replace("{reservation_id}", "rsv_x")
    asked = [one["name"] for one in described["parameters"] if one["in"] == "query" and one.get("required")]
    values = [f"{name}={NEEDED.get(f'{path}?{name}', NEEDED.get(name, 0))}" for name in asked]
    address += f"?{'&'.join(values)}" if values else ""
    answer = await person.ask(method.upper(), address, content=b'{"reason": "x"}', headers=JSON)
    problem = refused(answer, 422, "fields_invalid")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [("reason", "unknown_field")]
    refused(await person.ask(method.upper(), address, content=b"x", headers=JSON), 400, "body_not_json")
    refused(await person.ask(method.upper(), address, content=b"{}"), 415, "media_type_unsupported")
    refused(await person.ask(method.upper(), address, content=b"x" * 2 * MIB, headers=JSON), 413, "body_too_large")


async def test_an_empty_object_is_no_body(house: House) -> None:
    citizen = await house.citizen()
    answer = await citizen.post("/auth/logout", json={})
    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize(
    "head",
    [
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Length: \xb2\r\n\r\n",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 2, 3\r\n\r\n{}",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        b"POST /api/v1/auth/wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/v1/venues HTTP/1.1\r\n\r\n",
        b"GET /api/v1/venues HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /api/v1/venues HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /api/v1/venues\r\n\r\n",
        b"GET /api/v1/ven\x00ues HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/venues HTTP/1.1\r\nHost: x\r\nX: a\r\n b: c\r\n\x00\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n",
        b"\x00" * 100 + b"\r\n\r\n",
    ],
    ids=range(17),
)
async def test_what_is_hardly_http_is_never_a_fault_of_ours(house: House, head: bytes) -> None:
    wire = await Wire.to(house)
    await wire.send(head)
    wire.end()
    text = await wire.rest()
    assert text == b"" or text.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ", b"HTTP/1.1 415 ", b"HTTP/1.1 404 ")), (
        text
    )
    wire.close()


async def test_an_early_answer_says_that_the_connection_closes(house: House) -> None:
    wire = await Wire.to(house)
    await wire.send(b"GET /api/v1/venues/%ff HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await wire.answer()
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "request_malformed")
    assert "Connection: close" in answer.head
    assert await wire.is_closed()
    wire.close()


async def test_a_connection_stays_open_after_a_refusal(house: House) -> None:
    wire = await Wire.to(house)
    for path in ("/api/v1/nothing", "/api/v1/me", "/api/v1/venues?limit=0", "/healthz"):
        await wire.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = await wire.answer()
        assert answer.status in {404, 401, 422, 200}
        assert "Connection: close" not in answer.head
    wire.close()
