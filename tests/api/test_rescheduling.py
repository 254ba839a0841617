"""Moving a reservation to another slot: once, both places in one write."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.api.house import Caller, House, accepted, party, refused, unique

HOUR = timedelta(hours=1)


async def moved(citizen: Caller, reservation: dict[str, Any], slot_id: str, **headers: str) -> Any:
    path = f"/reservations/{reservation['id']}/reschedule"
    return await citizen.post(path, json={"slot_id": slot_id}, headers=headers)


async def test_the_party_leaves_one_slot_and_has_the_other(house: House) -> None:
    citizen, old_slot, new_slot = await house.citizen(), house.later_slot(), house.later_slot()
    before = [await house.places_left(one) for one in (old_slot, new_slot)]
    old = await citizen.book(old_slot, party(2))
    answer = await moved(citizen, old, new_slot)
    new = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/reservations/{new['id']}"
    assert (new["slot_id"], new["status"], new["party_size"]) == (new_slot, "booked", 2)
    assert new["rescheduled_from"] == old["id"]
    kept = accepted(await citizen.get(f"/reservations/{old['id']}"))
    assert (kept["status"], kept["end_reason"], kept["rescheduled_to"]) == ("cancelled", "rescheduled", new["id"])
    assert [await house.places_left(one) for one in (old_slot, new_slot)] == [before[0], before[1] - 2]
    assert await house.events(old["id"]) == ["reservation.booked", "reservation.cancelled"]
    assert await house.events(new["id"]) == ["reservation.booked"]
    people = accepted(await citizen.get(f"/reservations/{new['id']}"))["visitors"]
    assert people == kept["visitors"]


async def test_the_gate_is_shut_to_the_old_code_and_its_reservation_names_the_new_one(house: House) -> None:
    citizen = await house.citizen()
    old = await citizen.book(house.later_slot(), party(1))
    new = accepted(await moved(citizen, old, house.later_slot()), 201)
    assert await house.count("passes", _id=old["id"], admitted_count=0, cancelled_at={"$ne": None}) == 1
    problem = refused(await citizen.get(f"/reservations/{old['id']}/entry-code"), 409, "reservation_moved")
    assert problem["rescheduled_to"] == new["id"]


async def test_a_visit_that_has_begun_is_not_moved(house: House) -> None:
    citizen, running = await house.citizen(), await house.running_slot()
    begun = await citizen.book(running["id"], party(1))
    refused(await moved(citizen, begun, house.later_slot()), 409, "cancel_deadline_passed")


async def test_a_second_move_is_refused_and_asking_again_says_the_same(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    old = await citizen.book(house.later_slot(), party(1))
    new = accepted(await moved(citizen, old, slot_id), 201)
    assert accepted(await moved(citizen, old, slot_id), 201) == new
    refused(await moved(citizen, old, house.later_slot()), 409, "reservation_cancelled")
    refused(await moved(citizen, new, house.later_slot()), 409, "rescheduled_before")


async def test_many_at_once_move_once(house: House) -> None:
    citizen, slots = await house.citizen(), [house.later_slot() for _ in range(4)]
    before = [await house.places_left(one) for one in slots]
    old = await citizen.book(slots[0], party(2))
    answers = await asyncio.gather(*(moved(citizen, old, slot_id) for slot_id in slots[1:] * 4))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} == {"reservation_cancelled"}
    after = [await house.places_left(one) for one in slots]
    assert after[0] == before[0]
    assert sum(before) - sum(after) == 2


async def test_a_full_slot_leaves_the_party_where_it_is(house: House) -> None:
    citizen = await house.citizen()
    old_slot = await house.add_slot(starts_in=HOUR, lasts=HOUR, places=3)
    full = await house.add_slot(starts_in=2 * HOUR, lasts=HOUR, places=1)
    old = await citizen.book(old_slot, party(2))
    refused(await moved(citizen, old, full), 409, "slot_full")
    assert accepted(await citizen.get(f"/reservations/{old['id']}"))["status"] == "booked"
    assert await house.places_left(old_slot) == 1


async def test_a_key_answers_with_the_first_move(house: House) -> None:
    citizen, key = await house.citizen(), {"Idempotency-Key": unique("move")}
    old, slot_id = await citizen.book(house.later_slot(), party(1)), house.later_slot()
    first = accepted(await moved(citizen, old, slot_id, **key), 201)
    assert accepted(await moved(citizen, old, slot_id, **key), 201) == first


async def test_what_cannot_be_moved(house: House) -> None:
    citizen, other = await house.citizen(), await house.citizen()
    slot_id = house.later_slot()
    booked = await citizen.book(slot_id, party(1))
    refused(await moved(citizen, booked, slot_id), 409, "same_slot")
    elsewhere = await house.add_slot(starts_in=HOUR, lasts=HOUR)
    refused(await moved(citizen, booked, elsewhere), 409, "other_venue")
    refused(await moved(citizen, booked, "slt_01JD0000000000000000000000"), 404, "slot_not_found")
    refused(await moved(other, booked, house.later_slot()), 404, "reservation_not_found")
    accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))
    refused(await moved(citizen, booked, house.later_slot()), 409, "reservation_cancelled")
