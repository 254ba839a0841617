"""What can become of a slot besides booking and cancelling, in the real database: written whole, read back the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.model import NoticeKind
from services.reservations.changes import BelowBooked, Change, Joining, Offer, Quota, Reschedule, SlotChange
from services.reservations.ledger import Outcome, SlotLedger
from services.reservations.model import EndReason, Reservation, ReservationStatus, Slot, SlotState
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.ports import LedgerMoved, Objected
from services.sync.model import EventKind
from services.venues.model import Channel
from tests.changes import (
    HELD_FOR,
    Books,
    make_call,
    make_joining,
    make_lapse,
    make_leaving,
    make_move,
    make_offer,
    make_taking,
    set_aside,
)
from tests.contract.clerk import Clerk
from tests.factories import NOW, make_booking, make_cancellation, make_request, make_slot


@dataclass(frozen=True, kw_only=True)
class Office:
    """Ledgers as one process has them, which writes whatever it decides, next to a process that only reads."""

    clerk: Clerk
    books: Books
    slot: Slot
    other: Slot

    async def write(self, *changes: Change) -> list[Outcome]:
        outcomes = self.books.decide(*changes)
        await self.clerk.ledger.write(self.books.written, self.books.now)
        for slot in (self.slot, self.other):
            found = await self.clerk.read(slot)
            known = self.books.ledgers[slot.id]
            assert found == known
            assert list(found.queue) == list(known.queue)
        return outcomes

    async def fill(self) -> list[Reservation]:
        bookings = [make_booking(self.slot) for _ in range(self.slot.capacity)]
        await self.write(*bookings)
        return [one.reservation for one in bookings]

    async def wait_and_offer(self) -> tuple[Joining, Offer]:
        """Have a place come back that somebody waits for, and offer it."""
        holders = await self.fill()
        joining = make_joining(self.slot, request=make_request())
        offer = make_offer(joining)
        await self.write(joining)
        await self.write(make_cancellation(holders[0]), offer)
        return joining, offer

    async def kept(self, reservation: Reservation) -> Reservation:
        return await kept(self.clerk, reservation)


async def kept(clerk: Clerk, reservation: Reservation) -> Reservation:
    found = await MongoReservations(clerk.ledger._mongo).find(reservation.id, reservation.citizen_id)
    assert found is not None
    return found


@pytest.fixture
async def office(clerk: Clerk) -> Office:
    aside = (set_aside(Channel.GROUP, 2, flows_at=NOW + timedelta(hours=1)),)
    slots = make_slot(capacity=3, places_left=3), make_slot(capacity=5, places_left=5, set_aside=aside)
    await clerk.slots.add_missing(slots)
    return Office(clerk=clerk, books=Books(*slots), slot=slots[0], other=slots[1])


async def calls_about(clerk: Clerk, *reservations: Reservation) -> list[tuple[str, str]]:
    """Return what notices are to be made about these, parcel by parcel."""
    wanted = {one.id for one in reservations}
    parcels = await clerk.documents.find("notice_calls")
    calls = [call for parcel in parcels for call in parcel["calls"] if call["subject_id"] in wanted]
    return sorted((call["kind"], call["subject_id"]) for call in calls)


async def parcels_about(clerk: Clerk, slot: Slot) -> list[Mapping[str, Any]]:
    """Return the outbox's parcels that name the slot, in the order of writing."""
    parcels = await clerk.documents.find("outbox")
    return [one for one in parcels if ["slot", slot.id] in one["records"]]


async def test_who_joins_is_kept_with_number_and_request_and_others_hear_of_the_slot_alone(office: Office) -> None:
    await office.fill()
    request = make_request()
    joining, second = make_joining(office.slot, party=2, request=request), make_joining(office.slot)
    await office.write(joining, second)
    reservation = joining.reservation
    assert await office.kept(reservation) == replace(reservation, number=1)
    assert (await office.kept(second.reservation)).number == 2
    again = await MongoReservations(office.clerk.ledger._mongo).claim_first_answer(request, reservation.citizen_id)
    assert again == replace(reservation, number=1)
    # Who waits is no visitor of whom the main system has heard.
    (told,) = [one for one in await parcels_about(office.clerk, office.slot) if not one["events"]]
    assert (told["_id"], told["records"]) == (f"{office.slot.id}:2", [["slot", office.slot.id]])
    assert await office.clerk.documents.events(reservation.id) == []


async def test_who_leaves_the_queue_is_cancelled_and_never_had_a_code(office: Office) -> None:
    await office.fill()
    joining = make_joining(office.slot)
    await office.write(joining)
    assert await office.write(make_leaving(joining, at=NOW + timedelta(minutes=1))) == [True]
    left = await office.kept(joining.reservation)
    assert (left.status, left.end_reason) == (ReservationStatus.CANCELLED, EndReason.CITIZEN)
    assert (left.cancelled_at, left.number) == (NOW + timedelta(minutes=1), 1)
    assert await office.clerk.documents.find("passes", _id=left.id) == []
    assert await office.clerk.documents.events(left.id) == []


