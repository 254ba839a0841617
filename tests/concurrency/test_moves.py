"""Moves and offers in two processes at the same moment: one party, one place, one end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from services.common.errors import TooBusy
from services.common.mongo import Mongo
from services.reservations.changes import Reschedule, Taking
from services.reservations.errors import NotHeld, NotNext
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from services.reservations.mongo.slots import MongoSlots
from tests.changes import make_joining, make_lapse, make_move, make_offer, make_taking
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import desk_on
from tests.factories import make_booking, make_cancellation, make_slot

ROUNDS = 12

Mover = Callable[[ForwardingDesk, Reschedule, asyncio.Barrier], Awaitable[object]]


async def book_then_cancel(desk: ForwardingDesk, move: Reschedule, both: asyncio.Barrier) -> Reservation:
    """Move in two steps, as seems natural: the new place is sure before the old one is given up."""
    await both.wait()
    new = await desk.book(move.new)
    await desk.cancel(move.old)
    return new


async def reschedule(desk: ForwardingDesk, move: Reschedule, both: asyncio.Barrier) -> Reservation | None:
    await both.wait()
    while True:
        try:
            return await desk.reschedule(move)
        except TooBusy:
            await asyncio.sleep(0.01)


async def open_slots(mongo: Mongo, *places: int) -> list[Slot]:
    slots = [make_slot(capacity=one, places_left=one) for one in places]
    await MongoSlots(mongo).add_missing(slots)
    return slots


async def places(mongo: Mongo, slots: Sequence[Slot]) -> list[int]:
    found = [await mongo.collection(SLOTS).find_one({"_id": slot.id}) for slot in slots]
    return [int(one["places_left"]) for one in found if one is not None]


async def status(mongo: Mongo, reservation: Reservation) -> str:
    found = await mongo.collection(RESERVATIONS).find_one({"_id": reservation.id})
    assert found is not None
    return str(found["status"])


@pytest.mark.parametrize(("mover", "held"), [(book_then_cancel, 2), (reschedule, 1)])
async def test_a_party_that_two_processes_move_at_once_has_one_place(pair: Pair, mover: Mover, held: int) -> None:
    for _ in range(ROUNDS):
        desks = [desk_on(MongoLedger(mongo)) for mongo in pair]
        slots = await open_slots(pair[0], 3, 3, 3)
        booking = make_booking(slots[0])
        await desks[0].book(booking)
        both = asyncio.Barrier(2)
        moves = [make_move(booking.reservation, slot) for slot in slots[1:]]
        await asyncio.gather(*(mover(*each, both) for each in zip(desks, moves, strict=True)))
        assert sum(await places(pair[0], slots)) == 9 - held


async def test_who_swap_the_last_places_of_two_slots_lose_none_of_them(honest_pair: Pair) -> None:
    """Both slots are written by both, in opposite order: nobody waits for ever, and nobody stands without a place."""
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    for _ in range(ROUNDS):
        slots = await open_slots(honest_pair[0], 2, 2)
        bookings = [make_booking(slot) for slot in slots]
        for booking in bookings:
            await desks[0].book(booking)
        moves = [
            make_move(bookings[0].reservation, slots[1]),
            make_move(bookings[1].reservation, slots[0]),
        ]
        both = asyncio.Barrier(2)
        moved = await asyncio.gather(*(reschedule(*each, both) for each in zip(desks, moves, strict=True)))
        assert moved == [one.new.reservation for one in moves]
        assert await places(honest_pair[0], slots) == [1, 1]


async def take(desk: ForwardingDesk, taking: Taking) -> bool:
    """Try to take an offer; False when there is none any more."""
    try:
        await desk.take(taking)
    except NotHeld:
        return False
    return True


async def test_an_offer_is_taken_or_lapses_never_both(honest_pair: Pair) -> None:
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    ends = set()
    for number in range(ROUNDS):
        (slot,) = await open_slots(honest_pair[0], 1)
        holder, joining = make_booking(slot), make_joining(slot)
        await desks[0].book(holder)
        await desks[0].join(joining)
        await desks[0].cancel(make_cancellation(holder.reservation))
        offer = make_offer(joining)
        await desks[number % 2].offer(offer)
        taking = make_taking(offer)
        # No TooBusy: whoever comes second is told what has become of it.
        taken, lapsed = await asyncio.gather(take(desks[0], taking), desks[1].cancel(make_lapse(offer)))
        assert taken is not lapsed
        ends.add(await status(honest_pair[0], offer.reservation))
        assert await places(honest_pair[0], [slot]) == [0 if taken else 1]
        if taken:
            assert await status(honest_pair[0], offer.reservation) == ReservationStatus.BOOKED
            await desks[0].cancel(make_cancellation(taking.reservation))
    assert ends <= {ReservationStatus.BOOKED, ReservationStatus.LAPSED}


async def test_a_place_is_offered_once_by_whomever(honest_pair: Pair) -> None:
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    for _ in range(ROUNDS):
        (slot,) = await open_slots(honest_pair[0], 1)
        holder, joinings = make_booking(slot), [make_joining(slot) for _ in range(3)]
        await desks[0].book(holder)
        for joining in joinings:
            await desks[0].join(joining)
        await desks[0].cancel(make_cancellation(holder.reservation))
        offers = [make_offer(joining) for joining in joinings]
        made = await asyncio.gather(*(desk.offer(offer) for desk in desks for offer in offers), return_exceptions=True)
        assert [one for one in made if isinstance(one, Reservation)] == [offers[0].reservation] * 2
        assert sum(isinstance(one, NotNext) for one in made) == 4
        assert await places(honest_pair[0], [slot]) == [0]
