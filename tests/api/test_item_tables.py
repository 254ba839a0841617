"""Tables of items over HTTP: a template is filled in and sent, rows are judged one by one, and exports hold them."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from openpyxl import Workbook

from tests.api.house import Caller, House, accepted, refused, unique
from tests.api.stock import activated, minted
from tests.sheets import first_sheet, opened, saved, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DONE_WITHIN_S = 60


async def type_of(person: Caller, code: str) -> str:
    """Return the type that a code was minted for, found by activating another of its batch."""
    return str((await activated(person, code))["type_id"])


async def sent(person: Caller, type_id: str, file: bytes, on_error: str = "refuse") -> httpx.Response:
    return await person.post(
        "/items/activations",
        params={"item_type_id": type_id, "on_error": on_error},
        content=file,
        headers={"Content-Type": XLSX},
    )


async def ended(person: Caller, answer: httpx.Response, **headers: str) -> dict[str, Any]:
    """Return what became of a table."""
    table = accepted(answer, 202)
    assert answer.headers["Location"] == f"/api/v1/items/activations/{table['id']}"
    async with asyncio.timeout(DONE_WITHIN_S):
        while table["state"] == "in_progress":
            await asyncio.sleep(0.05)
            table = accepted(await person.get(f"/items/activations/{table['id']}", headers=headers))
    return dict(table)


async def registered(person: Caller, type_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"item_type_id": type_id, "limit": 200}
    while True:
        page = accepted(await person.get("/items", params=asked))
        found += page["items"]
        if page["next"] is None:
            return found
        asked["after"] = page["next"]


def faults(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in told["errors"]]


async def exported(person: Caller, kind: str, **asked: Any) -> httpx.Response:
    answer = await person.get(f"/items/export.{kind}", params=asked)
    assert answer.status_code == 200, answer.text
    assert "filename*=UTF-8''%E7%89%A9%E5%93%81." in answer.headers["Content-Disposition"]
    return answer


async def test_a_filled_in_template_becomes_items(house: House) -> None:
    admin = await house.staff("admin")
    first, *codes = await minted(house, admin, 301)
    type_id = await type_of(admin, first)
    answer = await admin.get(f"/item-types/{type_id}/activation-template.xlsx")
    assert answer.headers["Content-Type"] == XLSX
    book = opened(answer.content)
    names = [cell.value for cell in first_sheet(book)[1]]
    assert names == ["code", "name", "serial", "venue_id", "spot", "holder", "material", "height_cm"]
    venue = house.venue["id"]
    for at, code in enumerate(codes):
        first_sheet(book).append(
            [code, f"示例香炉{at}", f"{at:05}", venue, "east-hall", f"venue:{venue}", "铜", at / 2]
        )
    table = await ended(admin, await sent(admin, type_id, saved(book)))
    assert (table["state"], table["rows"], table["recorded"], table["errors"]) == ("done", 300, 300, [])
    items = await registered(admin, type_id)
    assert len(items) == 301
    one = accepted(await admin.get(f"/items/{items[4]['id']}"))
    assert one["serial"] == "00003"
    assert one["attributes"] == {"material": "铜", "height_cm": 1.5}
    assert one["place"] == f"urn:chengma:place:{venue}:east-hall"
    assert one["holder"] == {"level": "venue", "id": venue}
    assert accepted(await admin.get(f"/jobs/{table['job_id']}"))["state"] == "done"
    # What was read is forgotten, and a template without rows is none.
    assert await house.count("item_table_rows") == 0
    refused(await sent(admin, type_id, answer.content), 422, "table_refused")


async def test_the_same_file_again_changes_nothing(house: House) -> None:
    admin = await house.staff("admin")
    first, *codes = await minted(house, admin, 6)
    type_id = await type_of(admin, first)
    file = workbook(["code", "name"], *([code, "示例"] for code in codes))
    answers = await asyncio.gather(*(sent(admin, type_id, file) for _ in range(4)))
    tables = [await ended(admin, answer) for answer in answers]
    assert all(table == tables[0] for table in tables)
    assert tables[0]["recorded"] == 5
    assert await ended(admin, await sent(admin, type_id, file, "proceed")) == tables[0]
    for item in await registered(admin, type_id):
        history = accepted(await admin.get(f"/items/{item['id']}/history"))
        assert len(history["items"]) == 1


async def test_one_wrong_row_refuses_all_and_each_is_named(house: House) -> None:
    admin = await house.staff("admin")
    taken, one, two, three, four, five, six, *_ = await minted(house, admin, 12)
    (foreign,) = await minted(house, admin, 1)
    type_id = (await activated(admin, taken, serial="S-1"))["type_id"]
    nowhere = f"ven_{'0' * 26}"
    file = workbook(
        ["code", "name", "serial", "venue_id", "spot", "holder", "material", "height_cm"],
        [one, "示例", "S-2", None, None, None, "铜", 3],
        [two, "示例", "S-2"],
        [taken, "示例"],
        [three, "示例", "S-1"],
        [],
        ["0" * 28, "示例"],
        [foreign, "示例"],
        [four, "=1+1"],
        [five, None, None, nowhere, None, "district:999999", "铜", -1],
        [one.upper(), "又一件"],
        [None, "示例"],
        [six, "示例", None, None, "hall", None, True, "高"],
    )
    expected = [
        ("rows[3].serial", "duplicate_row"),
        ("rows[4].code", "item_exists"),
        ("rows[5].serial", "serial_taken"),
        ("rows[7].code", "item_code_not_found"),
        ("rows[8].code", "other_type"),
        ("rows[9].name", "formula_not_allowed"),
        ("rows[10].venue_id", "place_not_found"),
        ("rows[10].holder", "party_unknown"),
        ("rows[11].code", "duplicate_row"),
        ("rows[12].code", "required"),
        ("rows[13].material", "wrong_type"),
        ("rows[13].height_cm", "wrong_type"),
        ("rows[13].venue_id", "required"),
    ]
    table = await ended(admin, await sent(admin, type_id, file))
    assert (table["state"], table["rows"], table["recorded"], table["refused"]) == ("refused", 11, 0, 10)
    assert faults(table) == expected
    assert table["errors"][0]["detail"] == "与第 2 行重复"
    assert len(await registered(admin, type_id)) == 1
    # What was refused is checked anew, and may now proceed.
    table = await ended(admin, await sent(admin, type_id, file, "proceed"))
    assert (table["state"], table["recorded"], table["refused"]) == ("done", 1, 10)
    assert faults(table) == expected
    assert sorted(item["serial"] for item in await registered(admin, type_id)) == ["S-1", "S-2"]
    assert await ended(admin, await sent(admin, type_id, file, "proceed")) == table


async def test_attributes_are_judged_by_the_type(house: House) -> None:
    admin = await house.staff("admin")
    first, one, two = await minted(house, admin, 3)
    type_id = await type_of(admin, first)
    file = workbook(["code", "material", "height_cm"], [one, "长" * 21, 1], [two, "铜", -1])
    table = await ended(admin, await sent(admin, type_id, file), **{"Accept-Language": "en"})
    assert faults(table) == [("rows[2].material", "too_long"), ("rows[3].height_cm", "out_of_range")]
    assert table["errors"][0]["detail"].startswith("at most")


async def test_a_table_of_another_form_is_refused_at_once(house: House) -> None:
    admin = await house.staff("admin")
    type_id = await type_of(admin, (await minted(house, admin, 1))[0])
    told = refused(await sent(admin, type_id, workbook(["name", "colour"], ["示例", "红"])), 422, "table_refused")
    assert faults(told) == [("columns.colour", "unknown_field"), ("columns.code", "required")]
    whole = workbook(["code"], ["x"])
    for broken in (b"", b"code\nx\n", whole[: len(whole) // 2], whole[:-30]):
        refused(await sent(admin, type_id, broken), 422, "table_unreadable")
    refused(await sent(admin, type_id, workbook(["code"], *(["x"] for _ in range(5_001)))), 422, "table_refused")
    refused(await sent(admin, type_id, bytes(4 * 1024 * 1024 + 1)), 413, "body_too_large")
    refused(await sent(admin, f"ity_{'0' * 26}", whole), 404, "item_type_not_found")
    wrong = await admin.post("/items/activations", params={"item_type_id": type_id}, json={})
    refused(wrong, 415, "media_type_unsupported")


async def test_tables_of_others_do_not_exist(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    first, code = await minted(house, admin, 2)
    table = await ended(admin, await sent(admin, await type_of(admin, first), workbook(["code"], [code])))
    refused(await district.get(f"/items/activations/{table['id']}"), 404, "table_not_found")
    gate = await house.staff("gate")
    refused(await gate.get("/items/export.csv"), 403, "role_forbidden")


@pytest.fixture(scope="module")
async def shelf(house: House) -> str:
    """A type with 7 items, one of them named like a formula."""
    admin = await house.staff("admin")
    first, *codes = await minted(house, admin, 7)
    type_id = await type_of(admin, first)
    names = ["=HYPERLINK(1)", "+1", "-1", "@x", '引号",逗号', "示例"]
    rows = ([code, f"示例{at}", name, "铜", at] for at, (code, name) in enumerate(zip(codes, names, strict=True)))
    book = Workbook()
    sheet = first_sheet(book)
    sheet.append(["code", "name", "serial", "material", "height_cm"])
    for row in rows:
        sheet.append(row)
        sheet.cell(sheet.max_row, 3).data_type = "s"
    table = await ended(admin, await sent(admin, type_id, saved(book)))
    assert table["recorded"] == 6, table
    return type_id


async def test_an_export_holds_what_a_search_finds(house: House, shelf: str) -> None:
    admin = await house.staff("admin")
    items = await registered(admin, shelf)
    lines = (await exported(admin, "csv", item_type_id=shelf)).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(lines, newline="")))
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    assert [row["height_cm"] for row in rows] == ["", "0", "1", "2", "3", "4", "5"]
    assert {row["type"] for row in rows} == {"示例香炉"}
    assert {row["holder"] for row in rows} == {"city:310000"}
    book = opened((await exported(admin, "xlsx", item_type_id=shelf)).content)
    head, titles, *cells = first_sheet(book).iter_rows(values_only=True)
    assert list(head) == list(rows[0])
    assert titles[0] == "编号"
    plain = [row | {"serial": row["serial"].removeprefix("'")} for row in rows]
    assert [dict(zip(head, (cell or "" for cell in row), strict=True)) for row in cells] == plain
    some = list(csv.reader(io.StringIO((await exported(admin, "csv", item_type_id=shelf, q="示例3")).text)))
    assert len(some) == 2


async def test_no_cell_is_a_formula(house: House, shelf: str) -> None:
    admin = await house.staff("admin")
    answer = await exported(admin, "csv", item_type_id=shelf)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    serials = [row["serial"] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))]
    assert serials == ["", "'=HYPERLINK(1)", "'+1", "'-1", "'@x", '引号",逗号', "示例"]
    book = opened((await exported(admin, "xlsx", item_type_id=shelf)).content)
    kinds = {cell.data_type for row in first_sheet(book).iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "inlineStr"}
    assert first_sheet(book)["C4"].value == "=HYPERLINK(1)"


async def test_an_epcis_export_can_be_captured_again(house: House, shelf: str) -> None:
    admin = await house.staff("admin")
    items = await registered(admin, shelf)
    accepted(await admin.post(f"/items/{items[0]['id']}/actions", json={"kind": "inspect", "outcome": "conformant"}))
    answer = await exported(admin, "epcis.json", item_type_id=shelf)
    assert answer.headers["Content-Type"] == "application/ld+json"
    document = answer.json()
    told = document["epcisBody"]["eventList"]
    assert document["type"] == "EPCISDocument"
    assert [event["bizStep"] for event in told] == ["commissioning"] * 7 + ["inspecting"]
    captured = await admin.post("/epcis/capture", json=document)
    answer = accepted(captured)
    assert len(answer["known"]) == 8, answer
    empty = (await exported(admin, "epcis.json", q=unique("nothing"))).json()
    assert empty["epcisBody"]["eventList"] == []


async def test_reading_a_table_lets_others_pass(house: House) -> None:
    """How long others wait while 5,000 rows are read is shown, not judged: that is up to the machine."""
    admin = await house.staff("admin")
    type_id = await type_of(admin, (await minted(house, admin, 1))[0])
    file = workbook(["code", "name", "material"], *([f"{at:028}", "示例", "铜"] for at in range(5_000)))
    waits: list[float] = []
    loop = asyncio.get_running_loop()

    async def ping() -> None:
        while True:
            began = loop.time()
            await house.client.get("/healthz")
            waits.append(loop.time() - began)
            await asyncio.sleep(0.01)

    pinging = asyncio.create_task(ping())
    began = loop.time()
    table = await ended(admin, await sent(admin, type_id, file))
    took = loop.time() - began
    pinging.cancel()
    assert (table["state"], table["refused"], len(table["errors"])) == ("refused", 5_000, 1_000)
    print(json.dumps({"rows": 5_000, "took_s": round(took, 2), "longest_ping_ms": round(1000 * max(waits), 1)}))
