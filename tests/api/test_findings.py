"""Findings over HTTP: notice, the owner's link, answers with photos, deadlines, and who may do what."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pypdfium2
import pytest

from services.common.clock import city_day
from services.patrols.findings.escalating import EVERY_S
from services.patrols.findings.model import Finding
from services.patrols.mongo import PATROL_EVENTS
from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.phones import Phone
from tests.findings import make_failed, make_finding, make_site, put
from tests.photos import jpeg, photo_file, sum_of

UNKNOWN = "fnd_01JD0000000000000000000000"


async def found(house: House, *, photos: tuple[str, ...] = ("a" * 64,), days: int = 5, **changes: Any) -> Finding:
    """Return a finding at a new outlet, as a check-in would bring it."""
    admin = await house.staff("district")
    body = {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": "restaurant",
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": "310101",
        "position": {"lng": 121.483, "lat": 31.227},
    }
    outlet = accepted(await admin.post("/outlets", json=body), 201)
    inspector = accepted(await (await house.staff("inspector")).get("/me"))
    now = changes.pop("now", datetime.now(UTC).replace(microsecond=0))
    finding = make_finding(
        site=make_site(id=outlet["id"]),
        failed=make_failed(days=days, photos=photos),
        now=now,
        found_by=inspector["id"],
        **changes,
    )
    await put(house.stores.mongo, finding)
    return finding


@pytest.fixture(scope="module", autouse=True)
async def forgotten(house: House) -> Finding:
    """Return a finding whose deadline has passed."""
    return await found(house, days=0, now=datetime.now(UTC).replace(microsecond=0) - timedelta(days=3))


async def dispatched(house: House, finding: Finding) -> str:
    """Return the token of the owner's link."""
    inspector = await house.staff("inspector")
    answer = accepted(await inspector.post(f"/findings/{finding.id}/dispatch", json={}))
    assert answer["finding"]["state"] == "dispatched"
    link = str(answer["link"])
    assert re.fullmatch(r"https?://.+/r/[A-Za-z0-9_-]{22}", link)
    return link.rpartition("/")[2]


async def answered(house: House, token: str, text: str, *photos: str) -> httpx.Response:
    return await house.nobody.post(f"/rectifications/{token}/answers", json={"text": text, "photos": list(photos)})


async def page(house: House, token: str, language: str = "zh") -> httpx.Response:
    return await house.client.get(f"/r/{token}?lang={language}")


async def test_from_the_notice_to_the_reinspection(house: House) -> None:
    inspector, district, auditor = [await house.staff(one) for one in ("inspector", "district", "auditor")]
    before = jpeg(41)
    await Phone(inspector).send(before)
    finding = await found(house, photos=(sum_of(before),))
    refused(await inspector.get(f"/findings/{finding.id}/notice.pdf"), 409, "notice_missing")
    token = await dispatched(house, finding)
    refused(await inspector.post(f"/findings/{finding.id}/dispatch", json={}), 409, "finding_dispatched")

    printed = await district.get(f"/findings/{finding.id}/notice.pdf")
    assert printed.headers["Content-Type"] == "application/pdf"
    text = pypdfium2.PdfDocument(printed.content)[0].get_textpage().get_text_range().replace("\r\n", " ")
    number = accepted(await district.get(f"/findings/{finding.id}"))["notice"]["number"]
    for expected in ("责令整改通知书", number, "示例清真餐厅", finding.title, finding.title_en, "第八条"):
        assert expected in text
    assert number.startswith(f"310101-{city_day(datetime.now(UTC)).year}-")

    seen = accepted(await house.nobody.get(f"/rectifications/{token}"))
    assert (seen["state"], seen["answerable"], seen["before"]) == ("dispatched", True, [sum_of(before)])
    assert not {"found_by", "seen_by", "check_in_id"} & seen.keys()
    thumbnail = await house.client.get(f"/r/{token}/photos/{sum_of(before)}")
    assert thumbnail.headers["Content-Type"] == "image/jpeg"
    refused(await house.nobody.get(f"/rectifications/{token}/photos/{'c' * 64}"), 404, "photo_not_found")

    after = photo_file()
    accepted(await answered(house, token, "已购置专用冷柜。\n张三负责。", sum_of(after)))
    accepted(await answered(house, token, "已购置专用冷柜。\n张三负责。", sum_of(after)))
    again = accepted(await answered(house, token, "补充：已培训员工。"))
    assert (again["state"], len(again["answers"])) == ("answered", 2)
    assert "text" not in again["answers"][0], "whoever holds the paper need not read what was answered"

    course = accepted(await auditor.get(f"/findings/{finding.id}"))
    assert [one["text"] for one in course["answers"]] == ["已购置专用冷柜。\n张三负责。", "补充：已培训员工。"]
    kinds = [one["kind"] for one in course["events"]]
    assert kinds == ["finding.opened", "finding.dispatched", "finding.answered", "finding.answered"]
    tasks = [one["data"]["task_id"] for one in course["events"] if one["kind"] == "finding.answered"]
    assert tasks[1] is None
    assert await house.count("patrol_tasks", _id=tasks[0], kind="reinspection", origin_id=finding.id) == 1
    assert "张三" not in str([one["data"] for one in course["events"]])
    collection = house.stores.mongo.collection(PATROL_EVENTS)
    assert "张三" not in str([one async for one in collection.find({"named": finding.id})])
    assert (
        await house.count("findings", _id=finding.id, answers={"$elemMatch": {"sealed_text": {"$type": "string"}}}) == 0
    )


