"""Complaints by the forms of the pages, without a script: filed, looked up, refused, with photos."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.house import API, Caller, House, accepted, refused, unique
from tests.api.passers_by import PHOTOS, Read, checked_house, somebody, text_of
from tests.api.plate_scans import HOSTILE, SEEN, filed, hang_plate, open_outlet, page, send_form
from tests.processes import Stores


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


def hidden(answer: httpx.Response) -> str:
    [found] = re.findall(r'name="request_id" value="([0-9a-f]{32})"', answer.text)
    return str(found)


def told(answer: httpx.Response) -> tuple[str, str]:
    """Return the number and the secret as they stand on the page."""
    number, secret = re.findall(r"<code[^>]*>(.*?)</code>", answer.text)
    return re.sub("<.*?>", "", number), re.sub("<.*?>", "", secret)


async def test_the_form_files_a_complaint_and_a_reload_does_not_double_it(
    house: House, outlet: dict[str, Any], code: str, inspector: Caller
) -> None:
    form = await page(house, code, below="/complaint")
    read = Read(form.text)
    assert {"form", "textarea", "input", "button", "label"} <= read.tags
    assert outlet["name"] in read.text
    fields = {"request_id": hidden(form), "text": HOSTILE, "contact": " 021-00000000 "}
    sent = [await send_form(house, code, fields) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    number, secret = told(sent[0])
    assert told(sent[1]) == (number, secret)
    groups = re.findall(r"<span[^>]*>(.{2,4})</span>", sent[0].text)
    assert "".join(groups) == number + secret.replace(" ", "")
    assert groups[8:] == secret.split(), "in groups as it is copied by hand"
    assert await house.count("complaints", site_id=outlet["id"]) == 1
    case = accepted(await inspector.get(f"/complaints/{number}"))
    assert (case["text"], case["contact"]) == (SEEN, "021-00000000")

    looked = await house.client.post(
        "/o/complaints",
        data={"complaint_id": f" {number.lower()} ", "secret": secret.upper()},
        headers=somebody(),
    )
    assert looked.status_code == 200
    assert "已收到，等待受理" in text_of(looked)
    by_api = {"complaint_id": number.lower(), "secret": secret.upper()}
    spaced = await house.nobody.post("/public/complaints/look", json=by_api, headers=somebody())
    assert accepted(spaced)["complaint_id"] == number
    for typed, status in (("0" * 32, 404), ("x0 12", 422)):
        wrong = await house.client.post(
            "/o/complaints", data={"complaint_id": number, "secret": typed}, headers=somebody()
        )
        assert wrong.status_code == status
        assert {number, typed} <= Read(wrong.text).attributes["value"], "nobody likes to type it again"
        assert "没有找到这条投诉" in wrong.text or status == 422
        assert "权限" not in wrong.text


@pytest.mark.parametrize("below", ["/complaint", ""])
async def test_a_form_of_another_site_is_refused(house: House, code: str, below: str) -> None:
    path = f"/o/{code}/complaint" if below else "/o/complaints"
    fields = {"request_id": unique("complaint"), "text": "后厨与非清真食品混放，请核查。"}
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = await house.client.post(path, data=fields, headers={**somebody(), **foreign})
        assert answer.status_code == 403
        assert "不是从本页面提交的" in text_of(answer)
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    assert (await house.client.post(path, data=fields, headers={**somebody(), **own})).status_code != 403


async def test_an_answer_on_the_page_is_text(house: House, code: str, district: Caller) -> None:
    own = await filed(house, code)
    answer = {"outcome": "not_for_us", "answer": HOSTILE}
    accepted(await district.post(f"/complaints/{own['complaint_id']}/answer", json=answer))
    shown = await house.client.post(
        "/o/complaints?lang=en",
        data={"complaint_id": own["complaint_id"], "secret": own["secret"]},
        headers=somebody(),
    )
    read = Read(shown.text)
    assert SEEN in read.text
    assert "not ours to decide" in read.text
    assert "script" not in read.tags


async def test_a_form_that_is_not_right_comes_back_with_what_was_typed(house: House, code: str) -> None:
    typed = {"request_id": "a" * 32, "text": "<b>太短</b>", "contact": '"><script>'}
    shown = await send_form(house, code, typed, photos=[b"1", b"2", b"3", b"4"])
    assert (shown.status_code, hidden(shown)) == (422, "a" * 32)
    assert "照片" in text_of(shown)
    shown = await send_form(house, code, typed)
    read = Read(shown.text)
    assert shown.status_code == 422
    for said in ("请写 10 到 1000 字", "联系电话请只填数字"):
        assert read.text.count(said) == 1
    assert "<b>太短</b>" in read.text
    assert typed["contact"] in read.attributes["value"]
    assert "script" not in read.tags


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
async def test_what_is_no_form_is_a_readable_page(house: House, code: str, kind: str) -> None:
    for path in (f"/o/{code}/complaint", "/o/complaints"):
        shown = await house.client.post(path, content=b"\xff\x00{", headers={**somebody(), "Content-Type": kind})
        assert shown.status_code in {400, 415}
        assert text_of(shown)


async def test_a_form_that_is_too_large_is_a_readable_page(house: House, code: str) -> None:
    shown = await send_form(house, code, {"text": "照片太大了，请处理一下。"}, photos=[bytes(13 * 1024 * 1024)])
    assert shown.status_code == 413
    assert text_of(shown)


async def test_photos_come_with_the_form_or_on_their_own(house: House, code: str, inspector: Caller) -> None:
    photos = [unique("photo").encode() * 40_000, unique("photo").encode()]
    names = [hashlib.sha256(one).hexdigest() for one in photos]
    shown = await send_form(house, code, {"text": "附上两张现场照片，请核查。"}, photos=photos)
    assert shown.status_code == 200, shown.text
    number, _ = told(shown)
    assert accepted(await inspector.get(f"/complaints/{number}"))["photos"] == names
    for name, content in zip(names, photos, strict=True):
        state = accepted(await inspector.get(f"/photos/{name}"))
        assert state["state"] in {"received", "ready", "refused"}, state
        assert state["received"] == len(content)

    alone = unique("photo").encode() * 1000
    name = hashlib.sha256(alone).hexdigest()
    path = f"/public/outlets/{code}/photos"
    begun = accepted(await house.nobody.post(path, json={"sha256": name, "size": len(alone)}, headers=somebody()))
    assert (begun["state"], begun["received"]) == ("receiving", 0)
    chunk = {"params": {"offset": 0}, "content": alone}
    headers = {**somebody(), "Content-Type": "application/octet-stream"}
    done = accepted(await house.nobody.post(f"{path}/{name}/chunks", headers=headers, **chunk))
    assert done["received"] == len(alone)
    own = await filed(house, code, photos=[name, name])
    assert accepted(await inspector.get(f"/complaints/{own['complaint_id']}"))["photos"] == [name]
    elsewhere = f"/public/outlets/{'0' * len(code)}/photos"
    answer = await house.nobody.post(elsewhere, json={"sha256": name, "size": 1}, headers=somebody())
    refused(answer, 404, "plate_not_genuine")
    answer = await house.nobody.post(f"{elsewhere}/{name}/chunks", headers=headers, **chunk)
    refused(answer, 404, "plate_not_genuine")


async def test_a_photo_that_broke_off_goes_on_with_the_form(house: House, code: str, inspector: Caller) -> None:
    photo = unique("photo").encode() * 10_000
    name, headers = hashlib.sha256(photo).hexdigest(), somebody()
    path = f"/public/outlets/{code}/photos"
    accepted(await house.nobody.post(path, json={"sha256": name, "size": len(photo)}, headers=headers))
    octets = {**headers, "Content-Type": "application/octet-stream"}
    chunk = {"params": {"offset": 0}, "content": photo[:70_000]}
    accepted(await house.nobody.post(f"{path}/{name}/chunks", headers=octets, **chunk))
    forms = [send_form(house, code, {"text": "附上一张现场照片，请核查。"}, photos=[photo]) for _ in range(3)]
    for shown in await asyncio.gather(*forms):
        assert shown.status_code == 200, shown.text
    assert accepted(await inspector.get(f"/photos/{name}"))["received"] == len(photo)


async def test_an_address_begins_so_many_photos_a_minute_and_none_too_large(house: House, code: str) -> None:
    path, headers = f"/public/outlets/{code}/photos", somebody()
    for _ in range(PHOTOS):
        wish = {"sha256": hashlib.sha256(unique("photo").encode()).hexdigest(), "size": 8 * 1024 * 1024}
        accepted(await house.nobody.post(path, json=wish, headers=headers))
    refused(await house.nobody.post(path, json=wish, headers=headers), 429, "rate_limited")
    text = {"text": "附上一张现场照片，请核查。"}
    assert (await send_form(house, code, text, photos=[b"1"], headers=headers)).status_code == 429
    large = bytes(8 * 1024 * 1024 + 1)
    refused(await house.nobody.post(path, json=wish | {"size": len(large)}, headers=somebody()), 422, "fields_invalid")
    shown = await send_form(house, code, text, photos=[large])
    assert shown.status_code == 422
    assert "每张不超过 8 MB" in text_of(shown)


async def test_the_same_methods_as_elsewhere(house: House, code: str) -> None:
    for path in (f"/o/{code}", f"{API}/public/outlets/{code}"):
        answer = await house.client.post(path, headers=somebody())
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert (await house.client.head(f"/o/{code}", headers=somebody())).status_code == 200
