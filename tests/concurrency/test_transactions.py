"""Transactions that conflict, that are cut short, and that are left open: nothing stays locked, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pymongo
import pytest
from pymongo.errors import PyMongoError

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, TooBusy
from services.common.mongo import CollectionPlan, Mongo, Session
from services.common.turns import Turns
from services.reservations.draft import decide
from services.reservations.ledger import Settlement, SlotLedger
from services.reservations.model import ReservationStatus
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import LedgerMoved, OutcomeUnknown
from tests.concurrency.audit import audit
from tests.concurrency.desks import desk_on
from tests.concurrency.proxy import Wire, wired
from tests.factories import NOW, make_booking, make_cancellation, make_request, make_slot, new_id
from tests.processes import Stores, fresh_database_name

COUNTS = CollectionPlan(name="counts", shard_key="_id")
SESSIONS = 3


class Count:
    """One document that everybody changes."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def value(self, mongo: Mongo) -> int:
        document = await mongo.collection(COUNTS).find_one({"_id": self._key})
        return 0 if document is None else int(document["value"])

    async def raise_by_one(self, mongo: Mongo, then: Callable[[], Awaitable[object]] | None = None) -> None:
        """Raise it in a transaction, and do `then` before that ends."""

        async def work(session: Session) -> None:
            await mongo.collection(COUNTS).update_one({"_id": self._key}, {"$inc": {"value": 1}}, session=session)
            if then is not None:
                await then()

        await mongo.transact(work)


@pytest.fixture
async def count(pair: tuple[Mongo, Mongo]) -> Count:
    key = new_id("cnt")
    await pair[0].collection(COUNTS).insert_one({"_id": key, "value": 0})
    return Count(key)


@pytest.fixture
async def line(stores: Stores, pair: tuple[Mongo, Mongo]) -> AsyncIterator[tuple[Wire, Mongo]]:
    """A third process, whose way to the same database can fail."""
    database = pair[0].collection(COUNTS).database.name
    async with wired(MongoConfig(uri=stores.mongodb_uri, database=database, pool_size=SESSIONS + 2)) as line:
        yield line


async def test_conflicts_are_tried_again_until_all_have_succeeded(pair: tuple[Mongo, Mongo], count: Count) -> None:
    await asyncio.gather(*(count.raise_by_one(pair[number % 2]) for number in range(24)))
    assert await count.value(pair[0]) == 24


async def test_the_driver_alone_leaves_locked_what_a_cut_off_transaction_changed(
    line: tuple[Wire, Mongo], pair: tuple[Mongo, Mongo], count: Count
) -> None:
    wire, mongo = line

    async def work(session: Session) -> None:
        counts = mongo.collection(COUNTS)
        await counts.update_one({}, {"$inc": {"value": 0}}, session=session)
        await counts.update_many({}, {"$inc": {"value": 1}}, session=session)
        wire.freeze()
        await counts.find_one({}, session=session)

    session = mongo.client.start_session()
    with pytest.raises(PyMongoError), pymongo.timeout(1.0):
        await session.with_transaction(work)
    wire.thaw()
    with pytest.raises(DatabaseUnavailable), deadline(2.0):
        await count.raise_by_one(pair[0])
    await pair[0].client.admin.command("killSessions", [session.session_id])
    await count.raise_by_one(pair[0])
    assert await count.value(pair[0]) == 1


async def test_a_transaction_that_time_cuts_off_locks_nothing_once_the_database_answers(
    line: tuple[Wire, Mongo], pair: tuple[Mongo, Mongo], count: Count
) -> None:
    wire, mongo = line

    async def stall() -> None:
        wire.freeze()
        await mongo.ping()

    # More often than there are sessions: each one comes back.
    for _ in range(SESSIONS + 1):
        with pytest.raises(DatabaseUnavailable), deadline(0.5):
            await count.raise_by_one(mongo, then=stall)
        wire.thaw()
        await count.raise_by_one(pair[0])
    await count.raise_by_one(mongo)
    assert await count.value(pair[0]) == SESSIONS + 2


async def test_a_transaction_whose_caller_gives_up_locks_nothing(pair: tuple[Mongo, Mongo], count: Count) -> None:
    for _ in range(10):
        inside = asyncio.Event()

        async def stay(inside: asyncio.Event = inside) -> None:
            inside.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(count.raise_by_one(pair[0], then=stay))
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await count.raise_by_one(pair[1])
    assert await count.value(pair[0]) == 10


