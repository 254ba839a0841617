"""Two relays deliver the same at once, as when a leader was silent and is not dead: both sides end as one would do."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.common.mongo import Mongo
from services.sync.envelopes import Envelope
from services.sync.shelves.model import Put
from services.sync.shelves.mongo import MongoShelf
from tests.concurrency.conftest import Pair
from tests.relays import KIND, SLOTS_THERE, Office, make_slot_record
from tests.waiting import until

RECORDS = 12
CHANGES = 60


class NaiveShelf(MongoShelf):
    """Lays down whatever comes, as one does that trusts the order in which it is told."""

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        for one in envelopes:
            document = self._layout.document(one, self._clock.now())
            await self._mongo.collection(SLOTS_THERE).replace_one({"_id": one.id}, document, upsert=True)
        return [Put.TAKEN for _ in envelopes]


@pytest.mark.parametrize(("kind", "version"), [(NaiveShelf, 1), (MongoShelf, 2)])
async def test_a_relay_that_was_stopped_for_a_moment_overwrites_nothing_newer(
    pair: Pair, kind: type[MongoShelf], version: int
) -> None:
    office, other = await _two_offices(pair)
    record = make_slot_record()
    await office.change(record)
    stopped, goes_on = asyncio.Event(), asyncio.Event()

    async def stop_once() -> None:
        """Stop after the record was read, and before it is laid down."""
        stopped.set()
        await goes_on.wait()

    office.told.step = _nothing
    slow = office.shelf(office.target._layout, _stopping(kind, stop_once))
    first = asyncio.create_task(office.relay(target=slow).work_once())
    await stopped.wait()
    await other.change(replace(record, version=2, data={**record.data, "places_left": 0}))
    await other.deliver(other.relay(target=other.shelf(other.target._layout, kind)))
    goes_on.set()
    await first
    assert (await office.there())[record.id]["version"] == version
    # What is marked is the newer: comparing both shelves would find the fault of the naive one.
    assert (await office.marked())[f"{KIND}:{record.id}"]["version"] == 2


def _stopping(kind: type[MongoShelf], stop: object) -> type[MongoShelf]:
    class Stopping(kind):  # type: ignore[misc,valid-type]
        async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
            await stop()  # type: ignore[operator]
            return list(await super().put(envelopes))

    return Stopping


async def _nothing() -> None:
    """Go on."""


async def _two_offices(pair: Pair) -> tuple[Office, Office]:
    """Return two processes that deliver the same."""
    office = await Office.open(pair[0])
    return office, Office(pair[1], office.source)


async def test_two_relays_at_once_leave_what_one_leaves(pair: Pair) -> None:
    luck = random.Random(20261122)
    offices = await _two_offices(pair)
    records = [make_slot_record() for _ in range(RECORDS)]

    async def linger() -> None:
        await asyncio.sleep(luck.random() * 0.01)

    for office in offices:
        office.meet_with(linger)
    over = asyncio.Event()
    relaying = [asyncio.create_task(_relay_until(over, office)) for office in offices]
    for _ in range(CHANGES):
        at = luck.randrange(RECORDS)
        record = records[at]
        records[at] = replace(
            record, version=record.version + 1, data={**record.data, "places_left": luck.randint(0, 9)}
        )
        await offices[0].change(*{one.id: one for one in (records[at], luck.choice(records))}.values())

    async def nothing_waits() -> bool:
        return not await offices[0].waiting()

    await until(nothing_waits, within_s=60)
    over.set()
    await asyncio.gather(*relaying)
    together = await offices[0].state()
    alone = await _delivered_by_one(pair[0], offices[0])
    assert together == alone
    assert {one["version"] for one in together[0].values()} != {1}


async def _relay_until(over: asyncio.Event, office: Office) -> None:
    relay = office.relay()
    while not over.is_set():
        await relay.work_once()
        await asyncio.sleep(0)


async def _delivered_by_one(mongo: Mongo, office: Office) -> Sequence[object]:
    """Return what one relay leaves that delivers everything as it is in the end."""
    alone = await Office.open(mongo, list(office.source.records.values()))
    await alone.tell(*office.source.records)
    await alone.deliver()
    return await alone.state()
