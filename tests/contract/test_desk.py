"""The desk on the real store: what a booking and a cancellation come to, and what is kept of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.common.mongo import Mongo
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
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import PASSES, SLOTS
from tests.concurrency.desks import desk_on
from tests.contract.clerk import Clerk, facts_of, nothing
from tests.factories import (
    NOW,
    make_booking,
    make_cancellation,
    make_request,
    make_reservation,
    make_slot,
    new_id,
)


@pytest.fixture
def desk(mongo: Mongo) -> ForwardingDesk:
    """A process that has just started."""
    return desk_on(MongoLedger(mongo))


@pytest.fixture
def other_desk(mongo: Mongo) -> ForwardingDesk:
    """Another process."""
    return desk_on(MongoLedger(mongo))


async def test_a_booking_takes_places_for_its_whole_party(desk: ForwardingDesk, clerk: Clerk) -> None:
    slot = await clerk.open()
    booking = make_booking(slot, party=3)
    assert await desk.book(booking) == booking.reservation
    assert await clerk.facts(slot) == facts_of(slot, booking)
    assert await desk.find_slot(slot.id) == replace(slot, places_left=7, version=1)


async def test_the_last_places_go_to_a_party_that_fits_exactly_and_then_to_nobody(
    desk: ForwardingDesk, clerk: Clerk
) -> None:
    slot = await clerk.open(capacity=5, places_left=3)
    with pytest.raises(SlotFull) as full:
        await desk.book(make_booking(slot, party=4))
    assert full.value.detail == "3 places are left"
    assert await clerk.facts(slot) == nothing(slot)
    last = make_booking(slot, party=3)
    await desk.book(last)
    with pytest.raises(SlotFull):
        await desk.book(make_booking(slot))
    assert await clerk.facts(slot) == facts_of(slot, last)


@pytest.mark.parametrize(
    ("changes", "refusal"), [({"state": SlotState.CLOSED}, SlotClosed), ({"ends_at": NOW}, SlotEnded)]
)
async def test_a_slot_that_takes_nobody_keeps_nothing(
    desk: ForwardingDesk, clerk: Clerk, changes: Mapping[str, Any], refusal: type[Exception]
) -> None:
    slot = await clerk.open(**changes)
    with pytest.raises(refusal):
        await desk.book(make_booking(slot, request=make_request()))
    assert await clerk.facts(slot) == nothing(slot)


async def test_a_slot_that_is_not_there_is_unknown(desk: ForwardingDesk, clerk: Clerk) -> None:
    booking = make_booking(make_slot())
    assert await desk.find_slot(booking.reservation.slot_id) is None
    with pytest.raises(SlotUnknown):
        await desk.book(booking)
    assert await clerk.documents.find("reservations", _id=booking.reservation.id) == []


async def test_a_slot_that_staff_have_just_closed_takes_nobody(
    desk: ForwardingDesk, clerk: Clerk, mongo: Mongo
) -> None:
    """However fresh the desk's knowledge of it."""
    slot = await clerk.open()
    assert await desk.find_slot(slot.id) == slot
    await mongo.collection(SLOTS).update_one({"_id": slot.id}, {"$set": {"state": SlotState.CLOSED}})
    with pytest.raises(SlotClosed):
        await desk.book(make_booking(slot))
    assert await clerk.facts(slot) == nothing(slot)


