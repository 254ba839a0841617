"""The public check over HTTP, as JSON and as a page: two processes behind a proxy, so that many may ask."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from qr.item_code import ALPHABET, ItemCode, ItemKeyring, ItemNumber, make_item_code, readable
from tests.api.house import PROBLEM, Caller, House, accepted, instant, refused
from tests.api.passers_by import Read, act, check, checked_house, page, somebody, text_of
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
