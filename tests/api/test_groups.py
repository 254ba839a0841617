"""Groups over HTTP: applied for, decided, named by table, and let in by parts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from services.reservations.model import Allotment, Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from services.venues.model import Channel
from tests.api.house import PROBLEM, Caller, House, accepted, refused, unique
from tests.sheets import first_sheet, opened, saved, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = ["姓名", "证件类型", "证件号码"]
NOW = timedelta(minutes=-10)
LATER = timedelta(days=5)


async def open_slot(house: House, *, starts_in: timedelta = LATER, **aside: int) -> str:
    """Add a slot of the example venue with so many places for groups, the window and individuals."""
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0) + starts_in
    places = sum(aside.values())
    slot = Slot(
        id=f"slt_{ULID()}",
        venue_id=house.venue["id"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=places,
        places_left=places,
        state=SlotState.OPEN,
        set_aside=tuple(
            Allotment(channel=Channel(name), places=count, left=count, flows_at=None)
            for name, count in aside.items()
            if name != Channel.INDIVIDUAL and count
        ),
    )
    assert await MongoSlots(house.stores.mongo).add_missing([slot]) == 1
    return slot.id


def wish(slot_id: str, size: int = 30, **changes: Any) -> dict[str, Any]:
    return {
        "slot_id": slot_id,
        "party_size": size,
        "purpose": "education",
        "note": "示例说明",
        "contact_name": "示例联系人",
        "contact_phone": "13800000000",
        "organisation_name": "示例学校",
    } | changes


async def applied(leader: Caller, slot_id: str, size: int = 30) -> dict[str, Any]:
    application: dict[str, Any] = accepted(await leader.post("/group-applications", json=wish(slot_id, size)), 201)
    return application


@pytest.fixture(scope="module")
async def manager(house: House) -> Caller:
    return await house.staff("manager")


async def test_a_group_applies_is_approved_and_comes_in_parts(house: House, manager: Caller) -> None:
    leader, gate = await house.citizen(), await house.staff("gate")
    slot_id = await open_slot(house, starts_in=NOW, group=40, individual=10)
    made = await applied(leader, slot_id)
    assert (made["status"], made["reservation_id"], made["contact_phone"]) == ("pending", None, "13800000000")
    approved = accepted(await manager.post(f"/group-applications/{made['id']}/approve"))
    assert accepted(await manager.post(f"/group-applications/{made['id']}/approve")) == approved
    assert accepted(await leader.get(f"/group-applications/{made['id']}")) == approved
    reservation_id = approved["reservation_id"]
    booked = accepted(await leader.get(f"/reservations/{reservation_id}"))
    assert (booked["status"], booked["party_size"], booked["visitors"]) == ("booked", 30, [])
    assert [one["id"] for one in accepted(await leader.get("/reservations"))["items"]] == [reservation_id]

    async def enter(count: int | None) -> tuple[str, int, int]:
        code = await leader.code_of(reservation_id)
        scan = accepted(await gate.scan(house.entrances[0], code, count=count))
        return scan["reason"] or scan["decision"], scan["admitted_now"], scan["admitted_count"]

    assert await enter(12) == ("admitted", 12, 12)
    assert await enter(10) == ("admitted", 10, 22)
    code = await leader.code_of(reservation_id)
    refused(await gate.scan(house.entrances[0], code, count=9), 422, "count_too_large")
    refused(await gate.scan(house.entrances[0], code, count=1001), 422, "fields_invalid")
    assert await enter(None) == ("admitted", 8, 30)
    assert await enter(1) == ("already_admitted", 0, 30)
    roster = workbook(HEAD, ["示例访客", "护照", "E12345678"])
    answer = await leader.post(
        f"/group-applications/{made['id']}/roster", content=roster, headers={"Content-Type": XLSX}
    )
    refused(answer, 409, "group_roster_in_use")


async def test_a_group_of_a_thousand_has_a_code(house: House, manager: Caller) -> None:
    leader, gate = await house.citizen(), await house.staff("gate")
    made = await applied(leader, await open_slot(house, starts_in=NOW, group=1000), 1000)
    approved = accepted(await manager.post(f"/group-applications/{made['id']}/approve"))
    code = await leader.code_of(approved["reservation_id"])
    scan = accepted(await gate.scan(house.entrances[0], code, count=300))
    assert (scan["decision"], scan["admitted_now"], scan["party_size"]) == ("admitted", 300, 1000)


async def test_places_are_as_many_as_are_set_aside(house: House, manager: Caller) -> None:
    first, second = await house.citizen(), await house.citizen()
    slot_id = await open_slot(house, group=40, individual=60)
    made = [await applied(one, slot_id) for one in (first, second)]
    approved = accepted(await manager.post(f"/group-applications/{made[0]['id']}/approve"))
    problem = refused(await manager.post(f"/group-applications/{made[1]['id']}/approve"), 409, "group_places_too_few")
    assert problem["places_left"] == 10
    assert accepted(await second.get(f"/group-applications/{made[1]['id']}"))["status"] == "pending"
    refused(
        await first.post(f"/reservations/{approved['reservation_id']}/reschedule", json={"slot_id": slot_id}),
        409,
        "group_not_movable",
    )
    refused(await first.post(f"/group-applications/{made[0]['id']}/withdraw"), 409, "group_application_decided")
    accepted(await first.post(f"/reservations/{approved['reservation_id']}/cancel"))
    assert accepted(await manager.post(f"/group-applications/{made[1]['id']}/approve"))["status"] == "approved"


async def test_contacts_are_masked_in_lists_and_seen_by_who_decides(house: House, manager: Caller) -> None:
    leader, slot_id = await house.citizen(), await open_slot(house, group=40)
    made = await applied(leader, slot_id)
    path = f"/venues/{house.venue['id']}/group-applications"
    page = accepted(await manager.get(path, params={"status": "pending", "limit": 1}))
    [shown] = page["items"]
    assert (shown["id"], shown["contact_name"], shown["contact_phone"]) == (made["id"], "示****", "*******0000")
    assert (shown["note"], shown["organisation_name"]) == (None, "示例学校")
    seen = accepted(await manager.get(f"/group-applications/{made['id']}"))
    assert (seen["contact_name"], seen["note"]) == ("示例联系人", "示例说明")
    own = accepted(await leader.get("/group-applications"))["items"]
    assert [one["contact_phone"] for one in own] == ["*******0000"]
    auditor, gate = await house.staff("auditor"), await house.staff("gate")
    accepted(await auditor.get(path))
    for caller in (auditor, gate):
        refused(await caller.get(f"/group-applications/{made['id']}"), 403, "role_forbidden")
    refused(await (await house.citizen()).get(f"/group-applications/{made['id']}"), 404, "group_application_not_found")
    refused(await manager.get(f"/venues/{house.side_venue['id']}/group-applications"), 404, "venue_not_found")
    documents = await house.count("group_applications", _id=made["id"], contact={"$type": "binData"})
    assert documents == 1


async def test_what_is_out_of_scope_cannot_be_decided(house: House, manager: Caller) -> None:
    leader = await house.citizen()
    slot_id = await house.add_slot(starts_in=LATER, lasts=timedelta(hours=1), places=200)
    made = await applied(leader, slot_id, 100)
    for path, body in (("approve", None), ("decline", {"reason": "示例"})):
        answer = await manager.post(f"/group-applications/{made['id']}/{path}", json=body)
        refused(answer, 404, "group_application_not_found")
    refused(await manager.get(f"/group-applications/{made['id']}"), 404, "group_application_not_found")
    refused(await manager.get(f"/group-applications/{made['id']}/roster"), 404, "group_application_not_found")
    withdrawn = accepted(await leader.post(f"/group-applications/{made['id']}/withdraw"))
    assert accepted(await leader.post(f"/group-applications/{made['id']}/withdraw")) == withdrawn


async def test_a_declined_leader_reads_why(house: House, manager: Caller) -> None:
    leader = await house.citizen()
    made = await applied(leader, await open_slot(house, group=40))
    reason = "当日有大型活动，\n请改日。"
    accepted(await manager.post(f"/group-applications/{made['id']}/decline", json={"reason": reason}))
    shown = accepted(await leader.get(f"/group-applications/{made['id']}"))
    assert (shown["status"], shown["reason"]) == ("declined", reason)
    refused(await manager.post(f"/group-applications/{made['id']}/approve"), 409, "group_application_decided")


async def test_small_groups_book_and_too_large_ones_are_told(house: House) -> None:
    leader, slot_id = await house.citizen(), await open_slot(house, group=40)
    for size, code in ((house.venue["max_party_size"], "group_too_small"), (41, "group_too_large")):
        problem = refused(await leader.post("/group-applications", json=wish(slot_id, size)), 422, code)
        assert [one["path"] for one in problem["errors"]] == ["party_size"]
    key = {"Idempotency-Key": unique("group")}
    first = accepted(await leader.post("/group-applications", json=wish(slot_id), headers=key), 201)
    assert accepted(await leader.post("/group-applications", json=wish(slot_id), headers=key), 201) == first


async def send(leader: Caller, application_id: str, content: bytes, media_type: str = XLSX) -> Any:
    path = f"/group-applications/{application_id}/roster"
    return await leader.post(path, content=content, headers={"Content-Type": media_type})


async def test_a_roster_is_taken_whole_replaced_and_read_masked(house: House, manager: Caller) -> None:
    leader, gate = await house.citizen(), await house.staff("gate")
    made = await applied(leader, await open_slot(house, group=40))
    path = f"/group-applications/{made['id']}/roster"
    refused(await leader.get(path), 404, "group_roster_not_found")
    template = await leader.get("/group-roster-template.xlsx")
    assert template.headers["Content-Type"] == XLSX
    book = opened(template.content)
    first_sheet(book).append(["示例访客", "居民身份证", "11010519491231002X"])
    assert accepted(await send(leader, made["id"], saved(book))) == {"rows": 1}
    lines = "姓名,证件类型,证件号码\n示例一,护照,E12345678\n示例二,护照,E87654321\n".encode()
    assert accepted(await send(leader, made["id"], lines, "text/csv; charset=utf-8")) == {"rows": 2}
    for caller in (leader, manager, gate):
        items = accepted(await caller.get(path))["items"]
        assert [(one["name"], one["id_number"]) for one in items] == [("示**", "*****5678"), ("示**", "*****4321")]
    assert accepted(await leader.get(f"/group-applications/{made['id']}"))["roster_size"] == 2
    problem = refused(await send(leader, made["id"], workbook(HEAD, ["示例", "护照", "坏"])), 422, "table_refused")
    assert [one["path"] for one in problem["errors"]] == ["rows[2].id_number"]
    assert len(accepted(await leader.get(path))["items"]) == 2
    refused(await (await house.citizen()).get(path), 404, "group_application_not_found")
    accepted(await leader.post(f"/group-applications/{made['id']}/withdraw"))
    assert await house.count("group_rosters", _id=made["id"]) == 0
    refused(await send(leader, made["id"], lines, "text/csv"), 409, "group_roster_closed")


async def test_the_faults_of_a_roster_name_their_rows(house: House) -> None:
    leader = await house.citizen()
    made = await applied(leader, await open_slot(house, group=40), 21)
    rows = [["示例", "护照", "E12345678"], ["示例", "护照", "e1234 5678"], ["示例", "身份证", "110105194912310021"]]
    problem = refused(await send(leader, made["id"], workbook(HEAD, *rows)), 422, "table_refused")
    assert [(one["path"], one["code"], one["detail"]) for one in problem["errors"]] == [
        ("rows[2].id_number", "duplicate_row", "与第 3 行重复"),
        ("rows[3].id_number", "duplicate_row", "与第 2 行重复"),
        ("rows[4].id_number", "invalid_checksum", "不是有效的居民身份证号码"),
    ]
    many = [["示例", "护照", f"E{at:08}"] for at in range(22)]
    problem = refused(await send(leader, made["id"], workbook(HEAD, *many)), 422, "table_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("rows", "too_long")]
    formula = workbook(HEAD, ["=HYPERLINK(1)", "护照", "E12345678"])
    problem = refused(await send(leader, made["id"], formula), 422, "table_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("rows[2].name", "formula_not_allowed")]
    huge = workbook(HEAD, *([f"示例{at}", "护照", f"E{at:08}"] for at in range(10_000)))
    assert refused(await send(leader, made["id"], huge), 422, "table_refused")["errors"][0]["code"] == "too_long"
    for content, media_type in ((b"PK\x03\x04", XLSX), (b"", XLSX), (b"\xff\xfe", "text/csv")):
        answer = await send(leader, made["id"], content, media_type)
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM), answer.text
    refused(await send(leader, made["id"], b"{}", "application/json"), 415, "media_type_unsupported")
    refused(await leader.get(f"/group-applications/{made['id']}/roster"), 404, "group_roster_not_found")
