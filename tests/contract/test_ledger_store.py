"""Ledgers in the real database: a batch of changes is there whole, or not at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.common.mongo import Mongo
from services.reservations.changes import Change, NewBooking
from services.reservations.ledger import Facts, SlotLedger
from services.reservations.model import Slot
from services.reservations.mongo.plans import SLOTS
from services.reservations.ports import LedgerMoved
from tests.contract.clerk import Clerk, facts_of, nothing, settlements_on
from tests.factories import (
    NOW,
    make_booking,
    make_cancellation,
    make_give_back,
    make_request,
    make_slot,
    make_visitor,
    new_id,
)

ROUNDS = 12


async def test_a_booking_is_kept_with_its_entry_and_its_event(clerk: Clerk) -> None:
    slot = await clerk.open()
    booking = await clerk.book(slot, party=3, request=make_request())
    assert await clerk.facts(slot) == facts_of(slot, booking)
    (told,) = await clerk.documents.events(booking.reservation.id)
    assert booking.event is not None
    assert told["id"] == booking.event.id


async def test_all_kinds_of_changes_in_many_slots_are_one_write(clerk: Clerk) -> None:
    slots = [await clerk.open() for _ in range(3)]
    cancelled, unheard = [await clerk.book(slots[0], party=2, request=make_request()) for _ in range(2)]
    late, there = make_booking(slots[0], party=4), make_booking(slots[1], party=5)
    cancellation, giving_back = make_cancellation(cancelled.reservation), make_give_back(unheard)
    await clerk.write(late, cancellation, there, giving_back)
    first = (cancelled, unheard, late, cancellation, giving_back)
    assert await clerk.facts(slots[0]) == facts_of(slots[0], *first, version=3)
    assert await clerk.facts(slots[1]) == facts_of(slots[1], there)
    assert await clerk.facts(slots[2]) == nothing(slots[2])


async def test_an_entry_is_forgotten_a_month_after_its_slot(clerk: Clerk) -> None:
    slot = await clerk.open()
    await clerk.book(slot)
    entry = await clerk.documents.get("ledger", f"{slot.id}:0000000001")
    assert entry["expires_at"] == slot.ends_at + timedelta(days=30)


@pytest.mark.parametrize("change", [{"version": 1}, {"state": "closed"}, {"capacity": 9}, {"venue_id": "elsewhere"}])
async def test_who_decided_on_a_slot_that_is_not_so_any_more_writes_nothing(
    clerk: Clerk, mongo: Mongo, change: Mapping[str, Any]
) -> None:
    other, slot = await clerk.open(), await clerk.open()
    settlements = await clerk.settle(make_booking(other), make_booking(slot))
    await mongo.collection(SLOTS).update_one({"_id": slot.id}, {"$set": dict(change)})
    with pytest.raises(LedgerMoved):
        await clerk.ledger.write(settlements, NOW)
    assert await clerk.facts(other) == nothing(other)
    assert (await clerk.facts(slot))["kept"] == []
    assert await clerk.documents.find("ledger", slot_id=slot.id) == []


@pytest.mark.parametrize("change", [{"state": "closed"}, {"capacity": 9}])
async def test_places_can_be_given_up_whatever_staff_did_to_the_slot(
    clerk: Clerk, mongo: Mongo, change: Mapping[str, Any]
) -> None:
    slot = await clerk.open()
    booking = await clerk.book(slot)
    cancellation = make_cancellation(booking.reservation)
    settlements = await clerk.settle(cancellation)
    await mongo.collection(SLOTS).update_one({"_id": slot.id}, {"$set": dict(change)})
    await clerk.ledger.write(settlements, NOW)
    assert await clerk.facts(slot) == facts_of(slot, booking, cancellation, version=2)


async def test_a_version_is_written_once(clerk: Clerk, mongo: Mongo) -> None:
    """Even should a slot have been put back to an older state, by whatever accident."""
    slot = await clerk.open()
    settlements = await clerk.settle(make_booking(slot))
    first = await clerk.book(slot)
    await mongo.collection(SLOTS).update_one({"_id": slot.id}, {"$set": {"version": 0, "places_left": 10}})
    with pytest.raises(LedgerMoved):
        await clerk.ledger.write(settlements, NOW)
    assert (await clerk.facts(slot))["kept"] == [(first.reservation.id, "booked")]


async def test_of_two_who_write_on_top_of_the_same_version_one_does(clerk: Clerk) -> None:
    for _ in range(ROUNDS):
        slot = await clerk.open()
        wishes = [make_booking(slot) for _ in range(3)]
        settlements = [await clerk.settle(wish) for wish in wishes]
        outcomes = await asyncio.gather(
            *(clerk.ledger.write(each, NOW) for each in settlements), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [LedgerMoved, LedgerMoved]
        assert await clerk.facts(slot) == facts_of(slot, wishes[outcomes.index(None)])


async def test_an_entry_without_changes_takes_its_version(clerk: Clerk) -> None:
    """So whoever gives back what is not there shuts out the write that may still bring it."""
    slot = await clerk.open()
    late = make_booking(slot)
    settlements = await clerk.settle(late)
    entry = replace(settlements[0].entry, slot=replace(slot, version=1), booked=())
    await clerk.ledger.write([replace(settlements[0], entry=entry, facts=Facts())], NOW)
    with pytest.raises(LedgerMoved):
        await clerk.ledger.write(settlements, NOW)
    assert await clerk.facts(slot) == {**nothing(slot), "version": 1, "entries": [1]}


async def test_reading_leaves_out_what_is_no_slot(clerk: Clerk) -> None:
    slot = await clerk.open()
    found = await clerk.ledger.read({slot.id: 0, new_id("slt"): 0})
    assert found == {slot.id: (slot, [])}
    assert await clerk.ledger.read({}) == {}


async def test_reading_brings_at_least_what_is_new_of_each_slot(clerk: Clerk) -> None:
    often, once, never = [await clerk.open() for _ in range(3)]
    bookings = [await clerk.book(often, request=make_request()) for _ in range(4)]
    await clerk.book(once)
    found = await clerk.ledger.read({often.id: 2, once.id: 1, never.id: 0})
    assert {slot_id: slot.version for slot_id, (slot, _) in found.items()} == {often.id: 4, once.id: 1, never.id: 0}
    new = sorted(found[often.id][1], key=lambda entry: entry.slot.version)
    assert [entry.slot.version for entry in new] == [3, 4]
    for entry, booking in zip(new, bookings[2:], strict=True):
        (holding,) = entry.booked
        assert booking.request is not None
        assert (holding.reservation_id, holding.request_id) == (booking.reservation.id, booking.request.id)
        assert entry.slot == replace(often, version=entry.slot.version, places_left=10 - entry.slot.version)


async def test_whoever_reads_while_another_writes_sees_a_slot_as_it_was_at_some_moment(clerk: Clerk) -> None:
    slot = await clerk.open(capacity=100, places_left=100)
    written = 0

    async def write() -> None:
        nonlocal written
        ledger, booking = await clerk.read(slot), make_booking(slot)
        for number in range(30):
            change: Change = make_cancellation(booking.reservation) if number % 3 == 2 else _next(slot)
            booking = change if isinstance(change, NewBooking) else booking
            (settlement,) = settlements_on([ledger], change)
            await clerk.ledger.write([settlement], NOW)
            ledger.write(settlement.entry)
            written += 1

    writing = asyncio.create_task(write())
    follower, versions = SlotLedger.at_first(slot), set()
    while not writing.done():
        newcomer = SlotLedger.at_first(slot)
        for ledger in (newcomer, follower):
            before = written
            ledger.read(*(await clerk.ledger.read({slot.id: ledger.slot.version}))[slot.id])
            assert ledger.slot.version >= before
            assert ledger.slot.places_left == slot.capacity - len(ledger.holders)
            versions.add(ledger.slot.version)
    await writing
    assert len(versions) > 5


def _next(slot: Slot) -> NewBooking:
    return make_booking(slot, party=2, visitors=(make_visitor(), make_visitor()))


async def test_slots_of_many_venues_are_written_together(clerk: Clerk) -> None:
    slots = [make_slot(venue_id=new_id("ven")) for _ in range(3)]
    await clerk.slots.add_missing(slots)
    wishes = [make_booking(slot) for slot in slots]
    await clerk.write(*wishes)
    assert [await clerk.facts(slot) for slot in slots] == [
        facts_of(slot, wish) for slot, wish in zip(slots, wishes, strict=True)
    ]
