"""The public check over HTTP, as JSON and as a page: two processes behind a proxy, so that many may ask."""

import asyncio
import base64
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from qr.item_code import ALPHABET, ItemCode, ItemKeyring, ItemNumber, make_item_code, readable
from services.transparency.merkle import is_included
from tests.api.conftest import NO_LIMITS, open_house
from tests.api.house import API, PROBLEM, Caller, House, accepted, instant, refused
from tests.api.stock import activated, minted
from tests.processes import Stores, fresh_database_name

MISSES = 8
WITHIN_S = 20.0
ITEM_KEYS = {"type_name", "type_name_en", "name", "attributes", "state", "warnings", "first_checked_at", "checks"}
ITEM_KEYS |= {"last_checked_on", "proof"}
_places = itertools.count(1)


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    environment = {
        **stores.environment(fresh_database_name()),
        **NO_LIMITS,
        "CHENGMA_RATE_LIMITS_PUBLIC_MISSES_PER_ADDRESS": str(MISSES),
        "CHENGMA_TRANSPARENCY_CHECKPOINT_EVERY_S": "1",
        "CHENGMA_SERVER_BEHIND_PROXY": "true",
    }
    async with open_house(environment, tmp_path_factory.mktemp("checked") / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("admin")


def somebody() -> dict[str, str]:
    """Return the headers of somebody who has not asked before."""
    number = next(_places)
    return {"X-Real-IP": f"192.0.{number // 250}.{number % 250 + 1}"}


async def check(house: House, code: str, *, headers: Mapping[str, str] | None = None, **asked: str) -> Any:
    """Return the answer to a check by somebody new, unless headers say who."""
    answer = await house.nobody.get(
        f"/public/items/{quote(code, safe='')}", headers=headers or somebody(), params=asked
    )
    return accepted(answer)


async def act(manager: Caller, item: Mapping[str, Any], **action: str) -> None:
    """Do something with an item."""
    accepted(await manager.post(f"/items/{item['id']}/actions", json=action))


async def page(house: House, code: str, *, query: str = "", **headers: str) -> httpx.Response:
    return await house.client.get(f"/i/{quote(code, safe='')}{query}", headers={**somebody(), **headers})


def text_of(answer: httpx.Response) -> str:
    """Return what a page says to a reader."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return Read(answer.text).text


class Read(HTMLParser):
    """The words of a page, its elements, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self._inside = ""
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.text += data


@pytest.fixture(scope="module")
async def codes(house: House, manager: Caller) -> list[str]:
    return await minted(house, manager, 40)


@pytest.fixture
def code(codes: list[str]) -> str:
    return codes.pop()


async def test_a_genuine_item_shows_what_anybody_may_know(house: House, manager: Caller, code: str) -> None:
    wish = {"name": "示例铜炉", "serial": "内部-7", "attributes": {"material": "铜", "height_cm": 31}}
    await activated(manager, code, **wish)
    before = datetime.now(UTC).replace(microsecond=0)
    answer = await check(house, code)
    assert (answer["verdict"], answer["code"]) == ("genuine", readable(ItemCode(code)))
    item = answer["item"]
    assert item.keys() == ITEM_KEYS
    assert (item["name"], item["type_name"], item["state"]) == ("示例铜炉", "示例香炉", "in_use")
    assert item["attributes"] == [{"name": "material", "title": "material", "value": "铜"}]
    assert (item["warnings"], item["checks"], item["last_checked_on"]) == ([], 1, None)
    assert before <= instant(item["first_checked_at"]) <= datetime.now(UTC)


async def test_nothing_of_holders_places_serials_and_accounts_is_told(house: House, manager: Caller, code: str) -> None:
    place = {"venue_id": house.venue["id"], "spot": "east-hall"}
    item = await activated(manager, code, serial="内部-8", place=place, attributes={"height_cm": 31})
    await act(manager, item, kind="inspect", outcome="conformant")
    told = json.dumps(await check(house, code), ensure_ascii=False) + (await page(house, code)).text
    account = accepted(await manager.get("/me"))["id"]
    for secret in (
        "内部-8",
        "east-hall",
        house.venue["id"],
        item["id"],
        account,
        "height_cm",
        "310000",
        "evt_",
        "ity_",
    ):
        assert secret not in told


async def test_a_code_is_read_as_people_type_it(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    typed = readable(ItemCode(code)).upper().replace("0", "O").replace("1", "l").replace("-", " ")
    for spelling in (typed, readable(ItemCode(code)), f" {code} "):
        assert (await check(house, spelling))["verdict"] == "genuine"
    assert "真码" in text_of(await page(house, typed))


async def test_a_code_that_nobody_activated_says_so(house: House, code: str) -> None:
    answer = await check(house, code)
    assert answer == {"verdict": "not_activated", "code": readable(ItemCode(code)), "item": None}
    assert "尚未启用" in text_of(await page(house, code))
    await asyncio.sleep(1.5)
    assert await house.count("item_checks", count=0) == 0


def forgeries(code: str) -> dict[str, str]:
    other = ALPHABET[(ALPHABET.index(code[-1]) + 1) % 32]
    stolen = ItemKeyring(secrets={200: bytes(32)}, active_kid=200)
    return {
        "one character": code[:-1] + other,
        "unknown key": make_item_code(ItemNumber(kid=200, batch=1, serial=1), stolen),
        "short": code[:-1],
        "long": code * 1000,
        "words": "不是码",
        "script": "<script>alert(1)</script>",
        "null": "\x00",
        "quotes": "\"'><img src=x onerror=alert(1)>",
        "template": "{{ 7 * 7 }}",
        "traversal": "..%2f..%2fetc%2fpasswd",
    }


@pytest.mark.parametrize("kind", forgeries("0" * 28))
async def test_what_is_not_ours_is_an_answer_and_a_warning(house: House, code: str, kind: str) -> None:
    forged = forgeries(code)[kind]
    assert await check(house, forged) == {"verdict": "not_genuine", "code": None, "item": None}
    answer = await page(house, forged)
    assert answer.status_code == 200
    assert "不是真码" in text_of(answer)
    assert "12345" in text_of(answer)
    assert forged not in answer.text


async def test_a_path_that_is_no_text_is_a_readable_page(house: House) -> None:
    answer = await house.client.get("/i/%ff%fe", headers=somebody())
    assert answer.status_code == 400
    assert "暂时无法查验" in text_of(answer)
    refused(await house.nobody.get("/public/items/%ff%fe", headers=somebody()), 400, "request_malformed")


async def test_names_and_attributes_are_text_and_never_markup(house: House, manager: Caller, code: str) -> None:
    name = "<script>alert(1)</script>\"'&"
    await activated(manager, code, name=name, attributes={"material": "<b onclick=x>{{ 1 }}"})
    answer = await page(house, code)
    read = Read(answer.text)
    assert "script" not in read.tags
    assert "onclick" not in read.attributes
    assert name in read.text
    assert "<b onclick=x>{{ 1 }}" in read.text


async def test_what_was_reported_is_a_warning(house: House, manager: Caller, code: str) -> None:
    item = await activated(manager, code)
    for kind, condition, expected in (("report", "stolen", ["stolen"]), ("clear", "stolen", [])):
        await act(manager, item, kind=kind, condition=condition)
        assert (await check(house, code))["item"]["warnings"] == expected
    await act(manager, item, kind="destroy")
    answer = await check(house, code)
    assert (answer["item"]["state"], answer["item"]["warnings"]) == ("destroyed", ["destroyed"])
    said = text_of(await page(house, code))
    assert "真码，但请注意" in said
    assert "登记为已销毁" in said


@pytest.mark.parametrize(("condition", "headline"), [("stolen", "已报失窃"), ("recalled", "已召回")])
async def test_what_was_stolen_or_recalled_is_a_red_page(
    house: House, manager: Caller, code: str, condition: str, headline: str
) -> None:
    item = await activated(manager, code)
    await act(manager, item, kind="report", condition=condition)
    shown = await page(house, code)
    assert '<section class="verdict alarm">' in shown.text
    assert f"<h1>{headline} " in shown.text
    assert "码本身是真的" in text_of(shown)
    assert "使用中" not in text_of(shown)
    assert "请注意" in text_of(shown)
    assert (await check(house, code))["item"]["state"] == "in_use"


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


@pytest.mark.parametrize("path", ["/i", "/i/", "/i/a/b", "/i//", "/i/a/", "/i/a/b/c?lang=zh"])
async def test_other_addresses_below_are_a_readable_page(house: House, path: str) -> None:
    answer = await house.client.get(path, headers=somebody())
    assert answer.status_code == 404
    assert "没有这个页面" in text_of(answer)
    assert "重新扫描" in text_of(answer)
    english = await house.client.get(path.partition("?")[0], headers={**somebody(), "Accept-Language": "en"})
    assert "There is no such page" in text_of(english)
    assert (await house.client.post(path, headers=somebody())).status_code == 404


async def test_only_addresses_below_are_such_pages(house: House) -> None:
    refused(await house.client.get("/items", headers=somebody()), 404, "route_not_found")


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


async def test_the_page_needs_nothing_else_and_allows_nothing_else(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code)
    for shown in (await page(house, code), await page(house, "0000")):
        policy = shown.headers["Content-Security-Policy"]
        style = re.findall(r"<style>(.*?)</style>", shown.text, re.DOTALL)
        read = Read(shown.text)
        assert len(style) == 1
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert read.tags.isdisjoint({"script", "iframe", "form", "img", "object"})
        assert not [name for name in read.attributes if name.startswith("on") or name in {"style", "src", "action"}]
        assert all(link.startswith(("?lang=", "data:")) for link in read.attributes["href"])
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["X-Robots-Tag"] == "noindex"


async def test_the_page_speaks_english_to_those_who_ask(house: House, manager: Caller, code: str) -> None:
    await activated(manager, code, attributes={"material": "bronze"})
    english = [
        await page(house, code, **{"Accept-Language": "en-GB,en;q=0.9"}),
        await page(house, code, query="?lang=en"),
    ]
    for shown in english:
        assert 'lang="en"' in shown.text
        assert shown.headers["Content-Language"] == "en"
        assert "Genuine and registered" in text_of(shown)
    chinese = await page(house, code, query="?lang=zh", **{"Accept-Language": "en"})
    assert "真码，已登记" in text_of(chinese)
    odd = await page(house, code, query="?lang=%ff&scancode_time=1&from=somewhere")
    assert "真码，已登记" in text_of(odd)


async def test_the_same_methods_as_elsewhere(house: House, codes: list[str]) -> None:
    answer = await house.client.post(f"/i/{codes[0]}", headers=somebody())
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Type"] != PROBLEM
