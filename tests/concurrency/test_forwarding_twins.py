"""One request twice in one write of the slot's owner: from another process, whose caller hangs up, and directly."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server import redis_peers
from services.reservations.changes import NewBooking
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation, ReservationStatus
from tests.concurrency.audit import audit
from tests.concurrency.neighbours import (
    Dawdling,
    Neighbour,
    Street,
    dawdles,
    kept,
    look,
    settled,
    street_on,
    until,
    until_cancelled,
)
from tests.factories import make_booking, make_request
from tests.processes import Stores


@pytest.fixture
async def street(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    """A street in which beats are quick, and whose books are right in the end."""
    monkeypatch.setattr(redis_peers, "BEAT_S", 0.1)
    async with street_on(stores) as street:
        yield street
        assert await audit(street.mongo.client[street.config.database]) == []


class Asker:
    """Asks at the owner as a request does: whoever finds it answered claims that answer, once they may."""

    def __init__(self, street: Street, owner: Neighbour) -> None:
        self._street = street
        self._owner = owner
        self.may_claim = asyncio.Event()

    async def ask(self, booking: NewBooking) -> Reservation:
        """Return what the request is told; it books if the first answer was given back."""
        assert booking.request is not None
        while True:
            try:
                return await self._owner.desk.book(booking)
            except AlreadyAnswered:
                await self.may_claim.wait()
            citizen_id = booking.reservation.citizen_id
            first = await self._street.reservations.claim_first_answer(booking.request, citizen_id)
            if first is not None:
                return first


@pytest.mark.parametrize("first_to_come", ["claim", "giving back"])
async def test_what_a_repeated_request_was_told_is_not_given_back_by_who_asked_first(
    street: Street, first_to_come: str
) -> None:
    there, owner = await street.settle_two(owner=Dawdling)
    slot, request = await street.open(owner), make_request()
    await look(slot.id, there, owner)
    first = make_booking(slot, party=3, request=request, citizen_id="cit_somebody")
    again = make_booking(slot, party=3, request=request, citizen_id="cit_somebody", visitors=first.reservation.visitors)
    asker = Asker(street, owner)

    # While the owner writes something else, both come, to be written together.
    owner.store.may_write.clear()
    writing = asyncio.create_task(owner.desk.book(make_booking(slot)))
    await until(lambda: owner.store.waiting)
    hanging_up = asyncio.create_task(there.desk.book(first))
    await until(lambda: dawdles(owner).heard)
    asking = asyncio.create_task(asker.ask(again))
    await asyncio.sleep(0)

    hanging_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging_up
    dawdles(owner).may_answer.clear()
    owner.store.may_write.set()
    await writing
    await until(lambda: dawdles(owner).made)
    assert (await street.slot(slot.id)).version == 2  # nobody has written it since

    if first_to_come == "claim":
        asker.may_claim.set()
        told = await asking
        dawdles(owner).may_answer.set()
    else:
        dawdles(owner).may_answer.set()
        await until_cancelled(street, first)
        asker.may_claim.set()
        told = await asking
    await until(lambda: not there.peers._asked)
    await settled(there, street)
    await settled(owner, street)

    found = [one for booking in (first, again) if (one := await kept(street, booking)) is not None]
    assert [one.id for one in found if one.status is ReservationStatus.BOOKED] == [told.id]
    assert told.id == (first if first_to_come == "claim" else again).reservation.id
    assert await street.left(slot) == 10 - 1 - 3