async def test_a_person_has_one_place_in_a_slot_and_the_refusal_says_who_it_was(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    slot, elsewhere = await clerk.open(), await clerk.open()
    first = make_booking(slot)
    await desk.book(first)
    second = make_reservation(slot, party=3)
    second = replace(second, visitors=(*second.visitors[:2], first.reservation.visitors[0]))
    for one in (desk, other_desk):
        with pytest.raises(VisitorAlreadyBooked) as refused:
            await one.book(replace(make_booking(slot), reservation=second))
        assert [error.path for error in refused.value.errors] == ["visitors[2].id_number"]
    assert await clerk.facts(slot) == facts_of(slot, first)
    there = make_booking(elsewhere, visitors=first.reservation.visitors)
    await desk.book(there)
    assert await clerk.facts(elsewhere) == facts_of(elsewhere, there)


async def test_the_very_same_booking_again_changes_nothing(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    """So does one that is written again because its answer got lost."""
    slot = await clerk.open(capacity=2, places_left=2)
    booking = make_booking(slot, party=2, request=make_request())
    for one in (desk, desk, other_desk):
        assert await one.book(booking) == booking.reservation
    assert await clerk.facts(slot) == facts_of(slot, booking)


async def test_a_repeated_request_is_answered_once_in_every_process(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    slot, citizen_id = await clerk.open(), new_id("cit")
    first = make_booking(slot, request=make_request(), citizen_id=citizen_id)
    assert first.request is not None
    await desk.book(first)
    assert desk.has_answered(slot.id, first.request)
    for one in (desk, other_desk):
        with pytest.raises(AlreadyAnswered):
            await one.book(make_booking(slot, request=first.request, citizen_id=citizen_id))
        assert one.has_answered(slot.id, first.request)
        assert not one.has_answered(slot.id, make_request())
    assert await clerk.facts(slot) == facts_of(slot, first)


async def test_a_request_repeated_for_another_slot_is_answered_already(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    """Which of its contents is the right one is told by whoever finds the first answer."""
    slot, other, citizen_id = await clerk.open(), await clerk.open(), new_id("cit")
    first = make_booking(slot, request=make_request(), citizen_id=citizen_id)
    await desk.book(first)
    for one in (desk, other_desk):
        with pytest.raises(AlreadyAnswered):
            await one.book(make_booking(other, request=first.request, citizen_id=citizen_id))
    assert await clerk.facts(other) == nothing(other)


async def test_a_refused_request_may_be_made_anew(desk: ForwardingDesk, clerk: Clerk) -> None:
    slot = await clerk.open(capacity=1, places_left=1)
    holder, wish = make_booking(slot), make_booking(slot, request=make_request())
    await desk.book(holder)
    with pytest.raises(SlotFull):
        await desk.book(wish)
    cancellation = make_cancellation(holder.reservation)
    assert await desk.cancel(cancellation)
    again = replace(make_booking(slot), request=wish.request)
    assert await desk.book(again) == again.reservation
    assert await clerk.facts(slot) == facts_of(slot, holder, cancellation, again, version=3)


async def test_a_cancellation_gives_the_places_back_and_closes_the_gate(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    for one in (desk, other_desk):
        slot = await clerk.open()
        booking = make_booking(slot, party=2)
        await desk.book(booking)
        cancellation = make_cancellation(booking.reservation)
        assert await one.cancel(cancellation) is True
        assert await clerk.facts(slot) == facts_of(slot, booking, cancellation, version=2)


async def test_a_reservation_is_cancelled_by_a_process_that_has_just_looked_at_its_slot(
    desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk
) -> None:
    slot = await clerk.open()
    await other_desk.find_slot(slot.id)
    booking = make_booking(slot)
    await desk.book(booking)
    cancellation = make_cancellation(booking.reservation)
    assert await other_desk.cancel(cancellation) is True
    assert await clerk.facts(slot) == facts_of(slot, booking, cancellation, version=2)


async def test_cancelling_twice_gives_back_once(desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk) -> None:
    slot = await clerk.open()
    booking = make_booking(slot, party=2)
    await desk.book(booking)
    cancellation = make_cancellation(booking.reservation)
    assert await desk.cancel(cancellation) is True
    for one in (desk, other_desk):
        later = make_cancellation(booking.reservation, at=NOW + timedelta(minutes=1))
        assert await one.cancel(later) is False
    facts = await clerk.facts(slot)
    for fact in ("left", "kept", "closed", "told"):
        assert facts[fact] == facts_of(slot, booking, cancellation)[fact]
    assert (await clerk.documents.get("reservations", booking.reservation.id))["cancelled_at"] == NOW


async def test_who_cancelled_can_book_again(desk: ForwardingDesk, other_desk: ForwardingDesk, clerk: Clerk) -> None:
    slot = await clerk.open(capacity=1, places_left=1)
    first = make_booking(slot)
    await desk.book(first)
    cancellation = make_cancellation(first.reservation)
    await other_desk.cancel(cancellation)
    again = make_booking(slot, visitors=first.reservation.visitors)
    assert await other_desk.book(again) == again.reservation
    assert await clerk.facts(slot) == facts_of(slot, first, cancellation, again, version=3)


async def test_a_party_that_has_entered_cannot_be_cancelled(desk: ForwardingDesk, clerk: Clerk, mongo: Mongo) -> None:
    slot = await clerk.open()
    booking = make_booking(slot, party=2)
    await desk.book(booking)
    await mongo.collection(PASSES).insert_one(
        {"_id": booking.reservation.id, "party_size": 2, "admitted_count": 1, "entries": [], "cancelled_at": None}
    )
    with pytest.raises(VisitBegun):
        await desk.cancel(make_cancellation(booking.reservation))
    assert await clerk.facts(slot) == facts_of(slot, booking)


async def test_one_key_twice_at_once_serves_the_first(desk: ForwardingDesk, clerk: Clerk) -> None:
    slot = await clerk.open()
    first, other = (make_booking(slot, request=make_request(id=f"one key {slot.id}")) for _ in range(2))
    served, refused = await asyncio.gather(desk.book(first), desk.book(other), return_exceptions=True)
    assert served == first.reservation
    assert isinstance(refused, AlreadyAnswered)
    assert await clerk.facts(slot) == facts_of(slot, first)


async def test_a_desk_never_shows_a_slot_that_it_has_not_read(desk: ForwardingDesk, clerk: Clerk) -> None:
    slot: Slot = await clerk.open(capacity=7, places_left=4)
    assert await desk.find_slot(slot.id) == slot
    assert await desk.find_slot(new_id("slt")) is None
