"""Two followers of the main system at once: the newer version stays, because each writes under its fence."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.patrols.outlets.mongo import MongoOutlets
from services.sync.inbound.following import Following
from services.sync.inbound.model import Arrival, ReferenceKind
from services.venues.mongo import FENCE, MongoVenues
from tests.inbound import DIVISION, OUTLET, SOUND, VENUE, Office, Town
from tests.patrols import ensure_whole_log
from tests.processes import Stores


@pytest.fixture
async def town(stores: Stores, database_name: str) -> AsyncIterator[Town]:
    mongo = connect_mongo(MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=8))
    await mongo.create_indexes(COLLECTIONS)
    for name in await mongo.client[database_name].list_collection_names():
        await mongo.client[database_name][name].delete_many({})
    office = Office(mongo, f"{database_name}_main")
    await office.empty()
    town = Town(mongo=mongo, office=office)
    await office.say(DIVISION, "d-1", 1)
    await office.say(VENUE, "v-1", 1)
    await office.say(OUTLET, "o-1", 1)
    await town.compare()
    yield town
    await mongo.close()


class _Held:
    """Waits before it writes, until told."""

    def __init__(self, following: Following, kind: ReferenceKind) -> None:
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        receivers = following._applying._receivers
        self._inner = receivers[kind]
        receivers[kind] = self
        self._once = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def receive(self, arrival: Arrival) -> None:
        if self._once:
            self._once = False
            self.reached.set()
            await self.go.wait()
        await self._inner.receive(arrival)


@pytest.mark.parametrize("kind", [VENUE, OUTLET])
async def test_an_old_version_that_was_held_up_does_not_come_back(town: Town, kind: ReferenceKind) -> None:
    key = "v-1" if kind is VENUE else "o-1"
    slow, quick = town.following(), town.following()
    held = _Held(slow, kind)
    await town.office.say(kind, key, 2, name="第二版")
    late = asyncio.create_task(slow.compare())
    await held.reached.wait()
    await town.office.say(kind, key, 3, name="第三版")
    await quick.compare()
    held.go.set()
    await late
    assert await _name(town, kind) == "第三版"
    assert (await town.link(kind, key)).version == 3
    assert await town.conflicts() == []


async def test_without_the_fence_it_would(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def claim(collection: Any, document: Any, fields: Any, fence: int) -> bool:
        changes = {name: document[name] for name in fields} | {FENCE: fence}
        await collection.update_one({"_id": document["_id"]}, {"$set": changes}, upsert=True)
        return True

    monkeypatch.setattr("services.venues.mongo._claim", claim)
    slow, quick = town.following(), town.following()
    held = _Held(slow, VENUE)
    await town.office.say(VENUE, "v-1", 2, name="第二版")
    late = asyncio.create_task(slow.compare())
    await held.reached.wait()
    await town.office.say(VENUE, "v-1", 3, name="第三版")
    await quick.compare()
    held.go.set()
    await late
    assert await _name(town, VENUE) == "第二版"


async def test_many_at_once_make_one_of_each(town: Town) -> None:
    for number in range(10):
        licence = {**SOUND[OUTLET]["licence"], "number": f"示例-1{number:03}"}
        await town.office.say(OUTLET, f"n-{number}", 1, licence=licence)
        await town.office.say(VENUE, f"n-{number}", 1, name=f"示例寺{number}")
    await asyncio.gather(*(town.following().compare() for _ in range(3)))
    assert len(await MongoVenues(town.mongo).all_venues()) == 11
    links = [await town.link(OUTLET, f"n-{number}") for number in range(10)]
    assert len(await MongoOutlets(town.mongo).several([one.local_id for one in links])) == 10
    assert len(await ensure_whole_log(town.mongo)) == 11
    assert await town.conflicts() == []


async def _name(town: Town, kind: ReferenceKind) -> str:
    if kind is VENUE:
        (venue,) = await MongoVenues(town.mongo).all_venues()
        return venue.name
    outlet = await MongoOutlets(town.mongo).find((await town.link(OUTLET, "o-1")).local_id)
    assert outlet is not None
    return outlet.name
