"""Two bookings at the same moment that must not both succeed, or must both be the same."""

import asyncio
from collections.abc import Sequence

import pytest
from ulid import ULID

from services.common.mongo import Mongo
from services.reservations.changes import NewBooking
from services.reservations.errors import VisitorAlreadyBooked
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on
from tests.concurrency.naive import Forgetful, NamelessPlaces
from tests.concurrency.town import Town, party
from tests.factories import make_booking, make_request, make_slot, make_visitor, new_id

ROUNDS = 12
MANY = 20

Pair = tuple[Mongo, Mongo]


async def open_slots(mongo: Mongo, count: int = 1) -> list[Slot]:
    slots = [make_slot(capacity=MANY, places_left=MANY) for _ in range(count)]
    await MongoSlots(mongo).add_missing(slots)
    return slots


async def book_at_once(
    pair: Pair, kind: type[MongoLedger], wishes: Sequence[NewBooking]
) -> list[Reservation | BaseException]:
    """Have two processes that have just started book, in turn, all at the same moment."""
    desks = [desk_on(kind(mongo)) for mongo in pair]
    bookings = (desks[number % 2].book(wish) for number, wish in enumerate(wishes))
    return await asyncio.gather(*bookings, return_exceptions=True)


async def places_left(mongo: Mongo, slot: Slot) -> int:
    document = await mongo.collection(SLOTS).find_one({"_id": slot.id})
    assert document is not None
    return int(document["places_left"])


@pytest.mark.parametrize(("kind", "places"), [(NamelessPlaces, 2), (MongoLedger, 1)])
async def test_a_person_whom_two_processes_book_at_once_has_one_place(
    pair: Pair, kind: type[MongoLedger], places: int
) -> None:
    for _ in range(ROUNDS):
        (slot,), person = await open_slots(pair[0]), make_visitor()
        outcomes = await book_at_once(pair, kind, [make_booking(slot, visitors=(person,)) for _ in pair])
        assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == places
        assert sum(isinstance(outcome, VisitorAlreadyBooked) for outcome in outcomes) == len(pair) - places
        assert await places_left(pair[0], slot) == MANY - places


@pytest.mark.parametrize(("kind", "kept"), [(Forgetful, 2), (MongoLedger, 1)])
async def test_a_request_that_two_processes_get_many_times_at_once_is_kept_once(
    pair: Pair, kind: type[MongoLedger], kept: int
) -> None:
    (slot,), request, citizen_id = await open_slots(pair[0]), make_request(), new_id("cit")
    wishes = [make_booking(slot, request=request, citizen_id=citizen_id) for _ in range(MANY)]
    outcomes = await book_at_once(pair, kind, wishes)
    # Whoever came together with the first in one batch is told of it; the others know that there is an answer.
    told = [outcome.id for outcome in outcomes if isinstance(outcome, Reservation)]
    assert len(set(told)) == kept
    assert len(told) + sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == MANY
    assert await pair[0].collection(RESERVATIONS).count_documents({"slot_id": slot.id}) == kept
    assert await places_left(pair[0], slot) == MANY - kept


@pytest.mark.parametrize(("kind", "kept"), [(Forgetful, 2), (MongoLedger, 1)])
async def test_a_request_that_two_processes_get_for_two_slots_at_once_is_kept_once(
    pair: Pair, kind: type[MongoLedger], kept: int
) -> None:
    for _ in range(ROUNDS):
        slots, request, citizen_id = await open_slots(pair[0], 2), make_request(), new_id("cit")
        wishes = [make_booking(slot, request=request, citizen_id=citizen_id) for slot in slots]
        outcomes = await book_at_once(pair, kind, wishes)
        assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == kept
        assert sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == 2 - kept
        assert sum([await places_left(pair[0], slot) for slot in slots]) == 2 * MANY - kept


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
