"""Several processes append to one log at once: no hole, no duplicate, and every fact has its leaf."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence

import pytest

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from services.common.mongo import CollectionPlan, Mongo, Session
from services.transparency.merkle import leaf_hash, root_of
from services.transparency.mongo import MongoLog
from services.transparency.ports import LogMoved
from services.transparency.tiles import Growth, grow, split_hashes
from tests.processes import Stores

FACTS = CollectionPlan(name="facts_of_a_test", shard_key="_id")
PROCESSES = 4
APPENDS = 12
SIZES = (1, 3, 100, 256)


class Unguarded(MongoLog):
    """Appends to whatever the log has become since it was looked at."""

    async def _advance(self, growth: Growth, session: Session) -> None:
        head = {"$set": {"size": growth.tail.size}}
        await self._heads.update_one({"_id": growth.tail.log}, head, upsert=True, session=session)


@pytest.fixture
async def processes(stores: Stores, database_name: str) -> AsyncIterator[Sequence[Mongo]]:
    config = MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=4)
    opened = [connect_mongo(config) for _ in range(PROCESSES)]
    yield opened
    for mongo in opened:
        await mongo.close()


async def append(mongo: Mongo, log: MongoLog, growth: Growth, leaves: Sequence[bytes]) -> None:
    """Append as part of a transaction that also keeps which leaf has which index."""

    async def work(session: Session) -> None:
        facts = [
            {"log": growth.tail.log, "index": growth.first_index + at, "leaf": leaf_hash(leaf)}
            for at, leaf in enumerate(leaves)
        ]
        await mongo.collection(FACTS).insert_many(facts, session=session)
        await log.append(growth, session)

    await mongo.transact(work)


async def audit(mongo: Mongo, name: str) -> list[str]:
    """Return what is wrong with a log: facts without their own leaf, indexes twice or never."""
    facts = await mongo.collection(FACTS).find({"log": name}).sort("index").to_list()
    log = MongoLog(mongo)
    tail = await log.tail(name)
    tiles = await log.tiles(name, [(0, number) for number in range(tail.size // 256 + 1)])
    leaves = [one for number in sorted(tiles) for one in split_hashes(tiles[number])][: tail.size]
    found = []
    if [fact["index"] for fact in facts] != list(range(tail.size)):
        found.append("indexes")
    if [fact["leaf"] for fact in facts] != leaves:
        found.append("leaves")
    if root_of(leaves) != tail.root:
        found.append("root")
    return found


@pytest.mark.parametrize(("kind", "wrong"), [(Unguarded, ["indexes", "leaves"]), (MongoLog, [])])
@pytest.mark.parametrize("begun", [False, True])
async def test_of_two_who_saw_the_same_log_one_is_told_that_it_moved(
    processes: Sequence[Mongo], kind: type[MongoLog], wrong: list[str], *, begun: bool
) -> None:
    name = f"{kind.__name__}-{begun}"
    if begun:
        leaf = secrets.token_bytes(32)
        await append(
            processes[0], MongoLog(processes[0]), grow(await MongoLog(processes[0]).tail(name), [leaf]), [leaf]
        )
    tail = await MongoLog(processes[0]).tail(name)
    outcomes = []
    for mongo in processes[:2]:
        leaf = secrets.token_bytes(32)
        try:
            await append(mongo, kind(mongo), grow(tail, [leaf]), [leaf])
        except LogMoved:
            outcomes.append("moved")
        else:
            outcomes.append("appended")
    assert outcomes == ["appended", "appended" if wrong else "moved"]
    assert await audit(processes[0], name) == wrong


async def test_many_appends_of_several_processes_at_once_make_one_log(processes: Sequence[Mongo]) -> None:
    moved = 0

    async def write(mongo: Mongo, number: int) -> None:
        nonlocal moved
        log = MongoLog(mongo)
        for turn in range(APPENDS):
            leaves = [secrets.token_bytes(32) for _ in range(SIZES[(turn + number) % len(SIZES)])]
            while True:
                try:
                    await append(mongo, log, grow(await log.tail("rush"), leaves), leaves)
                except LogMoved:
                    moved += 1
                else:
                    break

    await asyncio.gather(*(write(mongo, number) for number, mongo in enumerate(processes)))
    assert moved  # else nobody met anybody
    assert await MongoLog(processes[0]).size("rush") == PROCESSES * APPENDS * sum(SIZES) // len(SIZES)
    assert await audit(processes[0], "rush") == []
