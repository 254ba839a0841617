"""Taking scans back while others scan, take back or give back the same: one outcome, and the counts agree."""

import asyncio
from collections.abc import Sequence

import pytest

from qr.entry_code import EntryPass
from services.admissions.batch import VenueDay
from services.admissions.group import ScanGroups
from services.admissions.model import Decision, Movement, PassRecord, Reader, Reading, RefusalReason, Scan, TakeBack
from services.admissions.mongo import MongoScans
from services.admissions.undoing import Undoing
from services.common.clock import SystemClock, city_day
from services.common.mongo import Mongo
from services.reservations.changes import Shrinking
from services.reservations.errors import VisitBegun
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.concurrency.naive_gate import OpenGate
from tests.concurrency.naive_undo import NaiveCeiling, NaiveUndo
from tests.factories import (
    NOW,
    make_booking,
    make_cancellation,
    make_entry_pass,
    make_reading,
    make_slot,
    new_id,
)

ROUNDS = 12
Pair = tuple[Mongo, Mongo]


def undoing_on(mongo: Mongo, scans: MongoScans | None = None) -> Undoing:
    venues = VenueDirectory(store=MongoVenues(mongo), clock=SystemClock())
    return Undoing(scans=scans or honest(mongo), venues=venues, clock=SystemClock())


def honest(mongo: Mongo) -> MongoScans:
    return MongoScans(mongo, MongoOutbox(mongo))


def naive(pair: Pair, parties: int) -> list[NaiveUndo]:
    everybody = asyncio.Barrier(parties)
    return [NaiveUndo(mongo, MongoOutbox(mongo), everybody) for mongo in pair]


def back(reading: Reading) -> TakeBack:
    reader = Reader(id="ses_example", device_id=None)
    return TakeBack(gate_id=reading.gate_id, nonce=reading.nonce, reader=reader, at=NOW)


async def record_of(mongo: Mongo, visitors: EntryPass) -> PassRecord:
    return (await honest(mongo).find_passes([visitors.reservation_id]))[visitors.reservation_id]


async def inside(mongo: Mongo, venue_id: str) -> int:
    day = VenueDay(venue_id=venue_id, day=city_day(NOW))
    return (await honest(mongo).find_inside([day]))[day]


def counted(record: PassRecord) -> int:
    """Return how many are in by the movements that were kept."""
    signs = {Movement.ENTRY: 1, Movement.UNDO: -1, Movement.EXIT: 0}
    return sum(signs[one.movement] * one.count for one in record.entries)


async def test_two_who_take_the_same_back_without_a_guard_take_it_back_twice(pair: Pair) -> None:
    venue_id, visitors = new_id("ven"), make_entry_pass(party_size=4)
    reading = make_reading(visitors, venue_id=venue_id, count=2)
    await ScanGroups(honest(pair[0])).answer(reading)
    await asyncio.gather(*(undoing_on(pair[0], one).take_back(back(reading)) for one in naive(pair, 2)))
    assert await inside(pair[0], venue_id) == -2


async def test_two_who_take_the_same_back_are_told_the_same(pair: Pair) -> None:
    for _ in range(ROUNDS):
        venue_id, visitors = new_id("ven"), make_entry_pass(party_size=4)
        reading = make_reading(visitors, venue_id=venue_id, count=2)
        await ScanGroups(honest(pair[0])).answer(reading)
        answers = await asyncio.gather(*(undoing_on(mongo).take_back(back(reading)) for mongo in pair * 2))
        assert len(set(answers)) == 1
        record = await record_of(pair[0], visitors)
        assert (record.admitted_count, counted(record), await inside(pair[0], venue_id)) == (0, 0, 0)


@pytest.mark.parametrize("guarded", ["naive", "guarded"])
async def test_what_is_taken_back_takes_nothing_from_those_who_enter_meanwhile(pair: Pair, guarded: str) -> None:
    lost = 0
    for _ in range(ROUNDS):
        visitors = make_entry_pass(party_size=3)
        reading, later = make_reading(visitors, count=2), make_reading(visitors, count=1)
        await ScanGroups(honest(pair[0])).answer(reading)
        everybody = asyncio.Barrier(2)

        async def enter(later: Reading = later, everybody: asyncio.Barrier = everybody) -> Scan:
            await everybody.wait()
            return await ScanGroups(honest(pair[1])).answer(later)

        if guarded == "naive":
            scans: MongoScans = NaiveUndo(pair[0], MongoOutbox(pair[0]), everybody)
            undo, entered = await asyncio.gather(undoing_on(pair[0], scans).take_back(back(reading)), enter())
        else:
            undo, entered, _ = await asyncio.gather(
                undoing_on(pair[0]).take_back(back(reading)), enter(), everybody.wait()
            )
        assert (undo.decision, entered.decision) == (Decision.UNDONE, Decision.ADMITTED)
        record = await record_of(pair[0], visitors)
        lost += (record.admitted_count, counted(record)) != (1, 1)
    assert bool(lost) is (guarded == "naive")


