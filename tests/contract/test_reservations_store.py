"""Reservations in the real database: each fact about them whole, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.admissions.mongo import MongoScans
from services.common.mongo import Document, Mongo
from services.reservations.errors import SlotClosed, SlotEnded, SlotFull, SlotUnknown, VisitBegun, VisitorAlreadyBooked
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.mongo import MongoReservations, MongoSlots
from services.reservations.ports import AlreadyAnswered
from services.sync.model import EventKind
from services.sync.mongo import MongoOutbox
from tests.contract.documents import Documents
from tests.factories import NOW, make_entry, make_event, make_request, make_reservation, make_scan, make_slot, new_id

LATER = NOW + timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Where reservations are made, with a look at everything that belongs to them."""

    slots: MongoSlots
    reservations: MongoReservations
    documents: Documents

    async def open(self, **changes: Any) -> Slot:
        slot = make_slot(**changes)
        await self.slots.add_missing([slot])
        return slot

    async def book(self, slot: Slot, *, party: int = 1, **changes: Any) -> Reservation:
        reservation = make_reservation(slot, party=party, **changes)
        await self.reservations.add(reservation, None, make_event(reservation.id))
        return reservation

    async def cancel(self, reservation: Reservation, at: datetime = LATER) -> bool:
        event = make_event(reservation.id, EventKind.RESERVATION_CANCELLED)
        return await self.reservations.cancel(reservation, at, event)

    async def facts(self, slot: Slot) -> Mapping[str, Any]:
        """Return all that is kept about a slot and those who booked it."""
        kept = await self.documents.find("reservations", slot_id=slot.id)
        ids = {"$in": [one["_id"] for one in kept]}
        return {
            "left": (await self.documents.get("slots", slot.id))["places_left"],
            "kept": sorted((one["_id"], one["status"]) for one in kept),
            "places": len(await self.documents.find("places", _id={"$regex": f"^{slot.id}:"})),
            "closed": [one["_id"] for one in await self.documents.find("passes", _id=ids)],
            "told": sorted(one["kind"] for one in await self.documents.find("outbox", subject_id=ids)),
        }


@pytest.fixture
def counter(mongo: Mongo, outbox: MongoOutbox, documents: Documents) -> Counter:
    return Counter(slots=MongoSlots(mongo), reservations=MongoReservations(mongo, outbox), documents=documents)


@pytest.fixture
def scans(mongo: Mongo, outbox: MongoOutbox) -> MongoScans:
    return MongoScans(mongo, outbox)


def nothing(slot: Slot) -> Mapping[str, Any]:
    return {"left": slot.places_left, "kept": [], "places": 0, "closed": [], "told": []}


async def test_a_booking_takes_places_and_is_found_by_its_citizen_only(counter: Counter) -> None:
    slot = await counter.open()
    reservation = await counter.book(slot, party=3, contact_phone=b"phone")
    assert await counter.facts(slot) == {
        "left": 7,
        "kept": [(reservation.id, "booked")],
        "places": 3,
        "closed": [],
        "told": ["reservation.booked"],
    }
    assert await counter.reservations.find(reservation.id, reservation.citizen_id) == reservation
    assert await counter.reservations.find(reservation.id, new_id("cit")) is None
    assert await counter.reservations.find(new_id("rsv"), reservation.citizen_id) is None


async def test_the_last_places_go_to_a_party_that_fits_exactly_and_then_to_nobody(counter: Counter) -> None:
    slot = await counter.open(capacity=5, places_left=3)
    with pytest.raises(SlotFull) as full:
        await counter.book(slot, party=4)
    assert full.value.detail == "3 places are left"
    assert await counter.facts(slot) == nothing(slot)
    await counter.book(slot, party=3)
    with pytest.raises(SlotFull):
        await counter.book(slot)
    assert (await counter.facts(slot))["left"] == 0


