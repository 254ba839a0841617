"""Batches full of trouble: each wish gets its own answer, and nobody suffers from their neighbour."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.common.errors import TooBusy
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.reservations import desk as desk_module
from services.reservations.changes import Cancellation, Change, NewBooking
from services.reservations.errors import (
    SlotClosed,
    SlotEnded,
    SlotFull,
    SlotUnknown,
    VisitBegun,
    VisitorAlreadyBooked,
)
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation, Slot, SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import PASSES, RESERVATIONS
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import desk_on
from tests.concurrency.naive import Unversioned
from tests.concurrency.troubled import GatedLedger, PoisonedLedger
from tests.concurrency.unguarded import FirstLook
from tests.factories import NOW, make_booking, make_cancellation, make_request, make_slot, make_visitor, new_id

Outcome = Reservation | bool | BaseException


async def open_slot(mongo: Mongo, places: int = 10, **changes: object) -> Slot:
    slot = make_slot(capacity=places, places_left=places, **changes)
    await MongoSlots(mongo).add_missing([slot])
    return slot


async def findings(mongo: Mongo) -> list[str]:
    return await audit(mongo.collection(RESERVATIONS).database)


async def make(desk: ForwardingDesk, change: Change) -> Reservation | bool:
    if isinstance(change, NewBooking):
        return await desk.book(change)
    assert isinstance(change, Cancellation)
    return await desk.cancel(change)


async def at_once(desk: ForwardingDesk, changes: Sequence[Change]) -> list[Outcome]:
    """Return what the changes came to that arrive in one moment, in this order."""
    return await asyncio.gather(*(make(desk, change) for change in changes), return_exceptions=True)


async def together(desk: ForwardingDesk, store: GatedLedger, changes: Sequence[Change]) -> list[Outcome]:
    """The same, while a write is under way: so that all of them are in one batch."""
    first = make_booking(await open_slot(store._mongo))
    store.close()
    held = asyncio.ensure_future(desk.book(first))
    await store.someone_writes()
    waiting = asyncio.ensure_future(at_once(desk, changes))
    await asyncio.sleep(0)
    store.open()
    assert await held == first.reservation
    return await waiting


def _expected(bookings: Sequence[NewBooking]) -> list[tuple[Change, object]]:
    return [(booking, booking.reservation) for booking in bookings]


async def test_in_a_batch_full_of_trouble_each_gets_its_own_answer(honest_pair: Pair) -> None:
    mongo, other = honest_pair
    store = GatedLedger(mongo)
    desk, elsewhere = desk_on(store), desk_on(MongoLedger(other))
    slot, second = await open_slot(mongo, 100), await open_slot(mongo)
    full, closed = await open_slot(mongo, 2), await open_slot(mongo, state=SlotState.CLOSED)
    ended = await open_slot(mongo, ends_at=NOW - timedelta(minutes=1))

    def keyed(where: Slot, request: IdempotentRequest, citizen_id: str) -> NewBooking:
        return make_booking(where, party=2, request=request, citizen_id=citizen_id)

    # What happened before: in this process and in another one.
    entered, cancelled, known = (make_booking(slot, request=make_request()) for _ in range(3))
    await asyncio.gather(*(elsewhere.book(one) for one in (entered, cancelled, known, make_booking(full, party=2))))
    await elsewhere.cancel(make_cancellation(cancelled.reservation))
    await mongo.collection(PASSES).insert_one(
        {"_id": entered.reservation.id, "party_size": 1, "admitted_count": 1, "entries": [], "cancelled_at": None}
    )
    person, twice, mixed, across = make_visitor(), make_request(), make_request(), make_request()
    citizen, wanderer = new_id("cit"), new_id("cit")
    innocent = [make_booking(slot, party=1 + number % 3) for number in range(12)]
    troubled: list[tuple[Change, object]] = [
        (first_of_person := make_booking(slot, visitors=(person,)), first_of_person.reservation),
        (make_booking(slot, visitors=(person,)), VisitorAlreadyBooked),
        (first_of_two := keyed(slot, twice, citizen), first_of_two.reservation),
        (keyed(slot, twice, citizen), AlreadyAnswered),
        (first_content := keyed(slot, mixed, citizen), first_content.reservation),
        (keyed(slot, IdempotentRequest(id=mixed.id, fingerprint="other"), citizen), AlreadyAnswered),
        (first_slot := keyed(slot, across, wanderer), first_slot.reservation),
        (keyed(second, across, wanderer), AlreadyAnswered),
        (make_booking(ended), SlotEnded),
        (make_booking(closed), SlotClosed),
        (make_booking(full), SlotFull),
        (make_booking(make_slot()), SlotUnknown),
        (keyed(slot, known.request or twice, known.reservation.citizen_id), AlreadyAnswered),
        (keyed(second, known.request or twice, known.reservation.citizen_id), AlreadyAnswered),
        (make_cancellation(entered.reservation), VisitBegun),
        (make_cancellation(cancelled.reservation), False),
        (make_cancellation(known.reservation), True),
    ]
    # An innocent one behind each of the others.
    wishes = [wish for both in zip(troubled, _expected(innocent), strict=False) for wish in both]
    wishes += troubled[len(innocent) :]
    outcomes = await together(desk, store, [change for change, _ in wishes])
    for outcome, (change, expected) in zip(outcomes, wishes, strict=True):
        came_to = type(outcome) if isinstance(expected, type) else outcome
        assert came_to == expected, change
    assert await mongo.collection(PASSES).delete_one({"_id": entered.reservation.id})
    assert await findings(mongo) == []


async def test_poison_that_cannot_be_found_spoils_nobody_else_s_booking(honest_pair: Pair) -> None:
    mongo = honest_pair[0]
    slots = [await open_slot(mongo, 30) for _ in range(3)]
    wishes = [make_booking(slots[number % 3], request=make_request()) for number in range(40)]
    poison = wishes[17]
    desk = desk_on(PoisonedLedger(mongo, poison.reservation.id))
    outcomes = await at_once(desk, wishes)
    for wish, outcome in zip(wishes, outcomes, strict=True):
        if wish is poison:
            assert isinstance(outcome, TooBusy)
            assert outcome.retry_after_s == 1
        else:
            assert outcome == wish.reservation
    assert await mongo.collection(RESERVATIONS).count_documents({"_id": poison.reservation.id}) == 0
    assert await findings(mongo) == []


async def test_who_came_first_gets_the_places(honest_pair: Pair) -> None:
    mongo = honest_pair[0]
    for _ in range(3):
        slot, other = await open_slot(mongo, 10), await open_slot(mongo, 100)
        wishes = [make_booking(slot) for _ in range(30)]
        # With others between them, who want something else.
        crowd: list[Change] = [change for wish in wishes for change in (make_booking(other), wish)]
        outcomes = (await at_once(desk_on(MongoLedger(mongo)), crowd))[1::2]
        assert outcomes[:10] == [wish.reservation for wish in wishes[:10]]
        assert [type(outcome) for outcome in outcomes[10:]] == [SlotFull] * 20


async def test_who_came_first_gets_the_places_even_over_several_batches(
    honest_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "LARGEST_BATCH", 4)
    slot = await open_slot(honest_pair[0], 10)
    wishes = [make_booking(slot) for _ in range(30)]
    outcomes = await at_once(desk_on(MongoLedger(honest_pair[0])), wishes)
    assert outcomes[:10] == [wish.reservation for wish in wishes[:10]]
    assert [type(outcome) for outcome in outcomes[10:]] == [SlotFull] * 20


@pytest.mark.parametrize(("kind", "booked"), [(FirstLook, 40), (MongoLedger, 20)])
async def test_two_processes_that_write_one_slot_sell_each_place_once(
    honest_pair: Pair, pair: Pair, kind: type[MongoLedger], booked: int
) -> None:
    """Without the ledger's guard each of them sells all."""
    connections = pair if issubclass(kind, Unversioned) else honest_pair
    slot = await open_slot(connections[0], 20)
    desks = [desk_on(kind(mongo)) for mongo in connections]
    for one in desks:
        assert await one.find_slot(slot.id) == slot

    async def stream(desk: ForwardingDesk) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for _ in range(10):
            outcomes += await at_once(desk, [make_booking(slot) for _ in range(3)])
        return outcomes

    outcomes = [outcome for each in await asyncio.gather(*map(stream, desks)) for outcome in each]
    assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == booked
    assert {type(outcome) for outcome in outcomes} == {Reservation, SlotFull}
    if kind is MongoLedger:
        assert await findings(connections[0]) == []