async def test_an_offer_is_held_until_its_time(office: Office) -> None:
    joining, offer = await office.wait_and_offer()
    held = await office.kept(offer.reservation)
    assert held == replace(joining.reservation, status=ReservationStatus.HELD, held_until=NOW + HELD_FOR, number=1)
    assert await office.clerk.documents.events(held.id) == []


async def test_an_offer_that_is_taken_is_a_booking_that_others_hear_of(office: Office) -> None:
    joining, offer = await office.wait_and_offer()
    taking = make_taking(offer)
    await office.write(taking)
    booked = await office.kept(offer.reservation)
    assert booked == replace(joining.reservation, status=ReservationStatus.BOOKED, number=1)
    (told,) = await office.clerk.documents.events(booked.id)
    assert told["kind"] == EventKind.RESERVATION_BOOKED
    (parcel,) = [one for one in await parcels_about(office.clerk, office.slot) if told in one["events"]]
    assert ["reservation", booked.id] in parcel["records"]
    # And it ends as every booking does: the gate refuses its code.
    await office.write(make_cancellation(booked))
    (closed,) = await office.clerk.documents.find("passes", _id=booked.id)
    assert closed["cancelled_at"] == NOW


@pytest.mark.parametrize("reason", [EndReason.LAPSED, EndReason.DECLINED])
async def test_an_offer_that_nobody_took_is_over_and_no_visit_was_cancelled(office: Office, reason: EndReason) -> None:
    _, offer = await office.wait_and_offer()
    assert await office.write(make_lapse(offer, reason=reason)) == [True]
    lapsed = await office.kept(offer.reservation)
    assert (lapsed.status, lapsed.end_reason) == (ReservationStatus.LAPSED, reason)
    assert lapsed.cancelled_at == NOW + HELD_FOR
    assert await office.clerk.documents.find("passes", _id=lapsed.id) == []
    assert await office.clerk.documents.events(lapsed.id) == []
    assert office.books.slot(office.slot).places_left == 1


async def test_a_move_is_kept_on_both_sides(office: Office) -> None:
    booking = make_booking(office.slot, party=2, contact_phone=b"phone")
    await office.write(booking)
    move = make_move(booking.reservation, office.other)
    await office.write(move)
    old, new = await office.kept(booking.reservation), await office.kept(move.new.reservation)
    assert (old.status, old.end_reason) == (ReservationStatus.CANCELLED, EndReason.RESCHEDULED)
    assert (old.rescheduled_to, new.rescheduled_from) == (new.id, old.id)
    assert new == move.new.reservation
    (closed,) = await office.clerk.documents.find("passes", _id=old.id)
    assert closed["cancelled_at"] == NOW
    # Both events lie in one parcel: no other system sees the party nowhere, or twice.
    (parcel,) = [one for one in await parcels_about(office.clerk, office.other) if one["events"]]
    assert {event["subject_id"] for event in parcel["events"]} == {old.id, new.id}
    assert ["slot", office.slot.id] in parcel["records"]


@pytest.mark.parametrize("moved", ["slot", "other"])
async def test_a_move_that_comes_too_late_in_either_slot_changes_neither(office: Office, moved: str) -> None:
    booking = make_booking(office.slot)
    await office.write(booking)
    settlements = await settle(office, make_move(booking.reservation, office.other))
    await office.clerk.book(getattr(office, moved))
    before = [await office.clerk.facts(slot) for slot in (office.slot, office.other)]
    with pytest.raises(LedgerMoved):
        await office.clerk.ledger.write(settlements, NOW)
    assert [await office.clerk.facts(slot) for slot in (office.slot, office.other)] == before


async def test_who_has_entered_cannot_move_any_more_and_has_no_place_elsewhere(office: Office) -> None:
    booking = make_booking(office.slot)
    await office.write(booking)
    await office.clerk.ledger._facts._passes.insert_one({"_id": booking.reservation.id, "cancelled_at": None})
    move = make_move(booking.reservation, office.other)
    with pytest.raises(Objected):
        await office.clerk.ledger.write(await settle(office, move), NOW)
    assert (await office.clerk.ledger.find_objections([move])).begun_visits == {booking.reservation.id}
    assert (await office.clerk.facts(office.other))["kept"] == []


async def settle(office: Office, change: Reschedule) -> Sequence[Any]:
    """Return what would make the change true, without taking note of it."""
    return await office.clerk.settle(change)


