"""Processes that write the same slots with other clocks, at the worst moments, or on what they half know."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations import desk as desk_module
from services.reservations import ledgers as ledgers_module
from services.reservations.changes import NewBooking
from services.reservations.errors import SlotEnded, SlotFull, VisitorAlreadyBooked
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ledger import AlreadyAnswered, LedgerEntry
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import LEDGER, RESERVATIONS
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import ClockAhead, desk_on
from tests.concurrency.troubled import BeatenLedger, GatedLedger, HalfSeen
from tests.factories import make_booking, make_cancellation, make_request, make_slot, new_id


async def open_slot(mongo: Mongo, places: int = 10, **changes: object) -> Slot:
    slot = make_slot(capacity=places, places_left=places, **changes)
    await MongoSlots(mongo).add_missing([slot])
    return slot


async def findings(mongo: Mongo) -> list[str]:
    return await audit(mongo.collection(RESERVATIONS).database)


async def booked(mongo: Mongo, slot: Slot) -> int:
    query = {"slot_id": slot.id, "status": "booked"}
    return int(await mongo.collection(RESERVATIONS).count_documents(query))


async def test_each_process_ends_a_slot_by_its_own_clock_and_none_oversells(honest_pair: Pair) -> None:
    """90 seconds apart: for one of them the slot has ended for 45 seconds when it has 45 to go for the other."""
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=45)
    slot = await open_slot(honest_pair[0], 10, ends_at=ends_at)
    late, early = (
        desk_on(MongoLedger(mongo), ClockAhead(ahead))
        for mongo, ahead in zip(honest_pair, (timedelta(), timedelta(seconds=90)), strict=True)
    )
    holder = make_booking(slot)
    await late.book(holder)

    async def ask(desk: ForwardingDesk) -> list[Reservation | BaseException]:
        wishes = [make_booking(slot) for _ in range(15)]
        return await asyncio.gather(*(desk.book(wish) for wish in wishes), return_exceptions=True)

    outcomes, refusals = await asyncio.gather(ask(late), ask(early))
    assert {type(refusal) for refusal in refusals} == {SlotEnded}
    assert [type(outcome) for outcome in outcomes] == [Reservation] * 9 + [SlotFull] * 6
    # What the early one gives back can be booked at the late one, as soon as that one looks.
    assert await early.cancel(make_cancellation(holder.reservation))
    async with asyncio.timeout(20):
        while await booked(honest_pair[0], slot) < 10:
            with suppress(SlotFull):
                await late.book(make_booking(slot))
    assert await booked(honest_pair[0], slot) == 10
    assert await findings(honest_pair[0]) == []


async def test_who_is_always_beaten_between_look_and_write_looks_again_until_it_succeeds(honest_pair: Pair) -> None:
    mongo, other = honest_pair
    slot, quiet = await open_slot(mongo, 20), await open_slot(mongo, 20)
    rivals: list[NewBooking] = []
    rival_desk = desk_on(MongoLedger(other))

    async def rival() -> None:
        rivals.append(make_booking(slot))
        await rival_desk.book(rivals[-1])

    store = BeatenLedger(mongo, rival, times=8)
    desk = desk_on(store)
    wishes = [make_booking(slot if number % 3 else quiet) for number in range(24)]
    outcomes = await asyncio.gather(*(desk.book(wish) for wish in wishes), return_exceptions=True)
    assert store.beaten == 8
    # 8 places went to the rival; in the other slot nobody was in the way.
    served = [outcome for outcome in outcomes if isinstance(outcome, Reservation)]
    assert [outcome.slot_id for outcome in served].count(quiet.id) == 8
    assert [outcome.slot_id for outcome in served].count(slot.id) == 12
    assert sum(isinstance(outcome, SlotFull) for outcome in outcomes) == 4
    assert await findings(mongo) == []


async def test_who_is_beaten_for_ever_is_told_to_come_back_and_has_written_nothing(
    honest_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "BATCH_WITHIN_S", 0.5)
    mongo, other = honest_pair
    slot = await open_slot(mongo, 10_000)
    rival_desk = desk_on(MongoLedger(other))
    store = BeatenLedger(mongo, lambda: rival_desk.book(make_booking(slot)), times=float("inf"))
    desk = desk_on(store)
    wishes = [make_booking(slot, request=make_request(), citizen_id=new_id("cit")) for _ in range(5)]
    outcomes = await asyncio.gather(*(desk.book(wish) for wish in wishes), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailable}
    assert store.beaten > 1
    ours = {"_id": {"$in": [wish.reservation.id for wish in wishes]}}
    assert await mongo.collection(RESERVATIONS).count_documents(ours) == 0
    store._times = 0
    assert await desk.book(wishes[0]) == wishes[0].reservation
    # The last rival may have been cut off by our deadline, and gives its place back.
    await rival_desk.book(make_booking(slot))
    assert await findings(mongo) == []


async def test_what_a_process_has_half_seen_it_does_not_build_on(honest_pair: Pair) -> None:
    """A slot may be seen at a version whose entry lies on a shard that is not as far yet."""
    mongo, other = honest_pair
    for _ in range(3):
        slot = await open_slot(mongo, 10)
        first = make_booking(slot, request=make_request(), citizen_id=new_id("cit"))
        await desk_on(MongoLedger(mongo)).book(first)
        reservation = first.reservation
        desk = desk_on(HalfSeen(other, looks=3))
        with pytest.raises(VisitorAlreadyBooked):
            await desk.book(make_booking(slot, visitors=reservation.visitors))
        desk = desk_on(HalfSeen(other, looks=3))
        with pytest.raises(AlreadyAnswered):
            await desk.book(make_booking(slot, request=first.request, citizen_id=reservation.citizen_id))
        assert await desk_on(HalfSeen(other, looks=2)).cancel(make_cancellation(reservation))
    assert await findings(mongo) == []


class SlowLook(GatedLedger):
    """Answers a look for one slot when it is told to."""

    def __init__(self, mongo: Mongo, slot: Slot) -> None:
        super().__init__(mongo)
        self._slot_id = slot.id
        self.looked = asyncio.Event()
        self.shown = asyncio.Event()

    async def read(self, known: Mapping[str, int]) -> Mapping[str, tuple[Slot, Sequence[LedgerEntry]]]:
        found = await super().read(known)
        if self._slot_id in known:
            self.looked.set()
            await self.shown.wait()
        return found


async def test_what_was_forgotten_during_a_look_is_not_believed_by_halves(
    honest_pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process bounds what it remembers: the oldest goes, even while somebody asks for the newest of it."""
    monkeypatch.setattr(ledgers_module, "MOST_SLOTS", 1)
    mongo = honest_pair[0]
    slot, other = await open_slot(mongo), await open_slot(mongo)
    store = SlowLook(mongo, slot)
    store.shown.set()
    clock, first = ClockAhead(), make_booking(slot)
    desk = desk_on(store, clock)
    await desk.book(first)
    store.shown.clear()
    store.looked.clear()
    # What it knows gets old, so that it has to look before it refuses.
    clock.ahead += timedelta(seconds=10)
    again = asyncio.create_task(desk.book(make_booking(slot, visitors=first.reservation.visitors)))
    async with asyncio.timeout(20):
        await store.looked.wait()
    # Meanwhile another slot takes the only seat in its memory.
    assert await desk.find_slot(other.id) == other
    store.shown.set()
    with pytest.raises(VisitorAlreadyBooked):
        await again
    with pytest.raises(VisitorAlreadyBooked):
        await desk.book(make_booking(slot, visitors=first.reservation.visitors))
    assert await findings(mongo) == []
    assert await mongo.collection(LEDGER).count_documents({"slot_id": slot.id}) == 1
