"""The database stops or crawls in the middle of a batch: all are told in time, and no place is held by nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, Unavailable
from services.common.mongo import Mongo
from services.reservations import desk as desk_module
from services.reservations.changes import NewBooking
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ledger import AlreadyAnswered, Settlement
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS, SLOTS
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import OutcomeUnknown
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on, end
from tests.concurrency.proxy import Wire, wired
from tests.factories import make_booking, make_cancellation, make_request, make_slot, new_id
from tests.processes import Stores, fresh_database_name

PLACES = 60
CROWD = 20
PATIENCE_S = 0.5
BATCH_WITHIN_S = 1.0
SETTLED_WITHIN_S = 30.0


class NotedLedger(MongoLedger):
    """Notes which writes ended in uncertainty, and the first look after that."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        self.uncertain = asyncio.Event()
        self.tested = asyncio.Event()

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        try:
            await super().write(settlements, now)
        except OutcomeUnknown:
            self.uncertain.set()
            raise
        finally:
            if not any(one.facts.bookings for one in settlements):
                self.tested.set()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A slot; a process whose way to the database can fail, and one whose way cannot."""

    wire: Wire
    store: NotedLedger
    desk: ForwardingDesk
    slot: Slot
    mongo: Mongo
    other_desk: ForwardingDesk

    def wishes(self, count: int = CROWD) -> list[NewBooking]:
        return [make_booking(self.slot, request=make_request(), citizen_id=new_id("cit")) for _ in range(count)]

    def again(self, booking: NewBooking) -> NewBooking:
        """Return the same request as it comes again."""
        reservation = booking.reservation
        return make_booking(
            self.slot, request=booking.request, citizen_id=reservation.citizen_id, visitors=reservation.visitors
        )

    async def first_answer(self, booking: NewBooking) -> Reservation | None:
        assert booking.request is not None
        reservations = MongoReservations(self.mongo)
        return await reservations.claim_first_answer(booking.request, booking.reservation.citizen_id)

    async def booked(self) -> set[str]:
        found = self.mongo.collection(RESERVATIONS).find({"slot_id": self.slot.id, "status": "booked"})
        return {one["_id"] async for one in found}

    async def settle(self, held: set[str]) -> None:
        """Wait until exactly these hold places, and the books agree."""
        until = asyncio.get_running_loop().time() + SETTLED_WITHIN_S
        while (wrong := await self._differences(held)) and asyncio.get_running_loop().time() < until:
            pass
        assert wrong == []

    async def _differences(self, held: set[str]) -> list[str]:
        booked = await self.booked()
        slots = self.mongo.collection(SLOTS)
        document = await slots.find_one({"_id": self.slot.id})
        assert document is not None
        return [
            *(f"{one} holds a place" for one in booked - held),
            *(f"{one} holds no place" for one in held - booked),
            *([] if document["places_left"] == PLACES - len(held) else [f"{document['places_left']} places are left"]),
            *(await audit(slots.database)),
        ]


@pytest.fixture
async def place(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(desk_module, "BATCH_WITHIN_S", BATCH_WITHIN_S)
    monkeypatch.setattr(desk_module, "GIVE_BACK_AGAIN_S", 0.1)
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=6)
    direct, slot = connect_mongo(config), make_slot(capacity=PLACES, places_left=PLACES)
    await direct.create_indexes(COLLECTIONS)
    await MongoSlots(direct).add_missing([slot])
    async with wired(config) as (wire, mongo):
        store = NotedLedger(mongo)
        desk, other_desk = desk_on(store), desk_on(MongoLedger(direct))
        assert await desk.find_slot(slot.id) == slot
        yield Place(wire=wire, store=store, desk=desk, slot=slot, mongo=direct, other_desk=other_desk)
        end(desk)
        end(other_desk)
    await direct.close()


async def told_to_come_back(book: Callable[[NewBooking], Awaitable[object]], wishes: Sequence[NewBooking]) -> None:
    """Have all of them book, who wait for PATIENCE_S at most, and are all told to come back."""
    with deadline(PATIENCE_S):
        outcomes = await asyncio.gather(*(book(wish) for wish in wishes), return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Unavailable)] == []
    assert any(isinstance(outcome, DatabaseUnavailable) for outcome in outcomes)


@pytest.mark.parametrize("thawed_after_s", [0.0, BATCH_WITHIN_S])
@pytest.mark.parametrize("command", ["update", "insert", "commitTransaction"])
async def test_a_batch_that_froze_holds_no_place_and_can_be_asked_for_again(
    place: Place, command: str, thawed_after_s: float
) -> None:
    wishes = place.wishes()
    place.wire.lose_reply_to(command, place.wire.freeze)
    await told_to_come_back(place.desk.book, wishes)
    await asyncio.sleep(thawed_after_s)
    place.wire.thaw()
    await place.settle(set())
    again = [place.again(wish) for wish in wishes]
    outcomes = await asyncio.gather(*(place.desk.book(wish) for wish in again))
    assert outcomes == [wish.reservation for wish in again]
    await place.settle({wish.reservation.id for wish in again})


@pytest.mark.parametrize("thawed_after_s", [0.0, BATCH_WITHIN_S])
async def test_of_a_batch_that_froze_those_who_ask_elsewhere_keep_their_places(
    place: Place, thawed_after_s: float
) -> None:
    wishes = place.wishes()
    place.wire.lose_reply_to("commitTransaction", place.wire.freeze)
    await told_to_come_back(place.desk.book, wishes)
    insistent = wishes[::4]
    for wish in insistent:
        with pytest.raises(AlreadyAnswered):
            await place.other_desk.book(place.again(wish))
        assert await place.first_answer(wish) == wish.reservation
    await asyncio.sleep(thawed_after_s)
    place.wire.thaw()
    await place.settle({wish.reservation.id for wish in insistent})


async def test_a_commit_that_comes_late_brings_no_place_that_nobody_asked_for_any_more(place: Place) -> None:
    """The process looks, finds nothing to give back, and only then the database hears the commit."""
    (wish,) = place.wishes(1)
    place.wire.hold("commitTransaction", "killSessions")
    await told_to_come_back(place.desk.book, [wish])
    async with asyncio.timeout(SETTLED_WITHIN_S):
        await place.store.uncertain.wait()
        await place.store.tested.wait()
    assert await place.booked() == set()
    place.wire.release()
    # Whatever the database made of it, it stays so: no place is taken, and it can be asked for again.
    await place.settle(set())
    again = place.again(wish)
    assert await place.desk.book(again) == again.reservation
    await place.settle({again.reservation.id})


async def test_a_slow_database_makes_nothing_wrong(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "BATCH_WITHIN_S", 20.0)
    place.wire.slow_down(0.02)
    wishes = place.wishes(2 * CROWD)

    async def book_and_perhaps_cancel(number: int, wish: NewBooking) -> set[str]:
        desks = (place.desk, place.other_desk)
        assert await desks[number % 2].book(wish) == wish.reservation
        if number % 5:
            return {wish.reservation.id}
        assert await desks[number % 3 % 2].cancel(make_cancellation(wish.reservation))
        return set()

    kept = await asyncio.gather(*(book_and_perhaps_cancel(*one) for one in enumerate(wishes)))
    await place.settle(set().union(*kept))