async def test_a_slot_that_is_changed_is_kept_as_it_is_wished(office: Office) -> None:
    await office.write(make_booking(office.other, party=2))
    quota = Quota(
        capacity=9, set_aside=(set_aside(Channel.ASSISTED, 1), set_aside(Channel.GROUP, 3, flows_at=NOW + HELD_FOR))
    )
    change = SlotChange(
        slot_id=office.other.id,
        quota=quota,
        state=SlotState.DRAWN,
        below_booked=BelowBooked.CLOSE,
        plan="a plan",
        last_entry_at=office.other.ends_at - HELD_FOR,
    )
    (changed,) = await office.write(change)
    (slot,) = [slot for slot, _ in (await office.clerk.ledger.read({office.other.id: 0})).values()]
    assert slot == changed == office.books.slot(office.other)
    assert (slot.capacity, slot.places_left, slot.version, slot.plan) == (9, 7, 2, "a plan")
    assert {one.channel: (one.places, one.left, one.flows_at) for one in slot.set_aside} == {
        Channel.GROUP: (3, 3, NOW + HELD_FOR),
        Channel.ASSISTED: (1, 1, None),
    }
    told = [one for one in await parcels_about(office.clerk, office.other) if one["_id"] == f"{office.other.id}:2"]
    assert len(told) == 1


async def test_what_has_flowed_over_stays_so(office: Office) -> None:
    office.books.now = NOW + timedelta(hours=1)
    wish = make_booking(office.other, party=5)
    assert await office.write(wish) == [wish.reservation]
    assert office.books.slot(office.other).set_aside[0].places == 0


async def test_an_offer_that_is_taken_at_once_may_be_one_write_with_who_comes_and_goes(office: Office) -> None:
    holders = await office.fill()
    joinings = [make_joining(office.slot, request=make_request()) for _ in range(4)]
    await office.write(*joinings[:3])
    offer = make_offer(joinings[0])
    await office.write(make_cancellation(holders[0]), offer, make_taking(offer), make_leaving(joinings[1]), joinings[3])
    assert [one.number for one in office.books.ledgers[office.slot.id].queue.values()] == [3, 4]
    assert (await office.kept(offer.reservation)).status is ReservationStatus.BOOKED


async def test_whoever_reads_now_and_then_has_the_same_chain(office: Office) -> None:
    reader = SlotLedger.at_first(office.slot)
    holders = await office.fill()
    for step in range(3):
        joining = make_joining(office.slot)
        await office.write(joining, make_cancellation(holders[step]))
        await office.write(make_offer(joining))
        found = await office.clerk.ledger.read({office.slot.id: reader.slot.version})
        reader.read(*found[office.slot.id])
        assert reader == office.books.ledgers[office.slot.id]
    assert len(reader.link) == 64


async def test_what_people_shall_be_told_is_written_with_what_happened(office: Office) -> None:
    booking = make_booking(office.slot)
    call = make_call(booking.reservation, NoticeKind.BOOKING_CONFIRMED)
    # Somebody else comes first: nobody is told of what did not happen.
    refused = await office.clerk.settle(replace(booking, calls=(call,)))
    await office.clerk.book(office.slot)
    with pytest.raises(LedgerMoved):
        await office.clerk.ledger.write(refused, NOW)
    assert await calls_about(office.clerk, booking.reservation) == []
    await office.clerk.write(replace(booking, calls=(call,)))
    assert await calls_about(office.clerk, booking.reservation) == [("booking_confirmed", booking.reservation.id)]


async def test_all_notices_of_one_write_are_one_document(office: Office) -> None:
    holders = await office.fill()
    joining = make_joining(office.slot)
    await office.write(joining)
    offer = make_offer(joining, make_call(joining.reservation, NoticeKind.WAITLIST_OFFER, {"respond_by": "later"}))
    by_venue = replace(
        make_cancellation(holders[0]),
        reason=EndReason.VENUE,
        calls=(make_call(holders[0], NoticeKind.BOOKING_CANCELLED_BY_VENUE),),
    )
    await office.write(by_venue, offer)
    told = [("booking_cancelled_by_venue", holders[0].id), ("waitlist_offer", joining.reservation.id)]
    assert await calls_about(office.clerk, holders[0], joining.reservation) == told
    parcels = await office.clerk.documents.find("notice_calls")
    (parcel,) = [one for one in parcels if any(call["subject_id"] == holders[0].id for call in one["calls"])]
    assert len(parcel["calls"]) == 2
    (shown,) = [call for call in parcel["calls"] if call["kind"] == NoticeKind.WAITLIST_OFFER]
    assert shown["facts"].keys() == {"starts_at", "party_size", "respond_by"}
    assert (await office.kept(holders[0])).end_reason is EndReason.VENUE
