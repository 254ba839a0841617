"""Tables of outlets over HTTP: filled in and sent, judged row by row, and safe to send again."""

import asyncio
from typing import Any

import httpx

from tests.api.house import Caller, House, accepted, refused, unique
from tests.outlets import USCC
from tests.sheets import first_sheet, opened, saved, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DONE_WITHIN_S = 60
COLUMNS = ["external_id", "name", "kind", "address", "district", "lng", "lat"]


def row(key: str | None, **changes: Any) -> list[Any]:
    said = {"name": "示例清真餐厅", "kind": "餐厅", "address": "示例路2号（虚构地址）", "district": "黄浦区"}
    return list(({"external_id": key} | said | {"lng": 121.483, "lat": 31.227} | changes).values())


async def sent(person: Caller, file: bytes, on_error: str = "refuse") -> httpx.Response:
    return await person.post(
        "/outlets/imports", params={"on_error": on_error}, content=file, headers={"Content-Type": XLSX}
    )


async def ended(person: Caller, answer: httpx.Response, **headers: str) -> dict[str, Any]:
    """Return what became of a table."""
    table = accepted(answer, 202)
    assert answer.headers["Location"] == f"/api/v1/outlets/imports/{table['id']}"
    async with asyncio.timeout(DONE_WITHIN_S):
        while table["state"] == "in_progress":
            await asyncio.sleep(0.05)
            table = accepted(await person.get(f"/outlets/imports/{table['id']}", headers=headers))
    return dict(table)


