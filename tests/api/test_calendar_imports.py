"""Holiday years and times of worship over HTTP: entered by the city, imported by venues."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.house import Caller, House, accepted, refused
from tests.api.test_calendars import days, named, named_faults, put
from tests.api.test_item_tables import XLSX
from tests.opening import DAILY, rule
from tests.sheets import workbook

CSV = "text/csv"
HEAD = ["date", "name", "starts", "ends"]
# Years far off, so that no other test meets their days.
YEAR = {
    "version": 0,
    "days_off": [{"date": "2098-10-01", "name": "national_day"}, {"date": "2097-12-31", "name": "new_year"}],
    "makeup_workdays": ["2098-10-11"],
}


@pytest.fixture(scope="module")
async def mosque(house: House) -> str:
    return await named(house, "小桃园")


async def sent(person: Caller, venue_id: str, content: bytes, media_type: str) -> httpx.Response:
    return await person.post(f"/venues/{venue_id}/worship-times", content=content, headers={"Content-Type": media_type})


async def test_a_year_that_the_city_enters_is_what_it_says(house: House, mosque: str) -> None:
    admin = await house.staff("admin")
    await put(house, admin, mosque, rule(DAILY), rule({"kind": "public_holiday"}, {"kind": "closed"}))
    unknown = accepted(await house.nobody.get("/holiday-years/2098"))
    assert (unknown["source"], unknown["version"], unknown["days_off"]) == ("unpublished", 0, [])
    before = await days(house, mosque, "2098-10-01", "2098-10-01")
    assert (before["items"][0]["state"], before["unpublished_years"]) == ("open", [2098])
    written = accepted(await admin.post("/holiday-years/2098", json=YEAR))
    assert (written["source"], written["version"]) == ("entered", 1)
    assert accepted(await house.nobody.get("/holiday-years/2098")) == written
    after = await days(house, mosque, "2098-10-01", "2098-10-11")
    assert (after["items"][0]["state"], after["unpublished_years"]) == ("closed", [])
    assert [one["makeup_workday"] for one in after["items"]] == [False] * 10 + [True]
    eve = (await days(house, mosque, "2097-12-31", "2097-12-31"))["items"][0]
    assert (eve["public_holiday"], eve["state"]) == ("new_year", "closed")
    packaged = accepted(await house.nobody.get("/holiday-years/2026"))
    assert packaged["source"] == "package"
    assert "2026-10-10" in packaged["makeup_workdays"]


async def test_a_year_is_written_by_the_city_once_a_version(house: House) -> None:
    admin, path = await house.staff("admin"), "/holiday-years/2096"
    body: dict[str, Any] = {"version": 0, "days_off": [{"date": "2096-10-01", "name": "national_day"}]}
    body["makeup_workdays"] = []
    told = await asyncio.gather(*(admin.post(path, json=body) for _ in range(4)))
    assert sorted(one.status_code for one in told) == [200, 409, 409, 409]
    refused(await admin.post(path, json=body), 409, "holiday_year_changed")
    accepted(await admin.post(path, json=body | {"version": 1}))
    for name in ("district", "manager", "auditor"):
        refused(await (await house.staff(name)).post(path, json=body), 403, "role_forbidden")
    for year in ("2019", "2100", "x", "20261"):
        refused(await admin.post(f"/holiday-years/{year}", json=body), 404, "holiday_year_not_found")
        refused(await house.nobody.get(f"/holiday-years/{year}"), 404, "holiday_year_not_found")
    wrong = body | {"version": 2, "makeup_workdays": ["2096-10-01", "2095-11-30"]}
    problem = refused(await admin.post(path, json=wrong), 422, "holiday_year_refused")
    assert named_faults(problem) == [
        ("makeup_workdays[1]", "out_of_range"),
        ("makeup_workdays[0]", "repeated"),
        ("makeup_workdays[0]", "not_a_weekend"),
        ("makeup_workdays[1]", "not_a_weekend"),
    ]


async def test_times_of_worship_block_what_they_take(house: House, mosque: str) -> None:
    admin = await house.staff("admin")
    worship = rule({"kind": "worship", "minutes_before": 10, "minutes_after": 5}, {"kind": "blocks"})
    await put(house, admin, mosque, rule(DAILY), worship)
    missing = (await days(house, mosque, "2027-03-31", "2027-03-31"))["items"][0]
    assert (missing["state"], missing["why"]) == ("unknown", "worship_times_missing")
    rows = [["2027-03-31", "晌礼", "12:10", "12:30"], ["2027-03-31", "晡礼", "15:30", "15:45"]]
    taken = accepted(await sent(admin, mosque, workbook(HEAD, *rows), XLSX))
    assert taken == {"rows": 2, "months": ["2027-03"]}
    [day] = (await days(house, mosque, "2027-03-31", "2027-03-31"))["items"]
    assert (day["state"], day["blocks"]) == (
        "open",
        [{"from": "12:00", "to": "12:35"}, {"from": "15:20", "to": "15:50"}],
    )
    # The month is replaced as a whole, by lines as well.
    lines = "date,name,starts,ends\n2027-03-30,晌礼,12:00,12:30\n2027-04-01,晌礼,12:00,12:30\n".encode()
    for _ in range(2):
        taken = accepted(await sent(admin, mosque, lines, f"{CSV}; charset=utf-8"))
        assert taken == {"rows": 2, "months": ["2027-03", "2027-04"]}
    found = (await days(house, mosque, "2027-03-30", "2027-04-01"))["items"]
    assert [len(one["blocks"]) for one in found] == [1, 0, 1]


async def test_a_table_with_a_faulty_row_changes_nothing(house: House, mosque: str) -> None:
    admin = await house.staff("admin")
    good, bad = ["2027-05-01", "晌礼", "12:00", "12:30"], ["2027-05-32", "晌礼", "12:00", "11:30"]
    problem = refused(await sent(admin, mosque, workbook(HEAD, good, bad), XLSX), 422, "table_refused")
    assert named_faults(problem) == [("rows[3].date", "invalid_format")]
    problem = refused(await sent(admin, mosque, b"date,name\n2027-05-01,x\n", CSV), 422, "table_refused")
    assert named_faults(problem) == [("columns.starts", "required"), ("columns.ends", "required")]
    refused(await sent(admin, mosque, b"no spreadsheet", XLSX), 422, "table_unreadable")
    refused(await sent(admin, mosque, "日期".encode("gbk"), CSV), 422, "table_unreadable")
    refused(await sent(admin, mosque, b"{}", "application/json"), 415, "media_type_unsupported")
    refused(await sent(admin, mosque, b"x" * (1024 * 1024 + 1), CSV), 413, "body_too_large")
    assert (await days(house, mosque, "2027-05-01", "2027-05-01"))["items"][0]["state"] == "unknown"


async def test_only_who_answers_for_a_venue_imports_its_times(house: House) -> None:
    elsewhere = await named(house, "龙华寺")
    for name in ("manager", "district"):
        refused(await sent(await house.staff(name), elsewhere, b"x", CSV), 404, "venue_not_found")
    refused(await sent(await house.staff("auditor"), elsewhere, b"x", CSV), 403, "role_forbidden")
    refused(await sent(house.nobody, elsewhere, b"x", CSV), 401, "token_missing")
    own = str(house.venue["id"])
    lines = "date,name,starts,ends\n2027-03-30,示例,12:00,12:30\n".encode()
    accepted(await sent(await house.staff("manager"), own, lines, CSV))
