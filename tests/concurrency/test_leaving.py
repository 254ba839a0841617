"""Those who leave before their answer: whoever was not told of a place holds none, and whoever was told keeps it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, TooBusy
from services.reservations.changes import NewBooking
from services.reservations.ledger import AlreadyAnswered, Settlement
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import audit
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import desk_on
from tests.concurrency.troubled import GatedLedger
from tests.factories import make_booking, make_cancellation, make_request, make_slot, new_id

PLACES = 40


class Counter:
    """A slot, the desk of this process with a store that waits to be told, and that of another process."""

    def __init__(self, pair: Pair, slot: Slot) -> None:
        self.mongo = pair[0]
        self.slot = slot
        self.store = GatedLedger(pair[0])
        self.desk = desk_on(self.store)
        self.other_desk = desk_on(MongoLedger(pair[1]))
        self.reservations = MongoReservations(pair[1])

    def wish(self) -> NewBooking:
        return make_booking(self.slot, request=make_request(), citizen_id=new_id("cit"))

    def again(self, booking: NewBooking) -> NewBooking:
        """Return the same request as it comes again: with a reservation of its own."""
        reservation = booking.reservation
        return make_booking(
            self.slot, request=booking.request, citizen_id=reservation.citizen_id, visitors=reservation.visitors
        )

    async def repeat(self, booking: NewBooking) -> Reservation | None:
        """Find the first answer to the request again, in the other process."""
        assert booking.request is not None
        return await self.reservations.claim_first_answer(booking.request, booking.reservation.citizen_id)

    async def ask(self, booking: NewBooking) -> Reservation:
        """Book as a request does: whoever finds it answered claims that answer, and books if it was given back."""
        while True:
            try:
                return await self.desk.book(booking)
            except AlreadyAnswered:
                first = await self.repeat(booking)
                if first is not None:
                    return first

    async def begin(self, bookings: Sequence[NewBooking]) -> list[asyncio.Task[Reservation]]:
        """Have a batch of bookings wait for its write."""
        self.store.close()
        tasks = [asyncio.create_task(self.ask(one)) for one in bookings]
        await self.store.someone_writes()
        return tasks

    async def statuses(self, bookings: Sequence[NewBooking]) -> list[str | None]:
        """Return what is kept of the bookings; None where nothing is."""
        ids = [one.reservation.id for one in bookings]
        found = self.mongo.collection(RESERVATIONS).find({"_id": {"$in": ids}})
        kept = {one["_id"]: str(one["status"]) async for one in found}
        return [kept.get(one) for one in ids]

    async def booked_of(self, bookings: Sequence[NewBooking]) -> set[str]:
        """Return the ids of those that hold a place."""
        statuses = zip(bookings, await self.statuses(bookings), strict=True)
        return {one.reservation.id for one, status in statuses if status == ReservationStatus.BOOKED}

    async def places_left(self) -> int:
        document = await self.mongo.collection(SLOTS).find_one({"_id": self.slot.id})
        assert document is not None
        return int(document["places_left"])

    async def places_come_back(self, left: int) -> None:
        """Wait until that many are left."""
        async with asyncio.timeout(20):
            while await self.places_left() != left:
                pass

    async def findings(self) -> list[str]:
        return await audit(self.mongo.collection(RESERVATIONS).database)


@pytest.fixture
async def counter(honest_pair: Pair) -> Counter:
    slot = make_slot(capacity=PLACES, places_left=PLACES)
    await MongoSlots(honest_pair[0]).add_missing([slot])
    return Counter(honest_pair, slot)


async def hang_up(tasks: Sequence[asyncio.Task[Reservation]]) -> None:
    for task in tasks:
        task.cancel()
    assert {type(one) for one in await asyncio.gather(*tasks, return_exceptions=True)} <= {asyncio.CancelledError}


async def test_who_leaves_before_their_turn_leaves_no_trace(counter: Counter) -> None:
    first, late, hung_up = counter.wish(), counter.wish(), counter.wish()
    (held,) = await counter.begin([first])
    hanging_up = asyncio.create_task(counter.desk.book(hung_up))
    with pytest.raises(TooBusy), deadline(0.05):
        await counter.desk.book(late)
    await hang_up([hanging_up])
    counter.store.open()
    assert await held == first.reservation
    # Whoever comes after them finds everything as if they had never been there.
    last = counter.wish()
    assert await counter.desk.book(last) == last.reservation
    assert await counter.statuses([first, late, hung_up, last]) == ["booked", None, None, "booked"]
    assert counter.store.begun == 2
    assert await counter.findings() == []


async def test_who_leaves_during_the_write_gets_no_place_and_may_come_back(counter: Counter) -> None:
    stays, late, hung_up = counter.wish(), counter.wish(), counter.wish()
    store = counter.store
    store.close()
    staying, hanging_up = (asyncio.create_task(counter.desk.book(one)) for one in (stays, hung_up))
    with pytest.raises(DatabaseUnavailable), deadline(0.05):
        await counter.desk.book(late)
    await hang_up([hanging_up])
    store.open()
    assert await staying == stays.reservation
    await counter.places_come_back(PLACES - 1)
    assert await counter.statuses([stays, late, hung_up]) == ["booked", "cancelled", "cancelled"]
    for gone, desk in ((late, counter.desk), (hung_up, counter.other_desk)):
        anew = counter.again(gone)
        assert await desk.book(anew) == anew.reservation
        assert await counter.repeat(gone) == anew.reservation
    assert await counter.places_left() == PLACES - 3
    assert await counter.findings() == []


async def test_who_comes_back_while_their_place_is_being_given_back_books_anew(counter: Counter) -> None:
    gone = counter.wish()
    (leaving,) = await counter.begin([gone])
    await hang_up([leaving])
    # They ask again while the first write is still under way: the giving back goes first.
    anew = counter.again(gone)
    coming_back = asyncio.create_task(counter.desk.book(anew))
    await asyncio.sleep(0)
    counter.store.open()
    assert await coming_back == anew.reservation
    assert await counter.statuses([gone, anew]) == ["cancelled", "booked"]
    assert await counter.places_left() == PLACES - 1
    assert await counter.findings() == []


async def test_who_asks_again_elsewhere_before_the_place_is_given_back_keeps_it(counter: Counter) -> None:
    first, repeated = counter.wish(), counter.wish()
    tasks = await counter.begin([first, repeated])
    await hang_up([tasks[1]])
    store = counter.store
    store.open_for_one()
    assert await tasks[0] == first.reservation
    # The write has come back, and the giving back waits.
    assert await counter.repeat(repeated) == repeated.reservation
    with pytest.raises(AlreadyAnswered):
        await counter.other_desk.book(counter.again(repeated))
    store.open()
    last = counter.wish()
    assert await counter.desk.book(last) == last.reservation
    assert await counter.statuses([first, repeated, last]) == ["booked"] * 3
    assert await counter.places_left() == PLACES - 3
    assert await counter.findings() == []


async def test_of_two_with_one_request_one_may_leave_and_the_other_has_a_place(counter: Counter) -> None:
    for leaver in (0, 1):
        first = counter.wish()
        twins = [first, counter.again(first)]
        tasks = await counter.begin(twins)
        await hang_up([tasks.pop(leaver)])
        counter.store.open()
        told = await tasks[0]
        last = counter.wish()
        await counter.desk.book(last)
        assert await counter.booked_of(twins) == {told.id}
        assert await counter.statuses([last]) == ["booked"]
    assert await counter.places_left() == PLACES - 4
    assert await counter.findings() == []


class HangUpAfter(GatedLedger):
    """Some leave in the very moment in which the write comes back."""

    leavers: Sequence[asyncio.Task[Reservation]] = ()

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        await super().write(settlements, now)
        for task in self.leavers:
            asyncio.get_running_loop().call_soon(task.cancel)
        self.leavers = ()


@pytest.mark.parametrize(("twins", "leavers"), [(1, 1), (2, 1), (2, 2), (3, 2)])
async def test_who_leaves_in_the_moment_of_the_answer_takes_no_place_and_takes_away_none(
    honest_pair: Pair, twins: int, leavers: int
) -> None:
    counter = await _counter_with(HangUpAfter(honest_pair[0]), honest_pair)
    assert isinstance(counter.store, HangUpAfter)
    first = counter.wish()
    wishes = [first, counter.again(first), counter.again(first)][:twins]
    tasks = await counter.begin(wishes)
    counter.store.leavers = tasks[:leavers]
    counter.store.open()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[:leavers]] == [asyncio.CancelledError] * leavers
    last = counter.wish()
    await counter.desk.book(last)
    assert await counter.booked_of(wishes) == ids_of(outcomes[leavers:])
    assert await counter.statuses([last]) == ["booked"]
    assert await counter.findings() == []


@pytest.mark.parametrize("leavers", [(0,), (-1,), (0, -1)])
async def test_it_is_the_same_where_a_crowd_between_two_twins_is_told_one_after_the_other(
    honest_pair: Pair, leavers: Sequence[int]
) -> None:
    counter = await _counter_with(HangUpAfter(honest_pair[0]), honest_pair)
    assert isinstance(counter.store, HangUpAfter)
    first, crowd = counter.wish(), [counter.wish() for _ in range(30)]
    twins = [first, counter.again(first)]
    tasks = await counter.begin([first, *crowd, twins[1]])
    counter.store.leavers = [tasks[index] for index in leavers]
    counter.store.open()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[1:-1] == [one.reservation for one in crowd]
    assert {type(outcomes[index]) for index in leavers} == {asyncio.CancelledError}
    stayed = ids_of([outcomes[0], outcomes[-1]])
    await counter.places_come_back(PLACES - 30 - len(stayed))
    assert await counter.booked_of(twins) == stayed
    assert await counter.findings() == []


def ids_of(outcomes: Sequence[object]) -> set[str]:
    """Return the reservations that were told of."""
    return {outcome.id for outcome in outcomes if isinstance(outcome, Reservation)}


async def _counter_with(store: GatedLedger, pair: Pair) -> Counter:
    slot = make_slot(capacity=PLACES, places_left=PLACES)
    await MongoSlots(pair[0]).add_missing([slot])
    counter = Counter(pair, slot)
    counter.store, counter.desk = store, desk_on(store)
    return counter


async def test_a_crowd_that_hangs_up_midway_holds_nothing_after_a_moment(counter: Counter) -> None:
    stay, leave, queue = ([counter.wish() for _ in range(10)] for _ in range(3))
    tasks = await counter.begin([one for both in zip(stay, leave, strict=True) for one in both])
    queued = [asyncio.create_task(counter.desk.book(one)) for one in queue]
    await asyncio.sleep(0)
    await hang_up([*tasks[1::2], *queued[::2]])
    counter.store.open()
    assert [await task for task in tasks[::2]] == [one.reservation for one in stay]
    assert [await task for task in queued[1::2]] == [one.reservation for one in queue[1::2]]
    await counter.places_come_back(PLACES - 15)
    assert await counter.statuses(leave) == ["cancelled"] * 10
    assert await counter.statuses(queue) == [None, "booked"] * 5
    assert await counter.findings() == []


async def test_a_cancellation_nobody_waited_for_takes_place_all_the_same(counter: Counter) -> None:
    booking = counter.wish()
    await counter.desk.book(booking)
    counter.store.begun = 0
    counter.store.close()
    leaving = asyncio.create_task(counter.desk.cancel(make_cancellation(booking.reservation)))
    await counter.store.someone_writes()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    counter.store.open()
    await counter.places_come_back(PLACES)
    assert await counter.statuses([booking]) == ["cancelled"]
    assert await counter.findings() == []