@pytest.mark.parametrize(("kind", "winners"), [(OpenGate, {2}), (MongoLedger, {1})])
async def test_after_all_was_taken_back_a_party_cancels_or_enters_never_both(
    pair: Pair, kind: type[MongoLedger], winners: set[int]
) -> None:
    desk, gate = desk_on(kind(pair[0])), ScanGroups(honest(pair[1]))
    seen = set()
    for _ in range(ROUNDS):
        slot = make_slot()
        await MongoSlots(pair[0]).add_missing([slot])
        reservation = await desk.book(make_booking(slot, party=2))
        visitors = make_entry_pass(reservation_id=reservation.id, party_size=2)
        reading = make_reading(visitors)
        await gate.answer(reading)
        await undoing_on(pair[1]).take_back(back(reading))

        async def cancels(reservation: object = reservation) -> bool:
            try:
                return await desk.cancel(make_cancellation(reservation))  # type: ignore[arg-type]
            except VisitBegun:
                return False

        cancelled, scan = await asyncio.gather(cancels(), gate.answer(make_reading(visitors)))
        assert scan.reason in {None, RefusalReason.CANCELLED}
        seen.add(cancelled + (scan.decision is Decision.ADMITTED))
    assert seen == winners


async def test_a_lease_that_shrinks_while_an_entry_on_it_is_taken_back(pair: Pair) -> None:
    desk, gate = desk_on(MongoLedger(pair[0])), ScanGroups(honest(pair[1]))
    for _ in range(ROUNDS):
        slot = make_slot()
        await MongoSlots(pair[0]).add_missing([slot])
        lease = await desk.book(make_booking(slot, party=6))
        people = make_entry_pass(reservation_id=lease.id, party_size=6)
        first, second = make_reading(people, count=2), make_reading(people, count=1)
        await gate.answer(first)
        await gate.answer(second)
        shrunk, undone = await asyncio.gather(
            desk.shrink(Shrinking(reservation=lease, party_size=3)), undoing_on(pair[1]).take_back(back(second))
        )
        record = await record_of(pair[0], people)
        assert (record.admitted_count, undone.admitted_count) == (2, 2)
        assert record.party_size == (3 if shrunk else 6)
        assert undone.party_size in ({3, 6} if shrunk else {6})
        # Whoever comes on it now is one of those who have a place.
        answers = [await gate.answer(make_reading(people, count=1)) for _ in range(record.party_size - 1)]
        assert sum(one.admitted_now for one in answers) == record.party_size - 2


async def crowd(pair: Pair, kind: type[MongoScans], venue_id: str, ceiling: int, people: int) -> Sequence[Scan]:
    """Send people to four gates in two processes at the same moment; return the answers."""
    gates = [ScanGroups(kind(mongo, MongoOutbox(mongo))) for mongo in pair * 2]
    readings = [make_reading(make_entry_pass(party_size=1), venue_id=venue_id, ceiling=ceiling) for _ in range(people)]
    return await asyncio.gather(*(gates[number % 4].answer(one) for number, one in enumerate(readings)))


@pytest.mark.parametrize("kind", [NaiveCeiling, MongoScans])
async def test_a_ceiling_holds_at_many_gates_of_two_processes(pair: Pair, kind: type[MongoScans]) -> None:
    venue_id, ceiling = new_id("ven"), 20
    answers = await crowd(pair, kind, venue_id, ceiling, 80)
    admitted = sum(one.admitted_now for one in answers)
    assert {one.reason for one in answers if one.decision is Decision.REFUSED} <= {RefusalReason.VENUE_FULL}
    assert await inside(pair[0], venue_id) == admitted
    assert admitted > ceiling if kind is NaiveCeiling else admitted == ceiling


async def test_whoever_leaves_or_is_taken_back_makes_room(pair: Pair) -> None:
    venue_id = new_id("ven")
    gate = ScanGroups(honest(pair[0]))
    readings = [make_reading(make_entry_pass(party_size=1), venue_id=venue_id, ceiling=5) for _ in range(5)]
    await asyncio.gather(*(gate.answer(one) for one in readings))
    assert not any(one.admitted_now for one in await crowd(pair, MongoScans, venue_id, 5, 8))
    out = make_reading(readings[0].code, venue_id=venue_id, movement=Movement.EXIT)  # type: ignore[arg-type]
    await asyncio.gather(gate.answer(out), undoing_on(pair[1]).take_back(back(readings[1])))
    answers = await crowd(pair, MongoScans, venue_id, 5, 8)
    assert sum(one.admitted_now for one in answers) == 2
    assert await inside(pair[0], venue_id) == 5