async def test_two_processes_that_book_and_cancel_in_the_same_slots_agree(honest_pair: Pair) -> None:
    slots = [await open_slot(honest_pair[0], 12) for _ in range(2)]
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    chance = random.Random(7)

    async def citizen(number: int) -> tuple[NewBooking, Outcome]:
        """Book here; then keep it, or cancel it there."""
        wish = make_booking(chance.choice(slots), party=chance.choice([1, 1, 2]), request=make_request())
        here, there = desks[number % 2], desks[chance.randrange(2)]
        for _ in range(3):
            try:
                outcome: Outcome = await here.book(wish)
            except SlotFull as full:
                outcome = full
                await asyncio.sleep(0.01)
                continue
            if number % 3 == 0:
                assert await there.cancel(make_cancellation(wish.reservation))
                outcome = False
            break
        return wish, outcome

    ends = await asyncio.gather(*(citizen(number) for number in range(60)))
    kept = {one["_id"]: one["status"] async for one in honest_pair[0].collection(RESERVATIONS).find({})}
    for wish, outcome in ends:
        told = "cancelled" if outcome is False else "booked" if isinstance(outcome, Reservation) else None
        assert kept.get(wish.reservation.id) == told
    assert await findings(honest_pair[0]) == []


async def test_when_too_many_wait_the_rest_is_told_at_once_and_leaves_nothing(
    honest_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "LONGEST_QUEUE", 8)
    mongo = honest_pair[0]
    store = GatedLedger(mongo)
    desk, slot = desk_on(store), await open_slot(mongo, 100)
    store.close()
    first = asyncio.ensure_future(desk.book(make_booking(slot)))
    await store.someone_writes()
    wishes = [make_booking(slot, request=make_request()) for _ in range(20)]
    waiting = [asyncio.ensure_future(desk.book(wish)) for wish in wishes]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [task.done() for task in waiting] == [False] * 8 + [True] * 12
    refusals = [task.exception() for task in done]
    assert {type(refusal) for refusal in refusals} == {TooBusy}
    assert {refusal.retry_after_s for refusal in refusals if isinstance(refusal, TooBusy)} == {1}
    store.open()
    await first
    assert [(await task).id for task in waiting[:8]] == [wish.reservation.id for wish in wishes[:8]]
    # Whoever comes back with the same words is served.
    assert await desk.book(wishes[19]) == wishes[19].reservation
    assert await mongo.collection(RESERVATIONS).count_documents({"slot_id": slot.id}) == 10
    assert await findings(mongo) == []


async def test_a_key_used_for_many_slots_at_once_is_answered_by_one(honest_pair: Pair) -> None:
    """No two of these can be written together, and nothing that the ledgers know speaks against them."""
    mongo = honest_pair[0]
    slots = [await open_slot(mongo) for _ in range(9)]
    request, citizen_id = make_request(), new_id("cit")
    wishes = [make_booking(slot, request=request, citizen_id=citizen_id) for slot in slots]
    innocent = [make_booking(slot, request=make_request()) for slot in slots]
    crowd: list[Change] = [change for both in zip(wishes, innocent, strict=True) for change in both]
    outcomes = await at_once(desk_on(MongoLedger(mongo)), crowd)
    assert outcomes[1::2] == [one.reservation for one in innocent]
    assert sorted(type(outcome).__name__ for outcome in outcomes[::2]) == ["AlreadyAnswered"] * 8 + ["Reservation"]
    assert await findings(mongo) == []
