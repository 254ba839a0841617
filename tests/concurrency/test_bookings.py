"""Two bookings at the same moment that must not both succeed, or must both be the same."""

import asyncio

import pytest
from ulid import ULID

from services.common.mongo import Mongo
from services.reservations.errors import VisitorAlreadyBooked
from services.reservations.mongo import RESERVATIONS, MongoReservations, MongoSlots
from services.reservations.ports import AlreadyAnswered
from services.sync.mongo import MongoOutbox
from tests.concurrency.audit import audit
from tests.concurrency.naive import Forgetful, NamelessPlaces
from tests.concurrency.town import Town, party
from tests.factories import make_event, make_request, make_reservation, make_slot, make_visitor

ROUNDS = 12
MANY = 20


def counter(kind: type[MongoReservations], mongo: Mongo) -> MongoReservations:
    return kind(mongo, MongoOutbox(mongo))


@pytest.mark.parametrize(("kind", "places"), [(NamelessPlaces, 2), (MongoReservations, 1)])
async def test_a_person_whom_two_processes_book_at_once_has_one_place(
    pair: tuple[Mongo, Mongo], kind: type[MongoReservations], places: int
) -> None:
    for _ in range(ROUNDS):
        slot, person = make_slot(), make_visitor()
        await MongoSlots(pair[0]).add_missing([slot])
        wishes = [make_reservation(slot, visitors=(person,)) for _ in pair]
        outcomes = await asyncio.gather(
            *(
                counter(kind, mongo).add(wish, None, make_event(wish.id))
                for mongo, wish in zip(pair, wishes, strict=True)
            ),
            return_exceptions=True,
        )
        assert outcomes.count(None) == places
        assert sum(isinstance(outcome, VisitorAlreadyBooked) for outcome in outcomes) == len(pair) - places
        kept = await MongoSlots(pair[0]).find(slot.id)
        assert kept is not None
        assert kept.places_left == slot.capacity - places


@pytest.mark.parametrize(("kind", "kept"), [(Forgetful, MANY), (MongoReservations, 1)])
async def test_a_request_that_two_processes_get_many_times_at_once_is_kept_once(
    pair: tuple[Mongo, Mongo], kind: type[MongoReservations], kept: int
) -> None:
    slot, request = make_slot(capacity=MANY, places_left=MANY), make_request()
    await MongoSlots(pair[0]).add_missing([slot])
    wishes = [make_reservation(slot) for _ in range(MANY)]
    outcomes = await asyncio.gather(
        *(
            counter(kind, pair[number % 2]).add(wish, request, make_event(wish.id))
            for number, wish in enumerate(wishes)
        ),
        return_exceptions=True,
    )
    assert outcomes.count(None) == kept
    assert sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == MANY - kept
    assert await pair[0].collection(RESERVATIONS).count_documents({"slot_id": slot.id}) == kept


async def test_a_person_whom_two_citizens_book_at_once_has_one_place(town: Town) -> None:
    citizens = await town.citizens(2)
    slot_id = await town.add_slot(100)
    for _ in range(ROUNDS):
        person = party(1)
        answers = await asyncio.gather(*(citizen.book(slot_id, person) for citizen in citizens))
        assert sorted(answer.status for answer in answers) == [201, 409]
        assert {answer.code for answer in answers} == {"", "visitor_already_booked"}
    assert await town.places_left(slot_id) == 100 - ROUNDS
    assert await audit(town.database) == []


async def test_a_request_sent_many_times_at_once_gets_one_answer(town: Town) -> None:
    citizen = await town.citizen()
    slot_id = await town.add_slot(100)
    key, visitors = str(ULID()), party(3)
    answers = await asyncio.gather(*(citizen.book(slot_id, visitors, key) for _ in range(MANY)))
    assert {answer.status for answer in answers} == {201}
    assert len({str(answer.body) for answer in answers}) == 1
    assert await town.places_left(slot_id) == 97
    assert await audit(town.database) == []


async def test_whoever_sends_a_request_twice_and_took_the_last_places_is_not_told_that_there_are_none(
    town: Town,
) -> None:
    citizen = await town.citizen()
    for _ in range(ROUNDS):
        slot_id, key, visitors = await town.add_slot(2), str(ULID()), party(2)
        answers = await asyncio.gather(*(citizen.book(slot_id, visitors, key) for _ in range(6)))
        assert {answer.code for answer in answers} == {""}
        assert len({answer.body["id"] for answer in answers}) == 1


async def test_of_two_requests_under_one_key_at_once_one_is_refused(town: Town) -> None:
    citizen = await town.citizen()
    slot_id = await town.add_slot(100)
    for _ in range(ROUNDS):
        key = str(ULID())
        answers = await asyncio.gather(*(citizen.book(slot_id, party(1), key) for _ in range(2)))
        assert sorted(answer.status for answer in answers) == [201, 409]
        assert {answer.code for answer in answers} == {"", "idempotency_key_reused"}
    assert await town.places_left(slot_id) == 100 - ROUNDS


async def test_a_last_place_that_many_want_at_once_goes_to_one(town: Town) -> None:
    citizens = await town.citizens(MANY)
    for _ in range(3):
        slot_id = await town.add_slot(1)
        answers = await asyncio.gather(*(citizen.book(slot_id, party(1)) for citizen in citizens))
        assert sorted(answer.code for answer in answers) == ["", *["slot_full"] * (MANY - 1)]
    assert town.line.faults == []
