"""Several processes offer places at once: every place once, in the order of the queue, and everybody is told once."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from scripts.waitlist.verify_waitlist import check
from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.clock import SystemClock
from services.common.errors import TooBusy
from services.common.mongo import Mongo
from services.reservations.changes import Cancellation, Quota, SlotChange
from services.reservations.errors import NotHeld, PlacesFree
from services.reservations.model import EndReason, Reservation
from services.reservations.mongo.reservations import MongoReservations
from tests.concurrency.naive_waitlist import NaiveWorker
from tests.contract.documents import Documents
from tests.processes import Stores
from tests.waitlist import Line, log_page, worker_on


@pytest.fixture
async def mongo(stores: Stores, database_name: str) -> AsyncIterator[Mongo]:
    mongo = connect_mongo(MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=16))
    await mongo.create_indexes(COLLECTIONS)
    yield mongo
    await mongo.close()


@pytest.fixture
def line(mongo: Mongo, database_name: str) -> Line:
    return Line(mongo=mongo, documents=Documents(mongo, database_name), clock=SystemClock())


async def test_two_naive_workers_offer_twice(line: Line) -> None:
    """Without this nothing below would show anything."""
    await line.open(places=1)
    first, _ = await line.join(1, 1)
    await line.free()
    together = asyncio.Barrier(2)
    workers = [NaiveWorker(mongo=line.mongo, others=together) for _ in range(2)]
    await asyncio.gather(*(one.look(line.slot) for one in workers))
    assert await line.places() == (-1, 0)  # one place, two offers of it
    assert await line.offered() == [first.id, first.id]


@pytest.mark.parametrize("workers", [2, 3])
async def test_workers_at_once_offer_every_place_once_and_in_order(line: Line, workers: int) -> None:
    await line.open(places=12)
    sizes = [2, 1, 3, 2, 4, 1, 2, 1]
    parties = await line.join(*sizes)
    await line.free()
    crew = [worker_on(line.mongo, SystemClock()) for _ in range(workers)]
    for _ in range(3):
        await asyncio.gather(*(one.look_everywhere() for one in crew))
    held = {1, 2, 3, 4, 5}
    assert await line.standing() == {n: "held" if n in held else "waiting" for n in range(1, 9)}
    assert await line.places() == (0, 3)
    assert sorted(await line.offered()) == sorted(one.id for one in parties[:5])
    await log_agrees(line)


async def test_in_the_middle_of_everything_nothing_is_offered_twice(line: Line) -> None:
    """Three workers, people who take, decline, join and leave, quotas that grow, offers that lapse; then the sum."""
    places = 10
    await line.open(places=places)
    waiting = await line.join(*(random.Random(7).choices((1, 2, 3), k=24)))
    crew = [worker_on(line.mongo, SystemClock()) for _ in range(3)]
    await line.free()
    chance = random.Random(11)
    for turn in range(8):
        await asyncio.gather(*(one.look_everywhere() for one in crew), *(act(line, one, chance) for one in waiting))
        with suppress(PlacesFree):  # the queue may be empty by now
            waiting += await line.join(1)
        if turn % 3 == 2:
            places += 2
            await line.desk.change_slot(SlotChange(slot_id=line.slot.id, quota=Quota(capacity=places, set_aside=None)))
    await asyncio.sleep(1.1)
    await asyncio.gather(*(one.look_everywhere() for one in crew))
    kept = [await line.get(one) for one in waiting]
    held = [one for one in kept if one.status in {"held", "booked"}]
    left = [one for one in kept if one.status == "waiting"]
    free, queue = await line.places()
    assert free == places - sum(one.party_size for one in held)
    assert queue == len(left)
    assert all(one.party_size > free for one in left)
    assert len(await line.offered()) == len(set(await line.offered()))
    assert {one.id for one in held} <= set(await line.offered())
    await log_agrees(line)


async def act(line: Line, party: Reservation, chance: random.Random) -> None:
    """Do something that a citizen, or the clock, may do with what the party has now."""
    found = await MongoReservations(line.mongo).find(party.id, party.citizen_id)
    assert found is not None
    what = chance.random()
    try:
        if found.status == "held" and what < 0.3:
            await line.taking.take(found.id, found.citizen_id)
        elif found.status == "held" and what < 0.6:
            await line.desk.cancel(
                Cancellation(reservation=found, cancelled_at=line.clock.now(), event=None, reason=EndReason.LAPSED)
            )
        elif found.status in {"held", "waiting"} and what > 0.9:
            await line.leaving.leave(found.id, found.citizen_id)
    except (NotHeld, TooBusy):
        pass  # somebody was quicker


async def log_agrees(line: Line) -> None:
    page = await line.reading.log(line.slot.id, 200, None)
    assert page.next is None
    assert check([log_page(line.slot.id, page.entries)], []) == []
