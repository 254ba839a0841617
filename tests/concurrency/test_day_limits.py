"""A limit for one day holds, whatever two processes do at the same moment in different slots of that day."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.common.errors import TooBusy
from services.common.mongo import Mongo, Session
from services.reservations.changes import Cancellation, DayLimit, NewBooking, Reschedule
from services.reservations.errors import DayLimitReached
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ledger import Facts, Settlement
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.facts import MongoFacts
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import DAY_COUNTS, RESERVATIONS
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import Objected
from tests.changes import limited, make_limit, make_move
from tests.concurrency.audit import audit
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import desk_on
from tests.factories import make_booking, make_cancellation, make_slot

ROUNDS = 10
MANY = 16


class Boundless(MongoFacts):
    """Counts, and stops at nothing."""

    async def _count(self, facts: Sequence[Facts], session: Session) -> None:
        await super()._count(
            [replace(each, bookings=[_unbound(one) for one in each.bookings]) for each in facts], session
        )


def _unbound(booking: NewBooking) -> NewBooking:
    return replace(booking, day_limits=tuple(replace(limit, most=MANY) for limit in booking.day_limits))


class LooksFirst(MongoLedger):
    """Looks whether the day is used up, waits until the other has looked too, and then writes."""

    def __init__(self, mongo: Mongo, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._facts = Boundless(mongo)
        self._counts = mongo.collection(DAY_COUNTS)
        self._everybody = everybody
        self._has_waited = False

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        for limit in (limit for each in settlements for limit in each.facts.limits):
            count = await self._counts.find_one({"_id": limit.key})
            if count is not None and count["count"] >= limit.most:
                raise Objected
        if not self._has_waited:
            self._has_waited = True
            await self._everybody.wait()
        await super().write(settlements, now)


async def open_slots(mongo: Mongo, count: int = 2) -> list[Slot]:
    slots = [make_slot(capacity=MANY, places_left=MANY) for _ in range(count)]
    await MongoSlots(mongo).add_missing(slots)
    return slots


async def counted(mongo: Mongo, limit: DayLimit) -> int:
    found = await mongo.collection(DAY_COUNTS).find_one({"_id": limit.key})
    return 0 if found is None else int(found["count"])


async def booked(mongo: Mongo, slots: Sequence[Slot]) -> int:
    query = {"slot_id": {"$in": [slot.id for slot in slots]}, "status": ReservationStatus.BOOKED}
    return await mongo.collection(RESERVATIONS).count_documents(query)


async def book(desk: ForwardingDesk, booking: NewBooking) -> Reservation | None:
    """Book until answered; None for who has used up the day."""
    while True:
        try:
            return await desk.book(booking)
        except TooBusy:
            await asyncio.sleep(0.01)
        except DayLimitReached:
            return None


async def book_both(desks: Sequence[ForwardingDesk], slots: Sequence[Slot], limit: DayLimit) -> list[Reservation]:
    """Have one account book by two processes at once, in another slot each; return what they got."""
    wishes = [limited(make_booking(slot), limit) for slot in slots]
    outcomes = await asyncio.gather(*(book(*each) for each in zip(desks, wishes, strict=True)))
    return [one for one in outcomes if one is not None]


async def test_two_processes_that_look_before_they_count_pass_the_limit(pair: Pair) -> None:
    both, slots, limit = asyncio.Barrier(2), await open_slots(pair[0]), make_limit()
    desks = [desk_on(LooksFirst(mongo, both)) for mongo in pair]
    assert len(await book_both(desks, slots, limit)) == 2
    assert await counted(pair[0], limit) == 2 > limit.most


async def test_two_processes_at_once_cannot_pass_the_limit(honest_pair: Pair) -> None:
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    for _ in range(ROUNDS):
        slots, limit = await open_slots(honest_pair[0]), make_limit()
        assert len(await book_both(desks, slots, limit)) == 1
        assert await counted(honest_pair[0], limit) == await booked(honest_pair[0], slots) == 1


async def test_of_many_at_once_exactly_as_many_as_are_allowed_get_a_place(honest_pair: Pair) -> None:
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    for most in (1, 3, 5):
        slots, limit = await open_slots(honest_pair[0], 4), make_limit(most=most)
        wishes = [limited(make_booking(slots[number % 4]), limit) for number in range(MANY)]
        got = await asyncio.gather(*(book(desks[number % 2], wish) for number, wish in enumerate(wishes)))
        assert sum(one is not None for one in got) == most
        assert await counted(honest_pair[0], limit) == await booked(honest_pair[0], slots) == most


async def test_the_count_is_what_is_booked_whoever_cancels_books_and_moves_meanwhile(honest_pair: Pair) -> None:
    desks = [desk_on(MongoLedger(mongo)) for mongo in honest_pair]
    slots, limit = await open_slots(honest_pair[0], 4), make_limit(most=3)
    seen: Counter[str] = Counter()

    async def come_and_go(number: int) -> None:
        here, there = desks[number % 2], desks[(number + 1) % 2]
        for step in range(4):
            got = await book(here, limited(make_booking(slots[(number + step) % 4]), limit))
            if got is None:
                seen["refused"] += 1
                continue
            move = make_move(got, slots[(number + step + 1) % 4], limit)
            moved, cancelled = await asyncio.gather(until_told(there, move), until_told(here, make_cancellation(got)))
            # One of the two found the place as it was.
            assert (moved is None) is bool(cancelled)
            seen["cancelled" if cancelled else "moved"] += 1
            if isinstance(moved, Reservation) and step % 2:
                assert await until_told(here, make_cancellation(moved)) is True
            assert await counted(honest_pair[0], limit) <= limit.most

    await asyncio.gather(*(come_and_go(number) for number in range(6)))
    assert await counted(honest_pair[0], limit) == await booked(honest_pair[0], slots) <= limit.most
    # The first who come get what is allowed; how the rest goes is chance.
    assert seen["cancelled"] + seen["moved"] >= limit.most


async def until_told(desk: ForwardingDesk, change: Reschedule | Cancellation) -> Reservation | bool | None:
    """Move or cancel until answered."""
    while True:
        try:
            return await (desk.reschedule(change) if isinstance(change, Reschedule) else desk.cancel(change))
        except TooBusy:
            await asyncio.sleep(0.01)


async def test_the_books_agree_with_each_other_after_all_that(honest_pair: Pair) -> None:
    assert await audit(honest_pair[0].collection(RESERVATIONS).database) == []
