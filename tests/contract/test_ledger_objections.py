"""What the database holds against a change that the ledger allows; and giving back what nobody has heard of."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.reservations.changes import Change, NewBooking
from services.reservations.model import Reservation
from services.reservations.mongo.plans import PASSES
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.ports import Objected, Objections
from tests.contract.clerk import Clerk, facts_of, nothing, settlements_on
from tests.factories import NOW, make_booking, make_cancellation, make_give_back, make_request, new_id

NO_OBJECTIONS = Objections()
ROUNDS = 12


@pytest.fixture
def reservations(mongo: Mongo) -> MongoReservations:
    return MongoReservations(mongo)


async def enter(mongo: Mongo, booking: NewBooking) -> None:
    """Let the party in, as the gate notes it."""
    await mongo.collection(PASSES).insert_one(
        {"_id": booking.reservation.id, "party_size": 1, "admitted_count": 1, "entries": [], "cancelled_at": None}
    )


async def test_a_known_request_is_objected_to_and_nothing_is_kept(clerk: Clerk) -> None:
    slot, other = await clerk.open(), await clerk.open()
    first = await clerk.book(slot, request=make_request())
    citizen_id = first.reservation.citizen_id
    again = make_booking(other, request=first.request, citizen_id=citizen_id)
    innocent, cancellation = make_booking(other), make_cancellation(first.reservation)
    changes: list[Change] = [innocent, again, cancellation]
    with pytest.raises(Objected):
        await clerk.write(*changes)
    assert await clerk.facts(other) == nothing(other)
    assert await clerk.facts(slot) == facts_of(slot, first)
    assert first.request is not None
    assert await clerk.ledger.find_objections(changes) == replace(
        NO_OBJECTIONS, answered_requests=frozenset({first.request.id})
    )
    await clerk.write(innocent, cancellation)
    assert await clerk.facts(other) == facts_of(other, innocent)


async def test_another_s_request_of_the_same_name_is_another_request(clerk: Clerk) -> None:
    slot = await clerk.open()
    first = await clerk.book(slot, request=make_request())
    other = await clerk.open()
    theirs = make_booking(other, request=first.request)
    await clerk.write(theirs)
    assert await clerk.facts(other) == facts_of(other, theirs)


async def test_requests_without_a_name_are_all_different(clerk: Clerk) -> None:
    slot, citizen_id = await clerk.open(), new_id("cit")
    wishes = [make_booking(slot, citizen_id=citizen_id) for _ in range(3)]
    await clerk.write(*wishes)
    assert await clerk.facts(slot) == facts_of(slot, *wishes)
    assert await clerk.ledger.find_objections(wishes) == NO_OBJECTIONS


async def test_who_has_entered_cannot_give_up(clerk: Clerk, mongo: Mongo) -> None:
    slot = await clerk.open()
    inside, unheard, outside = [await clerk.book(slot, request=make_request()) for _ in range(3)]
    await enter(mongo, inside)
    await enter(mongo, unheard)
    leaving = make_cancellation(outside.reservation)
    before = await clerk.facts(slot)
    stopped: tuple[Change, ...] = (make_cancellation(inside.reservation), make_give_back(unheard))
    for change in stopped:
        with pytest.raises(Objected):
            await clerk.write(leaving, change)
    assert await clerk.facts(slot) == before
    assert await clerk.ledger.find_objections([leaving, *stopped]) == replace(
        NO_OBJECTIONS, begun_visits=frozenset({inside.reservation.id, unheard.reservation.id})
    )


async def test_what_is_cancelled_already_cannot_be_given_up(clerk: Clerk) -> None:
    slot = await clerk.open()
    booking = await clerk.book(slot)
    stale = await clerk.read(slot)
    await clerk.write(make_cancellation(booking.reservation))
    before = await clerk.facts(slot)
    (again,) = settlements_on([stale], make_cancellation(booking.reservation))
    again = replace(
        again,
        before=replace(again.before, version=2),
        entry=replace(again.entry, slot=replace(again.entry.slot, version=3)),
    )
    with pytest.raises(Objected):
        await clerk.ledger.write([again], NOW)
    assert await clerk.facts(slot) == before


async def test_what_was_cancelled_has_not_begun(clerk: Clerk) -> None:
    slot = await clerk.open()
    booking = await clerk.book(slot)
    cancellation = make_cancellation(booking.reservation)
    await clerk.write(cancellation)
    assert await clerk.ledger.find_objections([cancellation]) == NO_OBJECTIONS


async def test_what_is_given_back_was_never_asked_for(clerk: Clerk, reservations: MongoReservations) -> None:
    slot = await clerk.open()
    unheard = await clerk.book(slot, party=2, request=make_request())
    giving_back = make_give_back(unheard, at=NOW + timedelta(seconds=8))
    await clerk.write(giving_back)
    assert await clerk.facts(slot) == facts_of(slot, unheard, giving_back, version=2)
    citizen_id = unheard.reservation.citizen_id
    assert unheard.request is not None
    assert await reservations.claim_first_answer(unheard.request, citizen_id) is None
    kept = await reservations.find(unheard.reservation.id, citizen_id)
    assert kept is not None
    assert kept.cancelled_at == NOW + timedelta(seconds=8)
    # The same words under the same key, by the same people.
    anew = make_booking(
        slot, party=2, request=unheard.request, citizen_id=citizen_id, visitors=unheard.reservation.visitors
    )
    await clerk.write(anew)
    assert await clerk.facts(slot) == facts_of(slot, unheard, giving_back, anew, version=3)
    assert await reservations.claim_first_answer(unheard.request, citizen_id) == anew.reservation


async def test_what_is_given_back_can_be_booked_anew_in_the_same_write(
    clerk: Clerk, reservations: MongoReservations
) -> None:
    slot = await clerk.open()
    unheard = await clerk.book(slot, request=make_request())
    reservation = unheard.reservation
    anew = make_booking(slot, request=unheard.request, citizen_id=reservation.citizen_id, visitors=reservation.visitors)
    giving_back = make_give_back(unheard)
    await clerk.write(giving_back, anew)
    assert await clerk.facts(slot) == facts_of(slot, unheard, giving_back, anew, version=2)
    assert unheard.request is not None
    assert await reservations.claim_first_answer(unheard.request, reservation.citizen_id) == anew.reservation


async def test_a_booking_that_somebody_has_asked_for_again_is_not_given_back(
    clerk: Clerk, reservations: MongoReservations
) -> None:
    slot = await clerk.open()
    heard, unheard = [await clerk.book(slot, request=make_request()) for _ in range(2)]
    assert heard.request is not None
    reservation = heard.reservation
    assert await reservations.claim_first_answer(heard.request, reservation.citizen_id) == reservation
    changes: list[Change] = [make_give_back(unheard), make_give_back(heard)]
    with pytest.raises(Objected):
        await clerk.write(*changes)
    assert (await clerk.facts(slot))["closed"] == []
    assert await clerk.ledger.find_objections(changes) == replace(
        NO_OBJECTIONS, repeated_bookings=frozenset({reservation.id})
    )
    # Its citizen may cancel it all the same.
    cancellation = make_cancellation(reservation)
    await clerk.write(cancellation, changes[0])
    assert (await clerk.facts(slot))["closed"] == sorted([reservation.id, unheard.reservation.id])


async def test_of_asking_again_and_giving_back_at_once_one_takes_place(
    clerk: Clerk, reservations: MongoReservations
) -> None:
    async def ask_again(booking: NewBooking, after_s: float) -> Reservation | None:
        assert booking.request is not None
        await asyncio.sleep(after_s)
        return await reservations.claim_first_answer(booking.request, booking.reservation.citizen_id)

    for number in range(ROUNDS):
        slot = await clerk.open()
        booking = await clerk.book(slot, request=make_request())
        settlements = await clerk.settle(make_give_back(booking))
        answer, given = await asyncio.gather(
            ask_again(booking, after_s=number / 1000),
            clerk.ledger.write(settlements, NOW),
            return_exceptions=True,
        )
        assert (answer, type(given)) in {(booking.reservation, Objected), (None, type(None))}, (answer, given)
        assert (await clerk.facts(slot))["left"] == slot.capacity - (answer is not None)
