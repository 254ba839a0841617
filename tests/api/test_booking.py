"""Booking a visit, seeing it, and cancelling it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.reservations.model import SlotState
from tests.api.house import House, accepted, instant, party, refused, visitor

HOUR = timedelta(hours=1)


async def test_a_party_gets_its_places(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    places = await house.places_left(slot_id)
    before = datetime.now(UTC) - timedelta(seconds=1)
    answer = await citizen.post(
        "/reservations", json={"slot_id": slot_id, "contact_phone": "138 0000 0000", "visitors": party(3)}
    )
    booked = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/reservations/{booked['id']}"
    assert booked["id"].startswith("rsv_")
    assert booked["status"] == "booked"
    assert booked["party_size"] == 3
    assert booked["slot_id"] == slot_id
    assert booked["venue_id"] == house.venue["id"]
    assert booked["cancelled_at"] is None
    assert before <= instant(booked["created_at"]) <= datetime.now(UTC)
    assert instant(booked["ends_at"]) - instant(booked["starts_at"]) == HOUR
    assert await house.places_left(slot_id) == places - 3
    assert await house.events(booked["id"]) == ["reservation.booked"]


async def test_only_masked_names_and_numbers_come_back(house: House) -> None:
    citizen = await house.citizen()
    people = [
        visitor(name="示例访客", id_number="E12345678"),
        visitor(name="A", id_type="resident_id", id_number="11010519491231002x"),
        visitor(name="𠮷\u3000Example", id_type="taiwan_permit", id_number="12345678"),
    ]
    wish = {"slot_id": house.later_slot(), "contact_phone": "+86 13800000000", "visitors": people}
    booked = accepted(await citizen.post("/reservations", json=wish), 201)
    detail = accepted(await citizen.get(f"/reservations/{booked['id']}"))
    assert detail["visitors"] == [
        {"name": "示***", "id_type": "passport", "id_number": "*****5678"},
        {"name": "A*", "id_type": "resident_id", "id_number": "**************002X"},
        {"name": "𠮷********", "id_type": "taiwan_permit", "id_number": "****5678"},
    ]
    assert detail["admitted_count"] == 0
    assert {name: detail[name] for name in booked} == booked
    kept = await house.stores.mongo.client[house.config.mongodb.database]["reservations"].find_one(
        {"_id": booked["id"], "citizen_id": citizen.tokens["actor"]["id"]}
    )
    assert kept is not None
    ciphertexts = b"".join(one["identity"] for one in kept["visitors"]) + kept["contact_phone"]
    for secret in ("示例", "E12345678", "110105", "138000"):
        assert secret not in str(kept)
        assert secret.encode() not in ciphertexts


async def test_my_list_has_mine_only_newest_first_in_pages(house: House) -> None:
    citizen, other = await house.citizen(), await house.citizen()
    slot_id = house.later_slot()
    mine = [await citizen.book(slot_id, party(1)) for _ in range(5)]
    await other.book(slot_id, party(1))
    await citizen.post(f"/reservations/{mine[2]['id']}/cancel")
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    for size in (2, 2, 1):
        page = accepted(await citizen.get("/reservations", params={"limit": 2} | after))
        assert len(page["items"]) == size
        found += page["items"]
        after = {"after": page["next"]}
    assert page["next"] is None
    assert [one["id"] for one in found] == [one["id"] for one in reversed(mine)]
    assert [one["status"] for one in found] == ["booked", "booked", "cancelled", "booked", "booked"]
    assert "visitors" not in found[0]


async def test_somebody_with_no_reservations_has_an_empty_list(house: House) -> None:
    assert accepted(await (await house.citizen()).get("/reservations")) == {"items": [], "next": None}


async def test_cancelling_gives_places_and_people_free_and_can_be_repeated(house: House) -> None:
    citizen, slot_id, people = await house.citizen(), house.later_slot(), party(2)
    places = await house.places_left(slot_id)
    first = await citizen.book(slot_id, people)
    cancelled = accepted(await citizen.post(f"/reservations/{first['id']}/cancel"))
    assert cancelled["status"] == "cancelled"
    assert instant(cancelled["cancelled_at"]) >= instant(first["created_at"])
    assert await house.places_left(slot_id) == places
    assert accepted(await citizen.post(f"/reservations/{first['id']}/cancel")) == cancelled
    assert await house.places_left(slot_id) == places
    assert await house.events(first["id"]) == ["reservation.booked", "reservation.cancelled"]
    again = await citizen.book(slot_id, people)
    assert again["id"] != first["id"]
    assert await house.places_left(slot_id) == places - 2
    refused(await citizen.get(f"/reservations/{first['id']}/entry-code"), 409, "reservation_cancelled")


async def test_many_cancels_at_once_give_the_places_back_once(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    places = await house.places_left(slot_id)
    booked = await citizen.book(slot_id, party(3))
    answers = await asyncio.gather(*(citizen.post(f"/reservations/{booked['id']}/cancel") for _ in range(10)))
    assert {accepted(answer)["status"] for answer in answers} == {"cancelled"}
    assert await house.places_left(slot_id) == places
    assert await house.events(booked["id"]) == ["reservation.booked", "reservation.cancelled"]


async def test_nobody_has_two_places_in_a_slot_whoever_books(house: House) -> None:
    citizen, other, slot_id = await house.citizen(), await house.citizen(), house.later_slot()
    twin = visitor(id_type="passport", id_number="h76543210")
    await citizen.book(slot_id, [twin])
    places = await house.places_left(slot_id)
    same = visitor(id_number="H76543210")
    answer = await other.post("/reservations", json={"slot_id": slot_id, "visitors": [visitor(), same]})
    problem = refused(answer, 409, "visitor_already_booked")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [
        ("visitors[1].id_number", "visitor_already_booked")
    ]
    assert await house.places_left(slot_id) == places
    assert accepted(await other.get("/reservations"))["items"] == []
    # The same number on a document of another kind is another person; another slot is another visit.
    await other.book(slot_id, [visitor(id_type="hk_macao_permit", id_number="H76543210")])
    await other.book(house.later_slot(), [same])


async def test_a_full_slot_takes_nobody_and_a_party_goes_in_whole_or_not_at_all(house: House) -> None:
    citizen = await house.citizen()
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=3)
    await citizen.book(slot_id, party(1))
    answer = await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(3)})
    refused(answer, 409, "slot_full")
    assert await house.places_left(slot_id) == 2
    await citizen.book(slot_id, party(2))
    answer = await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": party(1)})
    refused(answer, 409, "slot_full")
    assert len(accepted(await citizen.get("/reservations"))["items"]) == 2


async def test_a_slot_that_is_over_or_closed_takes_nobody(house: House) -> None:
    citizen = await house.citizen()
    over = await house.add_slot(starts_in=-2 * HOUR, lasts=HOUR)
    problem = refused(
        await citizen.post("/reservations", json={"slot_id": over, "visitors": party(1)}), 409, "slot_ended"
    )
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [("slot_id", "slot_ended")]
    closed = await house.add_slot(starts_in=HOUR, lasts=HOUR, state=SlotState.CLOSED)
    refused(await citizen.post("/reservations", json={"slot_id": closed, "visitors": party(1)}), 409, "slot_closed")
    assert await house.places_left(over) == await house.places_left(closed) == 10


async def test_a_slot_that_does_not_exist_takes_nobody(house: House) -> None:
    citizen = await house.citizen()
    wish = {"slot_id": "slt_01JD0000000000000000000000", "visitors": party(1)}
    refused(await citizen.post("/reservations", json=wish), 404, "slot_not_found")
    assert accepted(await citizen.get("/reservations"))["items"] == []


@pytest.mark.parametrize("name", ["x", "%00", "%F0%9F%92%A9", "..%2F..", "a" * 3000, "%20", "%24where", "rsv_"])
async def test_a_reservation_of_a_strange_name_is_not_found(house: House, name: str) -> None:
    citizen = await house.citizen()
    refused(await citizen.get(f"/reservations/{name}"), 404, "reservation_not_found")
    refused(await citizen.post(f"/reservations/{name}/cancel"), 404, "reservation_not_found")


async def test_what_is_over_can_neither_be_cancelled_nor_entered(house: House) -> None:
    citizen = await house.citizen()
    slot_id = await house.add_slot(starts_in=HOUR, lasts=HOUR)
    booked = await citizen.book(slot_id, party(1))
    database = house.stores.mongo.client[house.config.mongodb.database]
    past = {"starts_at": datetime.now(UTC) - 3 * HOUR, "ends_at": datetime.now(UTC) - 2 * HOUR}
    await database["reservations"].update_one(
        {"_id": booked["id"], "citizen_id": citizen.tokens["actor"]["id"]}, {"$set": past}
    )
    refused(await citizen.post(f"/reservations/{booked['id']}/cancel"), 409, "reservation_over")
    for form in ("entry-code", "entry-code.png"):
        refused(await citizen.get(f"/reservations/{booked['id']}/{form}"), 409, "reservation_over")


async def test_a_party_is_refused_with_every_fault_named(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    places = await house.places_left(slot_id)
    people = [
        *party(4),
        visitor(id_type="resident_id", id_number="110105194912310021"),
        visitor(id_type="resident_id", id_number="ABCDEFG"),
        visitor(id_number="e00000000"),
        visitor(id_number="E00000000"),
    ]
    answer = await citizen.post("/reservations", json={"slot_id": slot_id, "visitors": people})
    problem = refused(answer, 422, "party_refused")
    assert {(error["path"], error["code"]) for error in problem["errors"]} == {
        ("visitors", "party_too_large"),
        ("visitors[4].id_number", "invalid_checksum"),
        ("visitors[5].id_number", "invalid_checksum"),
        ("visitors[7].id_number", "duplicate"),
    }
    assert await house.places_left(slot_id) == places


@pytest.mark.parametrize(
    ("method", "form"),
    [("GET", ""), ("POST", "/cancel"), ("GET", "/entry-code"), ("GET", "/entry-code.png")],
)
async def test_another_citizens_reservation_does_not_exist(house: House, method: str, form: str) -> None:
    owner, other = await house.citizen(), await house.citizen()
    booked = await owner.book(house.later_slot(), party(1))
    refused(await other.ask(method, f"/reservations/{booked['id']}{form}"), 404, "reservation_not_found")
    unknown = "rsv_01JD0000000000000000000000"
    refused(await owner.ask(method, f"/reservations/{unknown}{form}"), 404, "reservation_not_found")
    assert accepted(await owner.get(f"/reservations/{booked['id']}"))["status"] == "booked"


@pytest.mark.parametrize("username", ["gate", "inspector", "manager", "district", "admin", "auditor"])
async def test_staff_neither_book_nor_see_reservations(house: House, username: str) -> None:
    citizen, person = await house.citizen(), await house.staff(username)
    slot_id = house.later_slot()
    booked = await citizen.book(slot_id, party(1))
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "visitors": party(1)}
    refused(await person.post("/reservations", json=wish), 403, "role_forbidden")
    refused(await person.get("/reservations"), 403, "role_forbidden")
    for form in ("", "/entry-code", "/entry-code.png"):
        refused(await person.get(f"/reservations/{booked['id']}{form}"), 403, "role_forbidden")
    refused(await person.post(f"/reservations/{booked['id']}/cancel"), 403, "role_forbidden")
    assert await house.places_left(slot_id) == places