async def test_a_process_clears_what_its_killed_predecessor_left_open(
    stores: Stores, pair: tuple[Mongo, Mongo], count: Count
) -> None:
    database = pair[0].collection(COUNTS).database.name
    config = MongoConfig(uri=stores.mongodb_uri, database=database, pool_size=SESSIONS + 2)
    killed, heir, name = connect_mongo(config), connect_mongo(config), new_id("worker")
    await killed.take_over(name)
    inside, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        inside.set()
        await never.wait()

    hanging = asyncio.create_task(count.raise_by_one(killed, then=hang))
    await inside.wait()
    with pytest.raises(DatabaseUnavailable), deadline(1.0):
        await count.raise_by_one(pair[0])
    await heir.take_over(name)
    await count.raise_by_one(pair[0])
    hanging.cancel()
    assert await count.value(pair[0]) == 1
    await heir.close()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    await killed.close()


async def test_when_no_session_is_idle_in_time_the_database_counts_as_away(line: tuple[Wire, Mongo]) -> None:
    _, mongo = line
    inside, done = asyncio.Semaphore(0), asyncio.Event()

    async def stay() -> None:
        inside.release()
        await done.wait()

    busy = [asyncio.create_task(Count(new_id("cnt")).raise_by_one(mongo, then=stay)) for _ in range(SESSIONS)]
    for _ in busy:
        await inside.acquire()
    with pytest.raises(DatabaseUnavailable), deadline(0.3):
        await Count(new_id("cnt")).raise_by_one(mongo)
    done.set()
    await asyncio.gather(*busy)
    await Count(new_id("cnt")).raise_by_one(mongo)


async def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back() -> None:
    turns = Turns(patience_s=0.05)
    async with turns.turn("slot"):
        with pytest.raises(TooBusy):
            async with turns.turn("slot"):
                pass
    async with turns.turn("slot"):
        with pytest.raises(TooBusy), deadline(0.05):
            async with Turns.turn(turns, "slot"):
                pass
    async with turns.turn("slot"):
        pass
    assert turns._waiting == {}


@pytest.mark.parametrize("command", ["insert", "update", "commitTransaction"])
async def test_a_change_whose_reply_gets_lost_is_kept_whole_and_told(stores: Stores, command: str) -> None:
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=SESSIONS + 2)
    async with wired(config) as (wire, mongo):
        await mongo.create_indexes(COLLECTIONS)
        desk, reservations = desk_on(MongoLedger(mongo)), MongoReservations(mongo)
        for request in (None, make_request()):
            slot = make_slot(capacity=2, places_left=2)
            await MongoSlots(mongo).add_missing([slot])
            booking = make_booking(slot, party=2, request=request)
            reservation = booking.reservation
            lost = asyncio.Event()
            wire.lose_reply_to(command, lost.set)
            assert await desk.book(booking) == reservation
            assert lost.is_set()
            assert await reservations.find(reservation.id, reservation.citizen_id) == reservation
            lost.clear()
            wire.lose_reply_to(command, lost.set)
            await desk.cancel(make_cancellation(reservation))
            assert lost.is_set()
            kept = await reservations.find(reservation.id, reservation.citizen_id)
            assert kept is not None
            assert kept.status is ReservationStatus.CANCELLED
        assert await audit(mongo.client[config.database]) == []


@pytest.mark.parametrize(
    ("command", "failure", "kept"), [("insert", DatabaseUnavailable, 0), ("commitTransaction", OutcomeUnknown, 1)]
)
async def test_a_write_that_is_cut_off_says_whether_it_may_have_taken_effect(
    line: tuple[Wire, Mongo], pair: tuple[Mongo, Mongo], command: str, failure: type[Exception], kept: int
) -> None:
    wire, mongo = line
    slot = make_slot()
    await MongoSlots(mongo).add_missing([slot])
    ledgers = {slot.id: SlotLedger.at_first(slot)}
    _, settlements = decide(ledgers, [make_booking(slot)], NOW)
    wire.lose_reply_to(command, wire.freeze)
    with pytest.raises(failure), deadline(1.0):
        await MongoLedger(mongo).write(settlements, NOW)
    wire.thaw()
    store = MongoLedger(pair[0])
    ledgers[slot.id].read(*(await store.read({slot.id: 0}))[slot.id])
    assert ledgers[slot.id].slot.version == kept
    # Nothing of it is in anybody's way.
    _, settlements = decide(ledgers, [make_booking(slot)], NOW)
    await _write_until_free(store, settlements)
    assert (await store.read({slot.id: 0}))[slot.id][0].places_left == slot.capacity - kept - 1


async def _write_until_free(store: MongoLedger, settlements: Sequence[Settlement]) -> None:
    """Write as soon as what was cut off has been cleared away."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await store.write(settlements, NOW)
            except LedgerMoved:
                continue