async def test_a_link_leads_somewhere_only_while_it_is_the_latest(house: House) -> None:
    inspector = await house.staff("inspector")
    finding = await found(house)
    old = await dispatched(house, finding)
    fresh = accepted(await inspector.post(f"/findings/{finding.id}/link"))["link"].rpartition("/")[2]
    assert fresh != old
    for token in (old, "x", "../etc", "%00", "a" * 500):
        refused(
            await house.nobody.get(f"/rectifications/{token}"),
            404,
            "rectification_not_found" if "/" not in token else "route_not_found",
        )
    refused(await answered(house, old, "已整改"), 404, "rectification_not_found")
    assert (await page(house, old)).status_code == 404
    assert "链接无效" in (await page(house, old)).text
    assert (await page(house, fresh)).status_code == 200


async def test_what_is_over_takes_no_answer_and_says_so(house: House) -> None:
    district = await house.staff("district")
    finding = await found(house)
    token = await dispatched(house, finding)
    path = f"/findings/{finding.id}/withdraw"
    refused(await (await house.staff("inspector")).post(path, json={"reason": "duplicate"}), 403, "role_forbidden")
    taken_back = accepted(await district.post(path, json={"reason": "duplicate"}))
    assert (taken_back["state"], taken_back["withdrawal"]) == ("withdrawn", "duplicate")
    refused(await district.post(path, json={"reason": "duplicate"}), 409, "finding_over")
    refused(await answered(house, token, "已整改"), 409, "finding_over")
    begun = {"sha256": "d" * 64, "size": 100_000}
    refused(await house.nobody.post(f"/rectifications/{token}/photos", json=begun), 409, "finding_over")
    shown = await page(house, token)
    assert "已撤销" in shown.text
    assert finding.title not in shown.text
    assert "<form" not in shown.text


async def test_the_page_takes_words_and_photos_without_script(house: House) -> None:
    finding = await found(house)
    token = await dispatched(house, finding)
    first = await page(house, token)
    assert "script" not in first.text
    policy = first.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert finding.title in first.text
    assert finding.title_en in (await page(house, token, "en")).text

    file = photo_file()
    photos = [("photos", ("1.jpg", file, "image/jpeg")), ("photos", ("", b"", "application/octet-stream"))]
    answer = await house.client.post(f"/r/{token}?lang=en", data={"text": "Done."}, files=photos)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/r/{token}?lang=en")
    after = await page(house, token)
    assert "已收到您的答复" in after.text
    assert "1 张照片" in after.text
    course = accepted(await (await house.staff("district")).get(f"/findings/{finding.id}"))
    assert course["answers"] == [{**course["answers"][0], "text": "Done.", "photos": [sum_of(file)]}]
    kept = accepted(await (await house.staff("inspector")).get(f"/photos/{sum_of(file)}"))
    assert kept["state"] in {"received", "ready"}


@pytest.mark.parametrize(
    ("text", "photos", "status", "said"),
    [
        (" \u200b\n ", 0, 422, "请填写整改情况说明"),
        ("字" * 1001, 0, 422, "说明过长"),
        ("已整改<b>", 7, 422, "最多 6 张"),
    ],
)
async def test_a_form_that_is_not_right_comes_back_with_its_words(
    house: House, text: str, photos: int, status: int, said: str
) -> None:
    token = await dispatched(house, await found(house))
    files = [("photos", (f"{number}.jpg", jpeg(number), "image/jpeg")) for number in range(photos)]
    answer = await house.client.post(f"/r/{token}", data={"text": text}, files=files or {"photos": ("", b"")})
    assert answer.status_code == status
    assert said in answer.text
    assert "<b>" not in answer.text.partition("<textarea")[2].partition("</textarea")[0]
    assert accepted(await house.nobody.get(f"/rectifications/{token}"))["state"] == "dispatched"


