"""Idempotency-Key: however often a request is sent, it happens once and has one answer."""

import asyncio
from typing import Any

import httpx
import pytest
from ulid import ULID

from tests.api.house import Caller, House, accepted, party, refused, visitor

AT_ONCE = 20


def new_key() -> str:
    return str(ULID())


async def book(person: Caller, key: str, wish: Any) -> httpx.Response:
    return await person.post("/reservations", json=wish, headers={"Idempotency-Key": key})


async def test_the_same_request_again_has_the_first_answer_and_happens_once(house: House) -> None:
    citizen, slot_id, key = await house.citizen(), house.later_slot(), new_key()
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "contact_phone": "13800000000", "visitors": party(2)}
    first = await book(citizen, key, wish)
    again = await book(citizen, key, wish)
    assert accepted(again, 201) == accepted(first, 201)
    assert again.headers["Location"] == first.headers["Location"]
    # Another spelling of the same content is the same content.
    spelled = await book(citizen, key, {name: wish[name] for name in reversed(wish)})
    assert accepted(spelled, 201) == first.json()
    assert await house.places_left(slot_id) == places - 2
    assert len(accepted(await citizen.get("/reservations"))["items"]) == 1


async def test_the_first_answer_stays_the_same_after_a_cancellation(house: House) -> None:
    citizen, slot_id, key = await house.citizen(), house.later_slot(), new_key()
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "visitors": party(1)}
    first = accepted(await book(citizen, key, wish), 201)
    assert accepted(await citizen.post(f"/reservations/{first['id']}/cancel"))["status"] == "cancelled"
    assert accepted(await book(citizen, key, wish), 201) == first
    assert await house.places_left(slot_id) == places


@pytest.mark.parametrize("change", ["visitors", "slot_id", "contact_phone", "name"])
async def test_the_same_key_for_another_request_is_a_conflict(house: House, change: str) -> None:
    citizen, slot_id, other_slot, key = await house.citizen(), house.later_slot(), house.later_slot(), new_key()
    person = visitor()
    wish = {"slot_id": slot_id, "visitors": [person]}
    first = accepted(await book(citizen, key, wish), 201)
    changes: dict[str, dict[str, Any]] = {
        "visitors": {"visitors": [person, visitor()]},
        "slot_id": {"slot_id": other_slot},
        "contact_phone": {"contact_phone": "13800000000"},
        "name": {"visitors": [{**person, "name": "示例访客二"}]},
    }
    places = await house.places_left(slot_id), await house.places_left(other_slot)
    refused(await book(citizen, key, wish | changes[change]), 409, "idempotency_key_reused")
    assert (await house.places_left(slot_id), await house.places_left(other_slot)) == places
    assert accepted(await book(citizen, key, wish), 201) == first


async def test_two_citizens_may_use_the_same_key(house: House) -> None:
    one, other, slot_id, key = await house.citizen(), await house.citizen(), house.later_slot(), new_key()
    places = await house.places_left(slot_id)
    mine = accepted(await book(one, key, {"slot_id": slot_id, "visitors": party(1)}), 201)
    theirs = accepted(await book(other, key, {"slot_id": slot_id, "visitors": party(1)}), 201)
    assert mine["id"] != theirs["id"]
    assert await house.places_left(slot_id) == places - 2


async def test_many_at_once_under_one_key_make_one_reservation(house: House) -> None:
    citizen, slot_id, key = await house.citizen(), house.later_slot(), new_key()
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "visitors": party(3)}
    answers = await asyncio.gather(*(book(citizen, key, wish) for _ in range(AT_ONCE)))
    assert {accepted(answer, 201)["id"] for answer in answers} == {answers[0].json()["id"]}
    assert await house.places_left(slot_id) == places - 3
    assert [one["id"] for one in accepted(await citizen.get("/reservations"))["items"]] == [answers[0].json()["id"]]
    assert await house.events(answers[0].json()["id"]) == ["reservation.booked"]


async def test_different_requests_at_once_under_one_key_make_one_reservation(house: House) -> None:
    citizen, slot_id, key = await house.citizen(), house.later_slot(), new_key()
    places = await house.places_left(slot_id)
    wishes = [{"slot_id": slot_id, "visitors": party(1)} for _ in range(AT_ONCE)]
    answers = await asyncio.gather(*(book(citizen, key, wish) for wish in wishes))
    booked = [answer for answer in answers if answer.status_code == 201]
    assert len(booked) == 1
    for answer in answers:
        if answer is not booked[0]:
            refused(answer, 409, "idempotency_key_reused")
    assert await house.places_left(slot_id) == places - 1


async def test_a_refused_request_leaves_its_key_unused(house: House) -> None:
    citizen, slot_id, key, twin = await house.citizen(), house.later_slot(), new_key(), visitor()
    first = await citizen.book(slot_id, [twin])
    wish = {"slot_id": slot_id, "visitors": [twin]}
    refused(await book(citizen, key, wish), 409, "visitor_already_booked")
    await citizen.post(f"/reservations/{first['id']}/cancel")
    assert accepted(await book(citizen, key, wish), 201)["id"] != first["id"]


async def test_without_a_key_every_request_is_another_one(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    wish = {"slot_id": slot_id, "visitors": party(1)}
    accepted(await citizen.post("/reservations", json=wish), 201)
    refused(await citizen.post("/reservations", json=wish), 409, "visitor_already_booked")


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 201, "a\tb"])
async def test_an_unusable_key_is_refused_and_nothing_booked(house: House, key: str) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "visitors": party(1)}
    headers = {b"Idempotency-Key": key.encode("latin-1"), b"Authorization": citizen.headers["Authorization"].encode()}
    refused(await house.client.post("/api/v1/reservations", json=wish, headers=headers), 400, "header_invalid")
    assert await house.places_left(slot_id) == places
    accepted(await book(citizen, "k" * 200, wish), 201)


async def test_two_keys_are_refused_and_nothing_booked(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    places = await house.places_left(slot_id)
    headers = [("Idempotency-Key", new_key()), ("Idempotency-Key", new_key()), *citizen.headers.items()]
    wish = {"slot_id": slot_id, "visitors": party(1)}
    refused(await house.client.post("/api/v1/reservations", json=wish, headers=headers), 400, "header_invalid")
    assert await house.places_left(slot_id) == places