@pytest.mark.parametrize(
    ("changes", "refusal"), [({"state": SlotState.CLOSED}, SlotClosed), ({"ends_at": NOW}, SlotEnded)]
)
async def test_a_slot_that_takes_nobody_keeps_nothing(
    counter: Counter, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    slot = await counter.open(**changes)
    with pytest.raises(refusal):
        await counter.book(slot)
    assert await counter.facts(slot) == nothing(slot)


class Closed(MongoReservations):
    """Whatever the slot looks like, the guard lets nobody pass."""

    @staticmethod
    def bookable_filter(reservation: Reservation) -> Document:
        return {"_id": reservation.slot_id, "venue_id": reservation.venue_id, "state": "never"}


async def test_nobody_comes_in_past_the_guard_even_when_a_second_look_sees_no_reason(
    counter: Counter, mongo: Mongo, outbox: MongoOutbox
) -> None:
    slot = await counter.open()
    reservation = make_reservation(slot)
    with pytest.raises(SlotFull):
        await Closed(mongo, outbox).add(reservation, None, make_event(reservation.id))
    assert await counter.facts(slot) == nothing(slot)


async def test_a_slot_can_be_booked_until_it_ends(counter: Counter) -> None:
    slot = await counter.open(ends_at=NOW + timedelta(milliseconds=1))
    await counter.book(slot)
    assert (await counter.facts(slot))["left"] == 9


async def test_a_slot_that_is_not_there_or_of_another_venue_is_unknown(counter: Counter) -> None:
    with pytest.raises(SlotUnknown):
        await counter.book(make_slot())
    slot = await counter.open()
    with pytest.raises(SlotUnknown):
        await counter.book(slot, venue_id=new_id("ven"))
    assert await counter.facts(slot) == nothing(slot)


async def test_a_person_has_one_place_in_a_slot_and_the_refusal_says_who_it_was(counter: Counter) -> None:
    slot, other = await counter.open(), await counter.open()
    first = await counter.book(slot, party=1)
    second = make_reservation(slot, party=3)
    second = replace(second, visitors=(*second.visitors[:2], first.visitors[0]))
    before = await counter.facts(slot)
    with pytest.raises(VisitorAlreadyBooked) as refused:
        await counter.reservations.add(second, None, make_event(second.id))
    assert [error.path for error in refused.value.errors] == ["visitors[2].id_number"]
    assert await counter.facts(slot) == before
    elsewhere = make_reservation(other, visitors=first.visitors)
    await counter.reservations.add(elsewhere, None, make_event(elsewhere.id))


async def test_adding_the_very_same_reservation_again_changes_nothing(counter: Counter) -> None:
    """So does a transaction that runs again because the answer to its commit got lost."""
    slot = await counter.open(capacity=2, places_left=2)
    reservation = await counter.book(slot, party=2)
    before = await counter.facts(slot)
    await counter.reservations.add(reservation, None, make_event(reservation.id))
    assert await counter.facts(slot) == before


async def test_a_repeatable_request_is_answered_once(counter: Counter) -> None:
    slot, request = await counter.open(), make_request()
    first, second = make_reservation(slot), make_reservation(slot)
    assert await counter.reservations.find_first_answer(request) is None
    await counter.reservations.add(first, request, make_event(first.id))
    with pytest.raises(AlreadyAnswered):
        await counter.reservations.add(second, request, make_event(second.id))
    assert await counter.reservations.find_first_answer(request) == (first.id, request.fingerprint)
    assert (await counter.facts(slot))["kept"] == [(first.id, "booked")]


async def test_a_refused_request_leaves_no_answer_behind(counter: Counter) -> None:
    slot, request = await counter.open(places_left=0), make_request()
    reservation = make_reservation(slot)
    with pytest.raises(SlotFull):
        await counter.reservations.add(reservation, request, make_event(reservation.id))
    assert await counter.reservations.find_first_answer(request) is None


async def test_a_cancellation_gives_the_places_back_and_closes_the_gate(counter: Counter) -> None:
    slot = await counter.open()
    reservation = await counter.book(slot, party=2)
    assert await counter.cancel(reservation)
    assert await counter.facts(slot) == {
        "left": 10,
        "kept": [(reservation.id, "cancelled")],
        "places": 0,
        "closed": [reservation.id],
        "told": ["reservation.booked", "reservation.cancelled"],
    }
    kept = await counter.reservations.find(reservation.id, reservation.citizen_id)
    assert kept == replace(reservation, status=ReservationStatus.CANCELLED, cancelled_at=LATER)


async def test_cancelling_twice_gives_back_once(counter: Counter) -> None:
    slot = await counter.open()
    reservation = await counter.book(slot, party=2)
    await counter.cancel(reservation)
    before = await counter.facts(slot)
    assert not await counter.cancel(reservation, at=LATER + timedelta(minutes=1))
    assert await counter.facts(slot) == before


async def test_who_cancelled_can_book_again(counter: Counter) -> None:
    slot = await counter.open(capacity=1, places_left=1)
    first = await counter.book(slot)
    await counter.cancel(first)
    await counter.book(slot, visitors=first.visitors)
    assert (await counter.facts(slot))["left"] == 0


async def test_a_party_that_has_entered_cannot_be_cancelled(counter: Counter, scans: MongoScans) -> None:
    slot = await counter.open()
    reservation = await counter.book(slot, party=2)
    before = await counter.facts(slot)
    entry = make_entry()
    nobody_inside = await scans.get_pass(reservation.id, 2)
    await scans.claim_entry(nobody_inside, entry, make_scan(entry, reservation.id), make_event(new_id("rsv")))
    with pytest.raises(VisitBegun):
        await counter.cancel(reservation)
    assert await counter.facts(slot) == {**before, "closed": [reservation.id]}


async def test_one_s_reservations_come_newest_first_in_stretches(counter: Counter) -> None:
    slot, citizen_id = await counter.open(), new_id("cit")
    mine = [await counter.book(slot, citizen_id=citizen_id) for _ in range(5)]
    await counter.book(slot)
    newest_first = sorted(mine, key=lambda one: one.id, reverse=True)
    assert await counter.reservations.latest_of(citizen_id, 3, None) == newest_first[:3]
    assert await counter.reservations.latest_of(citizen_id, 3, newest_first[2].id) == newest_first[3:]
    assert await counter.reservations.latest_of(new_id("cit"), 3, None) == []
