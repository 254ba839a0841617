"""Logs in the real database: tiles, the right edge, and the size that guards every append."""

import itertools
import secrets

import pytest

from services.common.mongo import CollectionPlan, Mongo, Session
from services.transparency.errors import LogDamaged
from services.transparency.merkle import leaf_hash, root_of
from services.transparency.mongo import LOG_TILES, MongoLog
from services.transparency.ports import LogMoved
from services.transparency.tiles import Growth, Tail, grow, split_hashes
from tests.contract.documents import Documents

FACTS = CollectionPlan(name="facts_of_a_test", shard_key="_id")
_numbers = itertools.count(1)


@pytest.fixture
def log(mongo: Mongo) -> MongoLog:
    return MongoLog(mongo)


@pytest.fixture
def name() -> str:
    return f"log-{next(_numbers)}"


def commitments(count: int) -> list[bytes]:
    return [secrets.token_bytes(32) for _ in range(count)]


async def append(mongo: Mongo, log: MongoLog, growth: Growth) -> None:
    async def work(session: Session) -> None:
        await log.append(growth, session)

    await mongo.transact(work)


async def test_a_log_that_nobody_has_begun_is_empty(log: MongoLog, name: str) -> None:
    assert await log.size(name) == 0
    assert await log.tail(name) == Tail(log=name, size=0, edge=())
    assert await log.tiles(name, [(0, 0)]) == {}
    assert await log.tiles(name, []) == {}


async def test_what_was_appended_comes_back_as_it_was_made(mongo: Mongo, log: MongoLog, name: str) -> None:
    leaves: list[bytes] = []
    for count in (1, 1, 250, 3, 1, 256, 2000, 1):
        new = commitments(count)
        growth = grow(await log.tail(name), new)
        await append(mongo, log, growth)
        leaves += [leaf_hash(one) for one in new]
        assert await log.tail(name) == growth.tail
        assert growth.tail.root == root_of(leaves)
    found = await log.tiles(name, [(0, number) for number in range(10)] + [(1, 0)])
    assert [one for number in range(10) for one in split_hashes(found[0, number])] == leaves[:2560]
    assert len(split_hashes(found[1, 0])) == len(leaves) // 256


async def test_logs_do_not_know_of_each_other(mongo: Mongo, log: MongoLog, name: str) -> None:
    await append(mongo, log, grow(await log.tail(name), commitments(3)))
    await append(mongo, log, grow(await log.tail(name + "x"), commitments(5)))
    assert (await log.tail(name)).size == 3
    assert (await log.tail(name + "x")).size == 5


@pytest.mark.parametrize("before", [0, 1, 256])
async def test_an_append_to_what_the_log_no_longer_is_leaves_no_trace(
    mongo: Mongo, log: MongoLog, name: str, documents: Documents, before: int
) -> None:
    if before:
        await append(mongo, log, grow(await log.tail(name), commitments(before)))
    tail = await log.tail(name)
    first, second = grow(tail, commitments(2)), grow(tail, commitments(300))
    await append(mongo, log, first)
    tiles = await documents.find(LOG_TILES.name)
    facts = mongo.collection(FACTS)

    async def work(session: Session) -> None:
        await facts.insert_one({"_id": name}, session=session)
        await log.append(second, session)

    with pytest.raises(LogMoved):
        await mongo.transact(work)
    assert await log.tail(name) == first.tail
    assert await documents.find(LOG_TILES.name) == tiles
    assert await facts.find_one({"_id": name}) is None


@pytest.mark.parametrize("change", ["missing", "short"])
async def test_a_damaged_edge_is_noticed(mongo: Mongo, log: MongoLog, name: str, change: str) -> None:
    await append(mongo, log, grow(await log.tail(name), commitments(300)))
    tiles = mongo.collection(LOG_TILES)
    if change == "missing":
        await tiles.delete_one({"_id": f"{name}:0:1"})
    else:
        await tiles.update_one({"_id": f"{name}:0:1"}, {"$set": {"hashes": bytes(32)}})
    with pytest.raises(LogDamaged):
        await log.tail(name)
