"""What is counted, kept and proved when anybody checks a code over HTTP, and what guessing costs."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.transparency.merkle import is_included
from tests.api.house import API, Caller, House, accepted, instant, refused
from tests.api.passers_by import MISSES, act, check, checked_house, page, somebody, text_of
from tests.api.stock import activated, minted
from tests.processes import Stores

WITHIN_S = 20.0
ITEM_KEYS = {"type_name", "type_name_en", "name", "attributes", "state", "warnings", "first_checked_at", "checks"}
ITEM_KEYS |= {"last_checked_on", "proof"}


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with checked_house(stores, tmp_path_factory.mktemp("checked") / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("admin")


@pytest.fixture(scope="module")
async def codes(house: House, manager: Caller) -> list[str]:
    return await minted(house, manager, 40)


@pytest.fixture
def code(codes: list[str]) -> str:
    return codes.pop()


Look = Callable[[], Awaitable[Any]]


async def until(look: Look, is_so: Callable[[Any], bool]) -> Any:
    """Look until it is so; processes know of each other's counts after a second."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so(found := await look()):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)
    return found


async def item_of(house: House, code: str, **asked: Any) -> Any:
    return (await check(house, code, **asked))["item"]


async def test_checks_are_counted_by_all_processes_together(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    first = (await check(house, code))["item"]
    await asyncio.gather(*(check(house, code, headers={**somebody(), "Connection": "close"}) for _ in range(18)))
    headers = somebody()
    item = await until(lambda: item_of(house, code, headers=headers), lambda item: item["checks"] == 20)
    assert item["first_checked_at"] == first["first_checked_at"]
    assert item["last_checked_on"] == instant(item["first_checked_at"]).date().isoformat()
    await until(lambda: item_of(house, code, headers=headers), lambda item: item["warnings"] == ["many_checks"])


async def test_a_reload_and_a_head_count_nothing(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    path = f"/public/items/{code}"
    assert (await house.client.head(API + path, headers=somebody())).status_code == 200
    assert (await house.client.head(f"/i/{code}", headers=somebody())).status_code == 200
    headers = somebody()
    for _ in range(5):
        await check(house, code, headers=headers)
        await house.client.get(f"/i/{code}", headers=headers)
    await asyncio.sleep(2.5)
    assert (await item_of(house, code))["checks"] == 2


async def test_a_code_in_two_places_at_once_is_a_warning_to_everybody(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    assert (await check(house, code, near="121.4737,31.2304"))["item"]["warnings"] == []
    await asyncio.sleep(2.5)  # until both processes know
    assert (await item_of(house, code, near="116.4074,39.9042"))["warnings"] == ["impossible_travel"]
    await until(lambda: item_of(house, code), lambda item: item["warnings"] == ["impossible_travel"])


@pytest.mark.parametrize("near", ["", "x", "181,0", "0,91", "1,2,3", "NaN,0", "1e3,1"])
async def test_a_position_that_is_none_is_refused(house: House, codes: list[str], near: str) -> None:
    answer = await house.nobody.get(f"/public/items/{codes[0]}", headers=somebody(), params={"near": near})
    assert refused(answer, 422, "fields_invalid")["errors"][0]["path"] == "near"


async def test_what_is_kept_of_a_check_is_nothing_of_anybody(house: House, manager: Caller, code: str) -> None:
    item = await activated(manager, code)
    headers = {"X-Real-IP": "203.0.113.77", "User-Agent": "sample-phone/1"}
    await check(house, code, headers=headers, near="121.473701,31.230400")
    await until(lambda: house.count("item_checks", _id=item["id"]), bool)
    database = house.stores.mongo.client[house.config.mongodb.database]
    document = await database["item_checks"].find_one({"_id": item["id"]})
    assert document is not None
    assert document.keys() == {"_id", "first_checked_at", "count", "recent", "last_seen"}
    assert document["last_seen"].keys() == {"cell", "at"}
    assert document["last_seen"]["cell"] == [1215, 312]
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(2))
    for trace in ("203.0.113.77", "sample-phone", "121.47", code):
        assert trace not in str(document)
        assert trace not in logs


async def test_the_proof_holds_and_follows_the_latest_event(house: House, manager: Caller, code: str) -> None:
    item = await activated(manager, code)
    first = (await check(house, code))["item"]["proof"]["index"]
    await act(manager, item, kind="inspect", outcome="conformant")
    headers = somebody()
    shown = await until(
        lambda: item_of(house, code, headers=headers), lambda item: item["proof"]["status"] != "pending"
    )
    proof = shown["proof"]
    history = accepted(await manager.get(f"/items/{item['id']}/history"))
    assert proof["index"] > first
    assert proof["index"] == max(event["index"] for event in history["items"])
    checkpoint, inclusion = proof["checkpoint"], proof["inclusion"]
    root, leaf, *path = (
        base64.b64decode(text) for text in (checkpoint["root"], inclusion["leaf_hash"], *inclusion["hashes"])
    )
    assert is_included(leaf, proof["index"], checkpoint["size"], path, root)
    assert checkpoint["note"].startswith(f"{checkpoint['origin']}\n{checkpoint['size']}\n{checkpoint['root']}\n")
    said = text_of(await page(house, code))
    assert f"公开日志的第 {proof['index'] + 1} 条" in said
    assert inclusion["leaf_hash"] in said


async def test_guessing_is_slowed_down_and_genuine_codes_are_not(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    headers = somebody()
    ask = [await house.nobody.get("/public/items/0000", headers=headers) for _ in range(MISSES)]
    assert [answer.status_code for answer in ask] == [200] * MISSES
    refused(await house.nobody.get("/public/items/0000", headers=headers), 429, "rate_limited")
    shown = await house.client.get("/i/0000", headers={**headers, "Accept-Language": "en"})
    assert shown.status_code == 429
    assert int(shown.headers["Retry-After"]) >= 1
    assert f"Try again in {shown.headers['Retry-After']} seconds" in text_of(shown)
    assert (await check(house, code, headers=headers))["verdict"] == "genuine"
    assert (await check(house, "0000"))["verdict"] == "not_genuine"


async def test_a_reload_of_the_only_check_knows_of_none_before(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    headers = somebody()
    for _ in range(2):
        item = await item_of(house, code, headers=headers)
        assert item["last_checked_on"] is None
    await until(lambda: item_of(house, code, headers=headers), lambda item: item["checks"] == 1)
    shown = await house.client.get(f"/i/{code}", headers=headers)
    assert "上次查验" not in text_of(shown)
    assert "就是这一次" in text_of(shown)
    await until(lambda: item_of(house, code, headers=somebody()), lambda item: item["last_checked_on"] is not None)
