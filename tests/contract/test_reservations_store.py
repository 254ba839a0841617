"""Reservations in the real database: found by their citizen, and by the request that they answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Document, Mongo
from services.reservations.model import EndReason, ReservationStatus
from services.reservations.mongo.reservations import MongoReservations
from tests.contract.clerk import Clerk
from tests.contract.documents import Documents
from tests.factories import NOW, make_booking, make_cancellation, make_give_back, make_request, new_id

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def reservations(mongo: Mongo) -> MongoReservations:
    return MongoReservations(mongo)


@pytest.fixture
def request_once() -> IdempotentRequest:
    return make_request()


async def test_a_reservation_is_found_by_its_citizen_only(clerk: Clerk, reservations: MongoReservations) -> None:
    slot = await clerk.open()
    reservation = (await clerk.book(slot, party=3, contact_phone=b"phone")).reservation
    assert await reservations.find(reservation.id, reservation.citizen_id) == reservation
    assert await reservations.find(reservation.id, new_id("cit")) is None
    assert await reservations.find(new_id("rsv"), reservation.citizen_id) is None


async def test_a_cancelled_reservation_says_when_that_was(clerk: Clerk, reservations: MongoReservations) -> None:
    reservation = (await clerk.book(await clerk.open(), party=2)).reservation
    await clerk.write(make_cancellation(reservation, at=LATER))
    kept = await reservations.find(reservation.id, reservation.citizen_id)
    assert kept == replace(
        reservation, status=ReservationStatus.CANCELLED, cancelled_at=LATER, end_reason=EndReason.CITIZEN
    )


async def test_one_s_reservations_come_newest_first_in_stretches(clerk: Clerk, reservations: MongoReservations) -> None:
    slot, citizen_id = await clerk.open(), new_id("cit")
    mine = [(await clerk.book(slot, citizen_id=citizen_id)).reservation for _ in range(5)]
    await clerk.book(slot)
    newest_first = sorted(mine, key=lambda one: one.id, reverse=True)
    assert await reservations.latest_of(citizen_id, 3, None) == newest_first[:3]
    assert await reservations.latest_of(citizen_id, 3, newest_first[2].id) == newest_first[3:]
    assert await reservations.latest_of(new_id("cit"), 3, None) == []


async def test_a_request_finds_its_first_answer_and_from_then_on_it_counts_as_heard(
    clerk: Clerk, reservations: MongoReservations, documents: Documents, request_once: IdempotentRequest
) -> None:
    reservation = (await clerk.book(await clerk.open(), request=request_once)).reservation
    assert (await documents.get("reservations", reservation.id))["repeated_at"] is None
    for _ in range(2):
        assert await reservations.claim_first_answer(request_once, reservation.citizen_id) == reservation
    repeated_at = (await documents.get("reservations", reservation.id))["repeated_at"]
    assert abs(repeated_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_request_that_nothing_answered_finds_nothing(
    clerk: Clerk, reservations: MongoReservations, request_once: IdempotentRequest
) -> None:
    reservation = (await clerk.book(await clerk.open(), request=request_once)).reservation
    assert await reservations.claim_first_answer(make_request(), reservation.citizen_id) is None
    assert await reservations.claim_first_answer(request_once, new_id("cit")) is None


async def test_another_content_under_the_same_key_is_refused_and_counts_for_nothing(
    clerk: Clerk, reservations: MongoReservations, documents: Documents, request_once: IdempotentRequest
) -> None:
    reservation = (await clerk.book(await clerk.open(), request=request_once)).reservation
    other = replace(request_once, fingerprint="other")
    with pytest.raises(IdempotencyKeyReused):
        await reservations.claim_first_answer(other, reservation.citizen_id)
    assert (await documents.get("reservations", reservation.id))["repeated_at"] is None


async def test_a_cancelled_reservation_stays_the_answer_to_its_request(
    clerk: Clerk, reservations: MongoReservations, request_once: IdempotentRequest
) -> None:
    reservation = (await clerk.book(await clerk.open(), request=request_once)).reservation
    await clerk.write(make_cancellation(reservation, at=LATER))
    cancelled = replace(
        reservation, status=ReservationStatus.CANCELLED, cancelled_at=LATER, end_reason=EndReason.CITIZEN
    )
    assert await reservations.claim_first_answer(request_once, reservation.citizen_id) == cancelled
    with pytest.raises(IdempotencyKeyReused):
        await reservations.claim_first_answer(replace(request_once, fingerprint="other"), reservation.citizen_id)


async def test_what_was_given_back_between_look_and_mark_is_not_kept(
    clerk: Clerk, reservations: MongoReservations, documents: Documents, request_once: IdempotentRequest
) -> None:
    unheard, kept = [await clerk.book(await clerk.open(), request=one) for one in (request_once, make_request())]
    seen = [await documents.get("reservations", one.reservation.id) for one in (unheard, kept)]
    await clerk.write(make_give_back(unheard))
    assert [await reservations._mark_repeated(one) for one in seen] == [False, True]
    assert (await documents.get("reservations", unheard.reservation.id))["repeated_at"] is None


@pytest.mark.parametrize("fingerprint", ["the same", "other"])
async def test_what_was_booked_anew_between_look_and_mark_is_looked_at_as_well(
    clerk: Clerk, mongo: Mongo, documents: Documents, fingerprint: str
) -> None:
    request = make_request(fingerprint="the same")
    slot = await clerk.open()
    unheard = await clerk.book(slot, request=request)
    citizen_id = unheard.reservation.citizen_id
    anew = make_booking(slot, request=replace(request, fingerprint=fingerprint), citizen_id=citizen_id)

    class Overtaken(MongoReservations):
        """Is overtaken once, by a giving back and a new booking under the same key."""

        async def _mark_repeated(self, document: Document) -> bool:
            if document["_id"] == unheard.reservation.id:
                await clerk.write(make_give_back(unheard))
                await clerk.write(anew)
            return await super()._mark_repeated(document)

    claimed = Overtaken(mongo).claim_first_answer(request, citizen_id)
    if fingerprint == "other":
        with pytest.raises(IdempotencyKeyReused):
            await claimed
    else:
        assert await claimed == anew.reservation
    repeated_at = (await documents.get("reservations", anew.reservation.id))["repeated_at"]
    assert (repeated_at is None) == (fingerprint == "other")
