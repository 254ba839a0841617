"""Losers of a full slot cost the database nothing, and see at once when places come back."""

import asyncio
from datetime import timedelta

import pytest

from server.visits.booking import Places, build_booking
from server.visits.no_shows import build_pauses
from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.policies.directory import PolicyDirectory
from services.policies.mongo import MongoPolicies
from services.reservations.changes import NewBooking
from services.reservations.errors import SlotFull
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import BookVisit, DocumentType, Reservation, Slot, Visitor
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.concurrency.audit import audit
from tests.concurrency.commands import COMMANDS
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import StoppedClock, Street, desk_on, desks_on
from tests.factories import make_booking, make_cancellation, make_request, make_slot, make_venue, new_id

MANY = 500
PLACES = 5


async def fill(mongo: Mongo, desk: ForwardingDesk) -> tuple[Slot, list[NewBooking]]:
    """Return a slot that `desk` has sold out, and who holds its places."""
    slot = make_slot(capacity=PLACES, places_left=PLACES)
    await MongoSlots(mongo).add_missing([slot])
    holders = [make_booking(slot) for _ in range(PLACES)]
    await asyncio.gather(*(desk.book(one) for one in holders))
    return slot, holders


async def all_want(desk: ForwardingDesk, slot: Slot) -> None:
    """Have MANY look at the slot and want a place all the same; none gets one."""

    async def want() -> None:
        seen = await desk.find_slot(slot.id)
        assert seen is not None
        assert seen.places_left == 0
        with pytest.raises(SlotFull):
            await desk.book(make_booking(slot, request=make_request()))

    await asyncio.gather(*(want() for _ in range(MANY)))


def name_of(mongo: Mongo) -> str:
    return mongo.collection(RESERVATIONS).database.name


async def test_those_who_come_too_late_cost_the_database_nothing(honest_pair: Pair) -> None:
    mongo, clock = honest_pair[0], StoppedClock()
    desk = desk_on(MongoLedger(mongo), clock)
    slot, _ = await fill(mongo, desk)
    with COMMANDS.counted(name_of(mongo)) as commands:
        await all_want(desk, slot)
        clock.forward(timedelta(seconds=1))
        await all_want(desk, slot)
    assert commands == {}


async def test_a_second_later_all_of_them_together_cost_one_look(honest_pair: Pair) -> None:
    mongo, clock = honest_pair[0], StoppedClock()
    desk = desk_on(MongoLedger(mongo), clock)
    slot, _ = await fill(mongo, desk)
    for _ in range(3):
        clock.forward(timedelta(seconds=1, milliseconds=1))
        with COMMANDS.counted(name_of(mongo)) as commands:
            await all_want(desk, slot)
        assert commands == {"find": 1}


async def test_a_process_that_never_saw_the_slot_reads_it_once(honest_pair: Pair) -> None:
    slot, _ = await fill(honest_pair[0], desk_on(MongoLedger(honest_pair[0])))
    desk = desk_on(MongoLedger(honest_pair[1]), StoppedClock())
    with COMMANDS.counted(name_of(honest_pair[0])) as commands:
        await all_want(desk, slot)
    # The slot, and what led there.
    assert commands == {"find": 2}


async def test_places_that_come_back_in_this_process_are_there_at_once(honest_pair: Pair) -> None:
    mongo = honest_pair[0]
    desk = desk_on(MongoLedger(mongo), StoppedClock())
    slot, holders = await fill(mongo, desk)
    await all_want(desk, slot)
    for holder in holders:
        await desk.cancel(make_cancellation(holder.reservation))
        wish = make_booking(slot)
        assert await desk.book(wish) == wish.reservation
    await all_want(desk, slot)
    assert await audit(mongo.collection(RESERVATIONS).database) == []


async def test_places_that_come_back_in_another_process_are_there_within_about_a_second(honest_pair: Pair) -> None:
    """Without a word between the two."""
    here, there = (desk_on(MongoLedger(mongo)) for mongo in honest_pair)
    slot, holders = await fill(honest_pair[0], here)
    await all_want(there, slot)
    await here.cancel(make_cancellation(holders[0].reservation))
    async with asyncio.timeout(20):
        while True:
            try:
                await there.book(make_booking(slot))
            except SlotFull:
                await asyncio.sleep(0.02)
            else:
                break
    assert await audit(honest_pair[0].collection(RESERVATIONS).database) == []


async def test_a_process_that_is_told_sees_at_once_what_came_back_in_another(honest_pair: Pair) -> None:
    street, clock = Street(), StoppedClock()
    here, there = desks_on(street, [MongoLedger(mongo) for mongo in honest_pair], clock)
    slot, holders = await fill(honest_pair[0], here)
    await all_want(there, slot)
    for holder in holders:
        await here.cancel(make_cancellation(holder.reservation))
        wish = make_booking(slot)
        assert await there.book(wish) == wish.reservation
    assert await audit(honest_pair[0].collection(RESERVATIONS).database) == []


async def test_a_repeated_request_has_its_answer_however_long_the_look_took(honest_pair: Pair) -> None:
    """What was answered stays answered; only what is free gets old."""
    mongo, clock = honest_pair[0], StoppedClock()
    desk = desk_on(MongoLedger(mongo), clock)
    slot = make_slot(capacity=1, places_left=1)
    await MongoSlots(mongo).add_missing([slot])
    booking = make_booking(slot, request=make_request(), citizen_id=new_id("cit"))
    assert booking.request is not None
    await desk.book(booking)
    assert await desk.find_slot(slot.id) is not None
    clock.forward(timedelta(seconds=2))
    assert desk.has_answered(slot.id, booking.request)


class OpenCipher:
    """Hides nothing."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext.decode()


async def test_the_whole_way_of_a_request_for_a_full_slot_costs_the_database_nothing(honest_pair: Pair) -> None:
    mongo, clock, venue = honest_pair[0], StoppedClock(), make_venue()
    slot = make_slot(venue_id=venue.id, capacity=PLACES, places_left=PLACES)
    await MongoVenues(mongo).put([], [venue])
    await MongoSlots(mongo).add_missing([slot])
    desk = desk_on(MongoLedger(mongo), clock)
    booking = build_booking(
        Places(desk=desk, slots=MongoSlots(mongo), reservations=MongoReservations(mongo)),
        venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
        policies=PolicyDirectory(store=MongoPolicies(mongo), clock=clock),
        pauses=build_pauses(mongo, clock),
        cipher=OpenCipher(),
        digest=KeyedDigest(b"pepper"),
        clock=clock,
        ids=UlidSource(),
    ).booking

    async def want(number: int) -> Reservation:
        person = Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number=f"E{number:08}")
        return await booking.book_visit(
            BookVisit(
                citizen_id=new_id("cit"),
                slot_id=slot.id,
                visitors=(person,),
                contact_phone=None,
                request=make_request(),
            )
        )

    await asyncio.gather(*(want(number) for number in range(PLACES)))
    with COMMANDS.counted(name_of(mongo)) as commands:
        late = await asyncio.gather(*(want(PLACES + number) for number in range(MANY)), return_exceptions=True)
    assert {type(refusal) for refusal in late} == {SlotFull}
    assert commands == {}
