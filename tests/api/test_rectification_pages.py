"""The owner's page: what it says of the notice, of answers that could not be read, of links that open nothing."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.patrols.findings.model import Withdrawal
from tests.api.house import House, accepted
from tests.api.passers_by import Read, text_of
from tests.api.plate_scans import HOSTILE, SEEN
from tests.api.test_findings import answered, dispatched, found, page
from tests.photos import jpeg, photo_file, sum_of, zip_bomb

OVER = frozenset({"ready", "refused"})
NOTE = "<b>冷柜第二层</b>\n无隔板"


async def sent(house: House, token: str, text: str, *files: bytes, **headers: str) -> httpx.Response:
    """Send the form as a browser does."""
    photos = [("photos", (f"{at}.jpg", file, "image/jpeg")) for at, file in enumerate(files)]
    empty = [("photos", ("", b"", "application/octet-stream"))]
    return await house.client.post(f"/r/{token}", data={"text": text}, files=photos or empty, headers=headers)


async def settled(house: House, *files: bytes) -> None:
    """Wait until the photos are ready, or refused."""
    auditor = await house.staff("auditor")
    async with asyncio.timeout(30):
        for file in files:
            while accepted(await auditor.get(f"/photos/{sum_of(file)}"))["state"] not in OVER:  # noqa: ASYNC110 -- elsewhere
                await asyncio.sleep(0.05)


def damaged() -> bytes:
    """Return what begins like a photo, and is none."""
    return b"\xff\xd8\xff\xe0" + photo_file()[-30_000:]


async def test_the_page_says_what_the_inspector_noted(house: House) -> None:
    finding = await found(house, note=NOTE)
    token = await dispatched(house, finding)
    assert accepted(await house.nobody.get(f"/rectifications/{token}"))["note"] == NOTE
    for language, label in (("zh", "检查人员说明"), ("en", "Inspector's note")):
        shown = Read((await page(house, token, language)).text)
        assert f"{label}\n{NOTE}\n" in shown.text
    other = await page(house, await dispatched(house, await found(house, note="")))
    assert "检查人员说明" not in other.text


async def test_what_was_answered_stands_on_the_page_with_its_photos(house: House) -> None:
    token, file = await dispatched(house, await found(house)), photo_file()
    assert (await sent(house, token, HOSTILE, file)).status_code == 303
    await settled(house, file)
    shown = await page(house, token, "en")
    read = Read(shown.text)
    assert SEEN in read.text
    assert "1 photo\n" in read.text
    assert "script" not in read.tags
    assert f"/r/{token}/photos/{sum_of(file)}" in read.attributes["src"]
    picture = await house.client.get(f"/r/{token}/photos/{sum_of(file)}")
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    assert "verdict good" in shown.text
    accepted(await answered(house, token, "补充。"))
    assert "没有照片" in text_of(await page(house, token))


async def test_a_photo_of_somebody_else_is_not_shown_by_naming_it(house: House) -> None:
    one, other = [await dispatched(house, await found(house)) for _ in range(2)]
    file = photo_file()
    await sent(house, one, "已整改。", file)
    await settled(house, file)
    accepted(await answered(house, other, "别人的照片。", sum_of(file)))
    assert f"/photos/{sum_of(file)}" not in (await page(house, other)).text


@pytest.mark.parametrize("file", [b"%PDF-1.7 " + bytes(50_000), zip_bomb(), b"GIF89a" + bytes(20_000), b"x"])
async def test_a_file_that_is_no_photo_is_refused_with_its_number(house: House, file: bytes) -> None:
    token = await dispatched(house, await found(house))
    answer = await sent(house, token, "已整改。", photo_file(), file)
    assert answer.status_code == 422
    assert "第 2 个文件不是可用的照片" in text_of(answer)
    assert "已整改。" in answer.text
    assert accepted(await house.nobody.get(f"/rectifications/{token}"))["state"] == "dispatched"


async def test_a_photo_that_cannot_be_read_is_told_before_all_else_and_later_where_it_was(house: House) -> None:
    token = await dispatched(house, await found(house))
    good, bad, better = photo_file(), damaged(), photo_file()
    assert (await sent(house, token, "第一次答复。", good, bad)).status_code == 303
    await settled(house, good, bad)
    shown = await page(house, token)
    assert "verdict care" in shown.text
    assert "<h1>照片无法识别</h1>" in shown.text
    assert "这次答复的第 2 张照片无法识别" in shown.text
    assert (await sent(house, token, "第二次答复。", better)).status_code == 303
    await settled(house, better)
    shown = await page(house, token)
    assert "verdict good" in shown.text
    text = text_of(shown)
    first, warning, second = [text.index(said) for said in ("第一次答复。", "第 2 张照片无法识别", "第二次答复。")]
    assert first < warning < second


async def test_a_link_that_opens_nothing_says_what_to_do(house: House) -> None:
    for language, said in (("zh", "链接无效"), ("en", "This link opens nothing")):
        shown = await page(house, "x" * 22, language)
        assert shown.status_code == 404
        assert f"<h1>{said}</h1>" in shown.text
        read = Read(shown.text)
        assert "" not in read.attributes["href"], "nothing to try again"


async def test_what_is_over_says_which_notice_it_was(house: House) -> None:
    finding = await found(house, note=NOTE)
    token = await dispatched(house, finding)
    district = await house.staff("district")
    number = accepted(await district.get(f"/findings/{finding.id}"))["notice"]["number"]
    collection = house.stores.mongo.client[house.config.mongodb.database]["findings"]
    for state, more in (("closed", {}), ("withdrawn", {"withdrawal": Withdrawal.DUPLICATE.value})):
        changes: dict[str, Any] = {"state": state, "closed_at": datetime.now(UTC), **more}
        await collection.update_one({"_id": finding.id}, {"$set": changes})
        shown = await page(house, token)
        assert number in text_of(shown)
        assert finding.title not in shown.text
        assert "冷柜第二层" not in shown.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "null"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_of_another_site_is_refused(house: House, headers: dict[str, str], status: int) -> None:
    token = await dispatched(house, await found(house))
    answer = await sent(house, token, "已整改。", jpeg(7), **headers)
    assert answer.status_code == status
    state = accepted(await house.nobody.get(f"/rectifications/{token}"))["state"]
    assert state == ("answered" if status == 303 else "dispatched")
    if status == 403:
        assert "不是从本页面提交的" in text_of(answer)