async def test_bodies_that_are_no_form(house: House) -> None:
    token = await dispatched(house, await found(house))
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for body, headers, status in (
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"--x\r\nbroken", form, 400),
        (b"", form, 400),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n', form, 400),
        (bytes(26 * 1024 * 1024), form, 413),
    ):
        answer = await house.client.post(f"/r/{token}", content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("text/html")
    for wrong in ("x" * 22, "none"):
        answer = await house.client.post(f"/r/{wrong}", content=bytes(3 * 1024 * 1024), headers=form)
        assert answer.status_code == 404


async def test_a_deadline_is_put_off_by_admins_and_not_for_ever(house: House) -> None:
    district, inspector = await house.staff("district"), await house.staff("inspector")
    finding = await found(house, days=2)
    path, today = f"/findings/{finding.id}/extend", city_day(datetime.now(UTC))

    def until(days: int) -> dict[str, str]:
        return {"due_on": (today + timedelta(days=days)).isoformat(), "reason": "building_work"}

    refused(await inspector.post(path, json=until(9)), 403, "role_forbidden")
    problem = refused(await district.post(path, json=until(31)), 422, "extension_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("due_on", "out_of_range")]
    once = accepted(await district.post(path, json=until(9)))
    assert (once["due_on"], once["extensions"][0]["reason"]) == (until(9)["due_on"], "building_work")
    accepted(await district.post(path, json=until(20)))
    refused(await district.post(path, json=until(25)), 409, "extensions_used_up")


async def test_out_of_scope_there_is_nothing(house: House) -> None:
    elsewhere = await house.staff("inspector3")
    finding = await found(house)
    for its_id in (finding.id, UNKNOWN, "x"):
        refused(await elsewhere.get(f"/findings/{its_id}"), 404, "finding_not_found")
        refused(await elsewhere.post(f"/findings/{its_id}/dispatch", json={}), 404, "finding_not_found")
        refused(await elsewhere.get(f"/findings/{its_id}/photos/{'a' * 64}"), 404, "finding_not_found")
    inspector = await house.staff("inspector")
    refused(await inspector.get(f"/findings/{finding.id}/photos/{'e' * 64}"), 404, "photo_not_found")
    refused(await house.nobody.get("/findings"), 401, "token_missing")
    asked = {"site_id": finding.site_id}
    assert accepted(await elsewhere.get("/findings", params=asked))["items"] == []
    refused(await (await house.citizen()).get("/findings"), 403, "role_forbidden")


async def test_the_same_key_dispatches_once(house: House) -> None:
    inspector, finding = await house.staff("inspector"), await found(house)
    key = {"Idempotency-Key": unique("dispatch")}
    path = f"/findings/{finding.id}/dispatch"
    first = accepted(await inspector.post(path, json={}, headers=key))
    assert accepted(await inspector.post(path, json={}, headers=key)) == first


async def test_the_owner_sends_photos_in_pieces(house: House) -> None:
    token, file = await dispatched(house, await found(house)), photo_file()
    body = {"sha256": sum_of(file), "size": len(file)}
    begun = accepted(await house.nobody.post(f"/rectifications/{token}/photos", json=body))
    assert begun["received"] == 0
    path = f"/rectifications/{token}/photos/{sum_of(file)}/chunks"
    octets = {"Content-Type": "application/octet-stream"}
    sent_whole = await house.nobody.post(path, content=file, headers=octets, params={"offset": 0})
    assert accepted(sent_whole)["state"] in {"received", "ready"}
    wrong = f"/rectifications/{'x' * 22}/photos/{sum_of(file)}/chunks"
    answer = await house.nobody.post(wrong, content=file, headers=octets, params={"offset": 0})
    refused(answer, 404, "rectification_not_found")


async def test_the_server_tells_those_above_what_is_overdue(house: House, forgotten: Finding) -> None:
    """Last, because the server looks every half minute; the finding is there since the first test."""
    district, city = await house.staff("district"), await house.staff("admin")

    async def listed(person: Caller, path: str) -> list[str]:
        asked = {"site_id": forgotten.site_id}
        return [one["id"] for one in accepted(await person.get(f"/findings{path}", params=asked))["items"]]

    async with asyncio.timeout(EVERY_S + 15):
        while not await listed(district, "/escalated"):  # noqa: ASYNC110 -- it happens in another process
            await asyncio.sleep(0.5)
    assert await listed(district, "/overdue") == await listed(district, "/escalated") == [forgotten.id]
    assert await listed(city, "/escalated") == [], "the city is told three days later"
    assert await listed(city, "") == [forgotten.id]
    refused(await (await house.staff("inspector")).get("/findings/escalated"), 403, "role_forbidden")
    course = accepted(await district.get(f"/findings/{forgotten.id}"))
    assert [(one["kind"], one["told_by"]) for one in course["events"]][1:] == [("finding.escalated", "service")]
