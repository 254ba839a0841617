"""Places that come free reach the next who fits; what lapses goes on; whoever is killed leaves nothing undone."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.changes import (
    BookingWay,
    Cancellation,
    NewBooking,
    Quota,
    SlotChange,
)
from services.reservations.errors import NotHeld
from services.reservations.ledger import Settlement
from services.reservations.model import Allotment, EndReason, ReservationStatus, SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.waitlist.errors import NoOfferYet, NotWaiting
from services.venues.model import Channel
from tests.concurrency.desks import desk_on
from tests.contract.documents import Documents
from tests.factories import make_booking, make_reservation
from tests.waitlist import OFFER, Line, worker_on


@pytest.fixture
def line(mongo: Mongo, documents: Documents) -> Line:
    return Line(mongo=mongo, documents=documents)


async def test_the_next_is_offered_what_came_free(line: Line) -> None:
    await line.open(places=2)
    first, second = await line.join(2, 2)
    await line.worker.look()
    assert await line.standing() == {1: "waiting", 2: "waiting"}
    await line.free()
    await line.worker.look()
    assert await line.standing() == {1: "held", 2: "waiting"}
    assert (await line.get(first)).held_until == line.clock.now() + OFFER
    assert await line.places() == (0, 1)
    assert await line.offered() == [first.id]
    assert second.number == 2


async def test_who_does_not_fit_is_passed_over_and_keeps_their_place(line: Line) -> None:
    await line.open(places=5)
    await line.join(4, 1, 2, 1)
    booked = line.booked
    await line.desk.cancel(Cancellation(reservation=booked, cancelled_at=line.clock.now(), event=None))
    await line.desk.book(
        NewBooking(reservation=make_reservation(line.slot, party=2), request=None, event=None, way=BookingWay.STAFF)
    )
    await line.worker.look()
    assert await line.standing() == {1: "waiting", 2: "held", 3: "held", 4: "waiting"}
    assert await line.places() == (0, 2)


async def test_an_offer_that_lapsed_goes_on_to_the_next(line: Line) -> None:
    await line.open(places=1)
    first, second = await line.join(1, 1)
    await line.free()
    await line.worker.look()
    line.forward(OFFER - timedelta(milliseconds=1))
    await line.worker.look()
    assert await line.standing() == {1: "held", 2: "waiting"}
    line.forward(timedelta(milliseconds=1))
    await line.worker.look()
    assert await line.standing() == {1: "lapsed", 2: "held"}
    ended = await line.get(first)
    assert (ended.end_reason, ended.cancelled_at) == (EndReason.LAPSED, line.clock.now())
    assert await line.offered() == [first.id, second.id]
    assert await line.documents.events(first.id) == []  # the main system never knew of it


async def test_an_offer_is_not_held_longer_than_people_are_let_in(line: Line) -> None:
    last_entry = line.clock.now() + timedelta(minutes=10)
    await line.open(places=1, last_entry_at=last_entry)
    (first,) = await line.join(1)
    await line.free()
    await line.worker.look()
    assert (await line.get(first)).held_until == last_entry


async def test_places_that_staff_add_are_offered(line: Line) -> None:
    await line.open(places=2)
    await line.join(2, 1)
    await line.desk.change_slot(SlotChange(slot_id=line.slot.id, quota=Quota(capacity=5, set_aside=())))
    await line.worker.look()
    assert await line.standing() == {1: "held", 2: "held"}


async def test_places_that_flow_over_are_offered_from_that_instant_on(line: Line) -> None:
    flows_at = line.clock.now() + timedelta(hours=1)
    group = Allotment(channel=Channel.GROUP, places=3, left=3, flows_at=flows_at)
    await line.open(places=4, taken=1, set_aside=(group,))
    await line.join(1)
    await line.worker.look()
    assert await line.standing() == {1: "waiting"}
    line.forward(timedelta(hours=1))
    await line.worker.look()
    assert await line.standing() == {1: "held"}


async def test_nobody_is_offered_places_of_a_closed_slot(line: Line) -> None:
    await line.open(places=1)
    await line.join(1)
    await line.free()
    await line.desk.change_slot(SlotChange(slot_id=line.slot.id, state=SlotState.CLOSED))
    await line.worker.look()
    await line.worker.end_hopeless()  # staff may open it again
    assert await line.standing() == {1: "waiting"}
    await line.desk.change_slot(SlotChange(slot_id=line.slot.id, state=SlotState.OPEN))
    await line.worker.look()
    assert await line.standing() == {1: "held"}


@pytest.mark.parametrize("end", ["over", "withdrawn"])
async def test_whoever_waits_for_nothing_any_more_leaves(line: Line, end: str) -> None:
    await line.open(places=1)
    parties = await line.join(1, 1, 1)
    if end == "over":
        line.forward(timedelta(hours=6))
    else:
        await line.desk.change_slot(SlotChange(slot_id=line.slot.id, state=SlotState.WITHDRAWN))
    await line.worker.end_hopeless()
    assert await line.standing() == {1: "cancelled", 2: "cancelled", 3: "cancelled"}
    assert {(await line.get(one)).end_reason for one in parties} == {EndReason.VENUE}
    assert await line.places() == (0, 0)


async def test_whom_staff_have_booked_meanwhile_is_not_in_the_way_of_others(line: Line) -> None:
    await line.open(places=3)
    first, _ = await line.join(1, 1)
    await line.free()
    twin = make_reservation(line.slot, visitors=first.visitors)
    await line.desk.book(NewBooking(reservation=twin, request=None, event=None, way=BookingWay.STAFF))
    await line.worker.look()
    assert await line.standing() == {1: "cancelled", 2: "held"}


async def test_an_offer_is_taken_in_time_and_once(line: Line) -> None:
    await line.open(places=2)
    first, second = await line.join(2, 1)
    with pytest.raises(NoOfferYet):
        await line.taking.take(first.id, first.citizen_id)
    await line.free()
    await line.worker.look()
    booked = await line.taking.take(first.id, first.citizen_id)
    assert (booked.status, booked.held_until, booked.number) == (ReservationStatus.BOOKED, None, 1)
    assert await line.taking.take(first.id, first.citizen_id) == await line.get(first)
    assert [one["kind"] for one in await line.documents.events(first.id)] == ["reservation.booked"]
    line.forward(2 * OFFER)
    await line.worker.look()
    assert await line.standing() == {1: "booked", 2: "waiting"}
    with pytest.raises(NotWaiting):
        await line.leaving.leave(first.id, first.citizen_id)
    assert second.number == 2


async def test_an_offer_is_over_at_its_instant_though_no_worker_has_come(line: Line) -> None:
    await line.open(places=1)
    (first,) = await line.join(1)
    await line.free()
    await line.worker.look()
    line.forward(OFFER)
    with pytest.raises(NotHeld):
        await line.taking.take(first.id, first.citizen_id)
    assert await line.standing() == {1: "held"}


async def test_an_offer_that_is_declined_goes_on_at_the_next_look(line: Line) -> None:
    await line.open(places=1)
    first, second, _ = await line.join(1, 1, 1)
    left = await line.leaving.leave(second.id, second.citizen_id)
    assert (left.status, left.end_reason) == (ReservationStatus.CANCELLED, EndReason.CITIZEN)
    await line.free()
    await line.worker.look()
    declined = await line.leaving.leave(first.id, first.citizen_id)
    assert (declined.status, declined.end_reason) == (ReservationStatus.LAPSED, EndReason.DECLINED)
    assert await line.leaving.leave(first.id, first.citizen_id) == declined
    await line.worker.look()
    assert await line.standing() == {1: "lapsed", 2: "cancelled", 3: "held"}


@pytest.mark.parametrize("turn", range(6))
async def test_taking_and_lapsing_at_once_come_to_one_of_them(line: Line, turn: int) -> None:
    """Whoever is first in the ledger has it: a booking that was taken never lapses, what lapsed is never booked."""
    await line.open(places=1)
    first, _ = await line.join(1, 1)
    await line.free()
    await line.worker.look()
    held = await line.get(first)
    other = worker_on(line.mongo, line.clock)  # another process
    assert await other.desk.find_slot(line.slot.id) is not None
    lapse = Cancellation(reservation=held, cancelled_at=line.clock.now(), event=None, reason=EndReason.LAPSED)
    both = [line.taking.take(first.id, first.citizen_id), other.desk.cancel(lapse)]
    came = await asyncio.gather(*(both if turn % 2 else reversed(both)), return_exceptions=True)
    now = await line.get(first)
    if now.status is ReservationStatus.BOOKED:
        assert sorted(map(type, came), key=str) == sorted([type(now), bool], key=str)
        assert False in came
        assert await line.places() == (0, 1)
    else:
        assert now.status is ReservationStatus.LAPSED
        assert [type(one) for one in came if isinstance(one, Exception)] == [NotHeld]
        assert True in came
        assert await line.places() == (1, 1)
    assert len(await line.documents.events(first.id)) == (now.status is ReservationStatus.BOOKED)


class Killed(Exception):
    """The process was killed."""


class DyingLedger(MongoLedger):
    """A ledger whose process dies at its `dies_at`th write: before it, within it, or after it."""

    def __init__(self, mongo: Mongo, *, dies_at: int, moment: str) -> None:
        super().__init__(mongo)
        self._left, self._moment = dies_at, moment

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        self._left -= 1
        if self._left == 0 and self._moment == "before":
            raise Killed
        await super().write(settlements, now)
        if self._left == 0 and self._moment == "after":
            raise Killed

    async def _tell(self, settlements: Sequence[Settlement], now: datetime, session: Any) -> None:
        if self._left == 0 and self._moment == "within":
            raise Killed  # the offer is written, its notice is not: one transaction
        await super()._tell(settlements, now, session)


@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("dies_at", [1, 2])
async def test_a_worker_killed_at_any_step_repeats_nothing_and_forgets_nothing(
    line: Line, dies_at: int, moment: str
) -> None:
    """Its steps: write 1 ends what lapsed, write 2 offers it to the next, with the notice."""
    await line.open(places=1)
    first, second, _ = await line.join(1, 1, 1)
    await line.free()
    await line.worker.look()
    line.forward(OFFER)
    dying = worker_on(
        line.mongo, line.clock, desk_on(DyingLedger(line.mongo, dies_at=dies_at, moment=moment), line.clock)
    )
    with pytest.raises((Killed, DatabaseUnavailable)):
        await dying.look()
    next_one = worker_on(line.mongo, line.clock)
    await next_one.look()
    await next_one.look()
    assert await line.standing() == {1: "lapsed", 2: "held", 3: "waiting"}
    assert await line.places() == (0, 1)
    assert await line.offered() == [first.id, second.id]


async def test_what_another_process_did_this_moment_sends_nobody_away(line: Line) -> None:
    """A process that knows a slot as it was within this second looks again before it refuses."""
    await line.open(places=1)
    other = Line(mongo=line.mongo, documents=line.documents, clock=line.clock)
    other.slot, other.desk = line.slot, desk_on(MongoLedger(line.mongo), line.clock)
    await line.free()
    seen = await other.desk.find_slot(line.slot.id)
    assert seen is not None
    assert seen.places_left == 1
    await line.desk.book(make_booking(line.slot))
    (first,) = await other.join(1)  # not "there are places: book them"
    await line.desk.change_slot(SlotChange(slot_id=line.slot.id, quota=Quota(capacity=2, set_aside=None)))
    await line.worker.look()
    assert (await other.taking.take(first.id, first.citizen_id)).status is ReservationStatus.BOOKED