def counts(table: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(table[name] for name in ("state", "rows", "added", "changed", "unchanged", "refused"))


async def found(person: Caller, word: str) -> dict[str, dict[str, Any]]:
    page = accepted(await person.get("/outlets", params={"q": word, "limit": 200}))
    return {one["external_id"]: one for one in page["items"]}


async def test_a_filled_in_template_becomes_outlets_once(house: House) -> None:
    admin, word = await house.staff("admin"), unique("list")
    answer = await admin.get("/outlets/import-template.xlsx")
    assert answer.headers["Content-Type"] == XLSX
    assert "filename*=UTF-8''%E7%BD%91%E7%82%B9" in answer.headers["Content-Disposition"]
    template = answer.content

    def filled(**changes: Any) -> bytes:
        book = opened(template)
        names = [cell.value for cell in first_sheet(book)[1]]
        for at in range(150):
            said = dict(zip(COLUMNS, row(f"{word}-{at}"), strict=True)) | {
                "uscc": USCC,
                "licence_number": f"{word}/{at}",
                "licence_issuer": "示例发证机关",
                "licence_valid_from": "2026-01-01",
                "licence_valid_to": "2028/12/31",
                "licence_scope": "餐饮服务",
                "contact_name": "示例联系人",
                "contact_phone": "13800000000",
                **(changes if at == 7 else {}),
            }
            first_sheet(book).append([said.get(name) for name in names])
        return saved(book)

    table = await ended(admin, await sent(admin, filled()))
    assert counts(table) == ("done", 150, 150, 0, 0, 0)
    outlets = await found(admin, word)
    assert len(outlets) == 150
    one = outlets[f"{word}-7"]
    assert one["licence"]["valid_to"] == "2028-12-31"
    assert (one["uscc"], one["name_en"], one["district_id"]) == (USCC, "示例清真餐厅", "310101")
    contacts = {"items": [{"name": "示例联系人", "phone": "13800000000"}]}
    assert accepted(await admin.get(f"/outlets/{one['id']}/contacts")) == contacts
    assert accepted(await admin.get(f"/jobs/{table['job_id']}"))["state"] == "done"
    assert await house.count("outlet_table_rows") == 0

    again = await asyncio.gather(*(sent(admin, filled()) for _ in range(2)))
    assert [counts(await ended(admin, each)) for each in again] == [("done", 150, 0, 0, 150, 0)] * 2
    assert await found(admin, word) == outlets

    changed = await ended(admin, await sent(admin, filled(name="示例清真面馆", contact_phone="13800000001")))
    assert counts(changed) == ("done", 150, 0, 1, 149, 0)
    after = (await found(admin, word))[one["external_id"]]
    assert (after["name"], after["version"], after["id"]) == ("示例清真面馆", 2, one["id"])
    assert accepted(await admin.get(f"/outlets/{one['id']}/contacts"))["items"][0]["phone"] == "13800000001"
    refused(await sent(admin, template), 422, "table_refused")


async def test_the_same_new_rows_from_two_people_become_one_outlet_each(house: House) -> None:
    people, word = [await house.staff("admin"), await house.staff("district")], unique("list")
    file = workbook(COLUMNS, *(row(f"{word}-{at}") for at in range(40)))
    answers = await asyncio.gather(*(sent(person, file) for person in people))
    tables = [await ended(person, answer) for person, answer in zip(people, answers, strict=True)]
    assert len(await found(people[0], word)) == 40
    assert sum(table["added"] for table in tables) == 40
    assert sum(table["unchanged"] for table in tables) == 40
    assert [table["errors"] for table in tables] == [[], []]


async def test_one_wrong_row_refuses_all_unless_told_to_proceed(house: House) -> None:
    district, admin, word = await house.staff("district"), await house.staff("admin"), unique("list")
    before = workbook(COLUMNS, row(f"{word}-gone"), row(f"{word}-x", district="310115"))
    assert (await ended(admin, await sent(admin, before)))["added"] == 2
    ours = await found(admin, word)
    accepted(await admin.post(f"/outlets/{ours[f'{word}-gone']['id']}/close", json={"reason": "ceased"}))
    file = workbook(
        COLUMNS,
        row(f"{word}-good"),
        row(f"{word}-bad", kind="酒店"),
        row(f"{word}-abroad", district="浦东新区"),
        row(f"{word}-nowhere", district="999999"),
        row(f"{word}-gone"),
        row(f"{word}-x"),
        row(None),
        row(f"{word}-good"),
    )
    expected = [
        ("rows[3].kind", "not_allowed"),
        ("rows[4].district", "district_unknown"),
        ("rows[5].district", "district_unknown"),
        ("rows[6].external_id", "outlet_not_active"),
        ("rows[7].external_id", "outlet_key_taken"),
        ("rows[8].external_id", "required"),
        ("rows[9].external_id", "duplicate_row"),
    ]
    table = await ended(district, await sent(district, file))
    assert counts(table) == ("refused", 8, 0, 0, 0, 7)
    assert [(one["path"], one["code"]) for one in table["errors"]] == expected
    assert all(any("一" <= letter <= "鿿" for letter in one["detail"]) for one in table["errors"])
    english = accepted(await district.get(f"/outlets/imports/{table['id']}", headers={"Accept-Language": "en"}))
    assert all(one["detail"].isascii() for one in english["errors"] if one["code"] != "not_allowed")
    assert set(await found(admin, word)) == set(ours)

    table = await ended(district, await sent(district, file, "proceed"))
    assert counts(table) == ("done", 8, 1, 0, 0, 7)
    assert set(await found(admin, word)) == {*ours, f"{word}-good"}


async def test_others_do_not_see_a_table_and_files_are_judged(house: House) -> None:
    district, admin = await house.staff("district"), await house.staff("admin")
    inspector = await house.staff("inspector3")
    table = await ended(admin, await sent(admin, workbook(COLUMNS, row(unique("list")))))
    refused(await district.get(f"/outlets/imports/{table['id']}"), 404, "outlet_table_not_found")
    refused(await inspector.get(f"/outlets/imports/{table['id']}"), 403, "role_forbidden")
    refused(await sent(inspector, b"x"), 403, "role_forbidden")
    refused(await sent(district, b"no spreadsheet"), 422, "table_unreadable")
    problem = refused(await sent(district, workbook([*COLUMNS, "religion"], [*row("x"), "x"])), 422, "table_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("columns.religion", "unknown_field")]
    answer = await district.post("/outlets/imports", json={})
    refused(answer, 415, "media_type_unsupported")
    refused(await sent(district, workbook(COLUMNS, row("x")), "perhaps"), 422, "fields_invalid")


async def test_a_position_far_outside_the_city_is_found_before_anything_is_entered(house: House) -> None:
    admin, word = await house.staff("admin"), unique("list")
    file = workbook(COLUMNS, row(f"{word}-here"), row(f"{word}-far", lng=116.4, lat=39.9))
    table = await ended(admin, await sent(admin, file))
    assert counts(table) == ("refused", 2, 0, 0, 0, 1)
    assert [(one["path"], one["code"]) for one in table["errors"]] == [("rows[3].lng", "position_implausible")]
    assert await found(admin, word) == {}
