"""Scanning a plate as the public, as JSON and as a page."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.patrols.sites.model import CheckResult
from tests.api.house import Caller, House, accepted, refused
from tests.api.passers_by import MISSES, Read, checked_house, somebody, text_of
from tests.api.plate_scans import ELSEWHERE, HERE, hang_plate, let_check, licence, open_outlet, page, scan
from tests.processes import Stores

ADDRESS = "黄浦区示例路2号（虚构地址）"


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with checked_house(stores, tmp_path_factory.mktemp("scanned") / "data") as house:
        yield house


@pytest.fixture(scope="module")
async def admin(house: House) -> Caller:
    return await house.staff("admin")


@pytest.fixture
async def outlet(admin: Caller) -> dict[str, Any]:
    return await open_outlet(admin)


@pytest.fixture
async def code(admin: Caller, outlet: dict[str, Any]) -> str:
    return (await hang_plate(admin, outlet["id"]))[1]


async def test_a_current_plate_vouches_for_its_outlet(house: House, outlet: dict[str, Any], code: str) -> None:
    await let_check(house, outlet["id"], CheckResult.FINDINGS, open_findings=2)
    answer = await scan(house, code, near=HERE)
    assert (answer["verdict"], answer["place"], answer["sign"], answer["warnings"]) == ("current", "here", "good", [])
    assert answer["site"] == {
        "kind": "outlet",
        "name": outlet["name"],
        "name_en": outlet["name_en"],
        "address": ADDRESS,
        "state": "active",
        "merged_into": None,
        "merged_into_en": None,
    }
    assert answer["standing"] == {
        "licence": {**outlet["licence"], "status": "valid"},
        # 01:00 on the next day in the city
        "last_check": {"result": "findings", "checked_on": "2026-11-21"},
        "open_findings": 2,
    }
    shown = await page(house, code)
    text = text_of(shown)
    assert '<section class="verdict good">' in shown.text
    for said in (
        "真牌，现行有效", outlet["name"], ADDRESS, "如果您现在不在这个地址", outlet["licence"]["number"],
        "2026-01-01 至 2028-12-31", "通过，有需要改进的地方", "2026-11-21", "2 项",
    ):  # fmt: skip
        assert said in text


@pytest.mark.parametrize(("left", "said"), [(0, "通过，没有发现问题"), (1, "未发现新问题；尚有 1 项待整改")])
async def test_what_is_left_of_earlier_checks_is_said_with_the_last_result(
    house: House, outlet: dict[str, Any], code: str, left: int, said: str
) -> None:
    await let_check(house, outlet["id"], CheckResult.PASSED, open_findings=left)
    text = text_of(await page(house, code))
    assert said in text
    assert ("没有发现问题" in text) is (left == 0)
    in_english = text_of(await page(house, code, query="?lang=en"))
    assert ("1 thing is still to be put right" in in_english) is (left == 1)


async def test_a_venue_has_a_plate_and_no_licence(house: House, admin: Caller) -> None:
    _, code = await hang_plate(admin, house.venue["id"])
    answer = await scan(house, code)
    assert (answer["verdict"], answer["site"]["kind"], answer["sign"]) == ("current", "venue", "good")
    assert answer["standing"] == {"licence": None, "last_check": None, "open_findings": 0}
    text = text_of(await page(house, code))
    assert "清真许可" not in text
    assert "还没有检查记录" in text


@pytest.mark.parametrize(
    ("way", "verdict", "sign", "headline"),
    [("revoke", "revoked", "alarm", "牌已撤销"), ("replace", "replaced", "care", "旧牌，已更换")],
)
async def test_an_ended_plate_says_so_and_vouches_for_nothing(
    house: House, admin: Caller, outlet: dict[str, Any], way: str, verdict: str, sign: str, headline: str
) -> None:
    plate, code = await hang_plate(admin, outlet["id"])
    accepted(
        await admin.post(f"/plates/{plate['id']}/{way}", json={"reason": "stolen"}), 201 if way == "replace" else 200
    )
    answer = await scan(house, code, near=HERE)
    assert (answer["verdict"], answer["sign"], answer["warnings"]) == (verdict, sign, [f"plate_{verdict}"])
    assert answer["ended_on"] is not None
    assert (answer["site"]["name"], answer["standing"]) == (outlet["name"], None)
    shown = await page(house, code)
    assert f"<h1>{headline} " in shown.text
    assert "verdict good" not in shown.text
    assert outlet["licence"]["number"] not in shown.text
    assert "不显示许可和检查结果" in text_of(shown)


async def test_a_plate_that_is_shown_elsewhere_is_caught_by_place(house: House, code: str) -> None:
    answer = await scan(house, code, near=ELSEWHERE)
    assert (answer["verdict"], answer["place"], answer["sign"]) == ("current", "elsewhere", "alarm")
    assert (answer["warnings"], answer["standing"]) == (["plate_elsewhere"], None)
    assert answer["site"]["address"] == ADDRESS


async def test_what_closed_or_merged_says_so(house: House, admin: Caller, outlet: dict[str, Any], code: str) -> None:
    other = await open_outlet(admin, name="示例清真餐厅总店", name_en="Example main branch")
    accepted(await admin.post(f"/outlets/{outlet['id']}/merge", json={"into": other["id"]}))
    answer = await scan(house, code)
    assert (answer["site"]["state"], answer["site"]["merged_into"]) == ("merged", "示例清真餐厅总店")
    assert "site_merged" in answer["warnings"]
    assert answer["sign"] == "care"
    assert "示例清真餐厅总店" in text_of(await page(house, code))
    assert "Example main branch" in text_of(await page(house, code, query="?lang=en"))


@pytest.mark.parametrize(
    ("changes", "status", "sign"),
    [
        ({"valid_from": "2020-01-01", "valid_to": "2021-01-01"}, "expired", "care"),
        ({"valid_from": "2099-01-01", "valid_to": "2099-02-01"}, "not_yet", "care"),
        (None, "none", "care"),
    ],
)
async def test_a_licence_that_does_not_hold_is_a_warning(
    house: House, admin: Caller, changes: dict[str, str] | None, status: str, sign: str
) -> None:
    outlet = await open_outlet(admin, licence=None if changes is None else licence(**changes))
    _, code = await hang_plate(admin, outlet["id"])
    answer = await scan(house, code)
    assert (answer["standing"]["licence"]["status"], answer["sign"]) == (status, sign)
    assert answer["warnings"] == [f"licence_{status}"]
    assert "verdict care" in (await page(house, code)).text


def forgeries(code: str) -> dict[str, str]:
    return {
        "one character": code[:-1] + ("0" if code[-1] != "0" else "1"),
        "short": code[:-1],
        "long": code * 100,
        "words": "不是码",
        "script": "<script>alert(1)</script>",
        "null": "\x00",
        "template": "{{ 7 * 7 }}",
        "traversal": "..%2f..%2fetc%2fpasswd",
    }


@pytest.mark.parametrize("kind", forgeries("0" * 160))
async def test_what_is_not_ours_is_an_answer_and_a_warning(house: House, code: str, kind: str) -> None:
    forged = forgeries(code)[kind]
    answer = await scan(house, forged, near=HERE)
    assert answer == {
        "verdict": "forged", "place": "unknown", "sign": "bad", "warnings": ["plate_forged"], "issued_on": None,
        "ended_on": None, "site": None, "standing": None,
    }  # fmt: skip
    shown = await page(house, forged)
    assert shown.status_code == 200
    text = text_of(shown)
    assert "不是真牌" in text
    assert re.search(r"<h1>[^·]*</h1>", shown.text)
    assert "12345" in text
    assert 'href="tel:12345"' in shown.text
    assert forged not in shown.text
    assert "/complaint" not in shown.text


async def test_a_whole_link_as_a_code_leads_nowhere_else(house: House, code: str) -> None:
    link = f"https://elsewhere.example/o/{code}?x=1"
    assert (await scan(house, link))["verdict"] == "current"
    shown = await page(house, link)
    assert "elsewhere.example" not in shown.text
    assert f'href="{code}/complaint?lang=zh"' in shown.text


async def test_who_guesses_codes_has_to_wait(house: House, code: str) -> None:
    headers = somebody()
    for _ in range(MISSES):
        accepted(await house.nobody.get("/public/outlets/guessed", headers=headers))
    refused(await house.nobody.get("/public/outlets/guessed", headers=headers), 429, "rate_limited")
    waiting = await house.client.get("/o/guessed", headers=headers)
    assert waiting.status_code == 429
    assert "暂时无法办理" in text_of(waiting)
    accepted(await house.nobody.get(f"/public/outlets/{code}", headers=headers))


async def test_names_are_text_and_never_markup(house: House, admin: Caller) -> None:
    name = "<script>alert(1)</script>\"'&{{ 1 }}𠮷😀"
    outlet = await open_outlet(admin, name=name, address="<b onclick=x>")
    _, code = await hang_plate(admin, outlet["id"])
    for below in ("", "/complaint"):
        read = Read((await page(house, code, below=below)).text)
        assert name in read.text
        assert "<b onclick=x>" in read.text
        assert "script" not in read.tags
        assert "onclick" not in read.attributes


async def test_nothing_is_told_of_inspectors_ids_and_accounts(house: House, outlet: dict[str, Any], code: str) -> None:
    await let_check(house, outlet["id"], CheckResult.FAILED)
    told = json.dumps(await scan(house, code)) + (await page(house, code)).text
    for secret in ("chk_", "stf_", "plt_", outlet["id"], "310101"):
        assert secret not in told
    assert "verdict care" in told
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(2))
    assert code not in logs


async def test_the_pages_need_nothing_else_and_allow_no_script(house: House, code: str) -> None:
    for below in ("", "/complaint"):
        shown = await page(house, code, below=below)
        policy, read = shown.headers["Content-Security-Policy"], Read(shown.text)
        assert len(re.findall(r"<style>(.*?)</style>", shown.text, re.DOTALL)) == 1
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("form-action 'self'")
        assert "unsafe" not in policy
        assert read.tags.isdisjoint({"script", "iframe", "img", "object"})
        assert not [name for name in read.attributes if name.startswith("on") or name in {"style", "src"}]
        assert not [link for link in read.attributes["href"] if "//" in link and not link.startswith("data:")]
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["X-Robots-Tag"] == "noindex"


async def test_the_page_speaks_english_to_those_who_ask(house: House, outlet: dict[str, Any], code: str) -> None:
    for shown in (await page(house, code, query="?lang=en"), await page(house, code, **{"Accept-Language": "en"})):
        assert 'lang="en"' in shown.text
        assert "Genuine and in use" in text_of(shown)
        assert outlet["name_en"] in text_of(shown)
    assert "真牌，现行有效" in text_of(await page(house, code, query="?lang=zh", **{"Accept-Language": "en"}))


@pytest.mark.parametrize("path", ["/o", "/o/", "/o/a/b", "/o/a/complaint/c"])
async def test_other_addresses_below_are_a_readable_page(house: House, path: str) -> None:
    answer = await house.client.get(path, headers=somebody())
    assert answer.status_code == 404
    assert "没有这个页面" in text_of(answer)
