"""How items were checked, in the real database; and counting on top of it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from services.common.clock import Clock, SystemClock
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.items.model import Item
from services.items.public import rules
from services.items.public.counting import WRITTEN_TOGETHER, Counting
from services.items.public.model import Checks, Sighting, Visit
from services.items.public.mongo import MongoChecks
from services.items.public.ports import CheckStore, ItemsById
from tests.contract.documents import Documents
from tests.factories import NOW, new_id
from tests.unit.test_public_check_rules import BEIJING, ITEM, SHANGHAI

CHECKS = 40
VISIT = Visit(address="192.0.2.1", cell=None)


def once(minutes: int = 0, **more: Sighting) -> Checks:
    at = NOW + timedelta(minutes=minutes)
    return Checks(first_checked_at=at, count=1, recent=(at,), last_seen=more.get("last_seen"))


class Shelf:
    """Items that exist by being asked for, and how often somebody looked for any."""

    def __init__(self) -> None:
        self.looks: list[int] = []

    async def items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        self.looks.append(len(item_ids))
        await asyncio.sleep(0.002)
        return {one: replace(ITEM, id=one) for one in item_ids if one.startswith("itm_")}


class Troubled(MongoChecks):
    """A store that refuses the first writes."""

    refusals = 1

    async def add(self, more: Mapping[str, Checks]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseUnavailable
        await super().add(more)


class NoTurn(asyncio.Lock):
    """A lock that lets everybody in."""

    async def acquire(self) -> Literal[True]:
        return True

    def release(self) -> None:
        pass


class Hasty(Counting):
    """Reads while it writes."""

    def __init__(self, *, items: ItemsById, store: CheckStore, clock: Clock) -> None:
        super().__init__(items=items, store=store, clock=clock)
        self._turn = NoTurn()


@pytest.fixture
def store(mongo: Mongo) -> MongoChecks:
    return MongoChecks(mongo)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def counting(store: MongoChecks, shelf: Shelf) -> Counting:
    return Counting(items=shelf, store=store, clock=SystemClock())


async def test_what_was_never_checked_is_not_found(store: MongoChecks) -> None:
    assert await store.find([new_id("itm")]) == {}


async def test_what_several_processes_add_adds_up(store: MongoChecks) -> None:
    item_id = new_id("itm")
    parts = [once(at, last_seen=Sighting(cell=SHANGHAI, at=NOW + timedelta(minutes=at))) for at in range(30)]
    await asyncio.gather(*(store.add({item_id: part}) for part in parts))
    found = (await store.find([item_id]))[item_id]
    assert (found.count, found.first_checked_at, len(found.recent)) == (30, NOW, rules.RECENT)
    assert found.last_seen is not None
    assert found.last_seen.cell == SHANGHAI


async def test_a_position_and_a_travel_stay_until_there_is_a_newer(store: MongoChecks) -> None:
    item_id = new_id("itm")
    travelled = replace(once(1, last_seen=Sighting(cell=BEIJING, at=NOW)), travelled_at=NOW)
    for part in (once(), travelled, once(2)):
        await store.add({item_id: part})
    found = (await store.find([item_id]))[item_id]
    assert (found.last_seen, found.travelled_at) == (Sighting(cell=BEIJING, at=NOW), NOW)


async def test_a_document_holds_counts_and_instants_and_nothing_of_anybody(
    store: MongoChecks, documents: Documents
) -> None:
    item_id = new_id("itm")
    checks = rules.counted(once(last_seen=Sighting(cell=SHANGHAI, at=NOW)), replace(VISIT, cell=BEIJING), NOW)
    await store.add({item_id: checks})
    document = await documents.get("item_checks", item_id)
    assert document == {
        "_id": item_id,
        "first_checked_at": NOW,
        "count": 1,
        "recent": [NOW],
        "last_seen": {"cell": [BEIJING.lng, BEIJING.lat], "at": NOW},
        "travelled_at": NOW,
    }


async def test_a_rush_on_one_item_is_few_looks_and_one_write(
    counting: Counting, store: MongoChecks, shelf: Shelf
) -> None:
    item_id = new_id("itm")
    seen = await asyncio.gather(*(counting.see(item_id, VISIT) for _ in range(2_000)))
    assert sorted(one.checks.count for one in seen if one) == list(range(1, 2_001))
    assert len(shelf.looks) <= 10
    assert set(shelf.looks) == {1}
    assert await store.find([item_id]) == {}
    await counting.write()
    assert (await store.find([item_id]))[item_id].count == 2_000


async def counts_while_writing(counting: Counting, item_id: str) -> list[int]:
    """Return what each of forty checks was told, one after the other, while others write all the time."""
    counts: list[int] = []

    async def write_again_and_again() -> None:
        while len(counts) < CHECKS:
            await counting.write()
            await asyncio.sleep(0)

    writing = asyncio.create_task(write_again_and_again())
    for _ in range(CHECKS):
        seen = await counting.see(item_id, VISIT)
        counts.append(seen.checks.count if seen else 0)
    await writing
    return counts


async def test_no_check_is_counted_twice_or_not_at_all_while_others_are_written(counting: Counting) -> None:
    assert await counts_while_writing(counting, new_id("itm")) == list(range(1, CHECKS + 1))


async def test_without_taking_turns_checks_would_be_lost_or_seen_twice(store: MongoChecks, shelf: Shelf) -> None:
    hasty = Hasty(items=shelf, store=store, clock=SystemClock())
    assert await counts_while_writing(hasty, new_id("itm")) != list(range(1, CHECKS + 1))


async def test_looking_does_not_count_and_what_is_no_item_is_not_kept(counting: Counting, store: MongoChecks) -> None:
    item_id, nothing = new_id("itm"), new_id("code")
    seen = await counting.see(item_id, None)
    assert seen is not None
    assert (seen.checks.count, seen.checks.first_checked_at) == (0, None)
    assert await counting.see(nothing, VISIT) is None
    await counting.write()
    assert await store.find([item_id, nothing]) == {}


async def test_what_the_database_did_not_take_is_written_later(mongo: Mongo, shelf: Shelf) -> None:
    store = Troubled(mongo)
    counting = Counting(items=shelf, store=store, clock=SystemClock())
    item_ids: Sequence[str] = [new_id("itm") for _ in range(WRITTEN_TOGETHER + 1)]
    await asyncio.gather(*(counting.see(one, VISIT) for one in item_ids))
    await counting.write()
    assert await store.find(item_ids) == {}
    await counting.write()
    assert {one.count for one in (await store.find(item_ids)).values()} == {1}
    assert len(await store.find(item_ids)) == len(item_ids)


async def test_the_last_counts_are_written_when_the_work_ends(counting: Counting, store: MongoChecks) -> None:
    item_id = new_id("itm")
    work = asyncio.create_task(counting.run())
    await counting.see(item_id, VISIT)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert (await store.find([item_id]))[item_id].count == 1
