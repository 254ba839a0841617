"""Two processes record at once: an item is handed over once, and the log has neither hole nor double leaf."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.common.mongo import Mongo
from services.identity.model import Scope, ScopeLevel
from services.items.documents import event_document, item_document
from services.items.mongo.records import ITEM_EVENTS, ITEMS, LOG, MongoRecords
from services.items.ports import Record
from services.items.recording import Recorded, Recording
from services.transparency.mongo import MongoLog
from services.transparency.tiles import grow
from tests.concurrency.conftest import Pair
from tests.registry import (
    DISTRICTS,
    all_of,
    beginning,
    draft,
    ensure_whole,
    event,
    new_epc,
    open_city,
    recording_on,
    records_on,
    shipping,
)

TARGETS = [Scope(level=ScopeLevel.DISTRICT, id=one) for one in DISTRICTS]
ROUNDS = 15


class Trusting(MongoRecords):
    """Believes that nothing changed since it looked: what recording would be without its guards."""

    async def claim(self, record: Record) -> bool:
        for one in record.events:
            await self._events.insert_one(event_document(one))
        for item in record.items:
            await self._items.replace_one({"_id": item.id}, item_document(item), upsert=True)
        return True


def trusting(mongo: Mongo) -> Recording:
    honest = records_on(mongo)
    return recording_on(mongo, Trusting(mongo, log=honest._log, codes=honest._codes, outbox=honest._outbox))


async def hand_over_twice(first: Recording, second: Recording, epc: str) -> list[Recorded]:
    """Hand one thing over to two receivers at the same moment."""
    return await asyncio.gather(
        *(one.record(draft(shipping(epc, to))) for one, to in zip((first, second), TARGETS, strict=True))
    )


async def test_without_the_guards_a_thing_is_handed_over_twice(pair: Pair) -> None:
    await open_city(pair[0])
    recorders = [trusting(mongo) for mongo in pair]
    doubled = 0
    for _ in range(ROUNDS):
        epc = new_epc()
        await recorders[0].record(draft(beginning(epc)))
        outcomes = await hand_over_twice(recorders[0], recorders[1], epc)
        doubled += all(one.events for one in outcomes)
    assert doubled, "the race that the guards are for did not happen"


async def test_a_thing_is_handed_over_once(honest_pair: Pair) -> None:
    await open_city(honest_pair[0])
    recorders = [recording_on(mongo) for mongo in honest_pair]
    for _ in range(ROUNDS):
        epc = new_epc()
        await recorders[0].record(draft(beginning(epc)))
        outcomes = await hand_over_twice(recorders[0], recorders[1], epc)
        assert sorted(len(one.events) for one in outcomes) == [0, 1]
        (loser,) = [one for one in outcomes if not one.events]
        # Which of the two is refused, and so whether it came too late in its own time, is chance.
        assert {fault.code for fault in loser.refused} <= {"transfer_open", "contradicts_later"}
        assert loser.refused


@pytest.mark.parametrize("events_each", [1, 40])
async def test_the_log_has_each_event_once_and_in_a_row(honest_pair: Pair, events_each: int) -> None:
    await open_city(honest_pair[0])
    recorders = [recording_on(mongo) for mongo in honest_pair]
    epcs = [new_epc() for _ in range(20)]
    for epc in epcs:
        await recorders[0].record(draft(beginning(epc)))

    async def tell(recorder: Recording, epc: str) -> Sequence[Recorded]:
        return [await recorder.record(draft(*(event(epc) for _ in range(events_each)))) for _ in range(3)]

    told = await asyncio.gather(*(tell(recorders[at % 2], epc) for at, epc in enumerate(epcs * 2)))
    assert all(len(one.events) == events_each for outcomes in told for one in outcomes)
    await ensure_whole(honest_pair[0])


async def test_what_was_decided_on_old_facts_is_not_written(honest_pair: Pair) -> None:
    """The store's contract: all or nothing, and nothing on top of what moved."""
    mongo, _ = honest_pair
    await open_city(mongo)
    records, epc = records_on(mongo), new_epc()
    kept: list[Record] = []

    class Watching(MongoRecords):
        async def claim(self, record: Record) -> bool:
            kept.append(record)
            return await super().claim(record)

    honest = records_on(mongo)
    watching = Watching(mongo, log=honest._log, codes=honest._codes, outbox=honest._outbox)
    recording = recording_on(mongo, watching)
    await recording.record(draft(beginning(epc)))
    await recording.record(draft(event(epc)))
    before = await _state(mongo)
    # Beaten at the log; by an item that is not there, or there already; at the eventID.
    assert not await records.claim(kept[1])
    fresh = await _fresh(mongo, kept[1])
    stranger = replace(fresh.items[0], id=new_epc())
    assert not await records.claim(replace(fresh, items=[stranger]))
    assert not await records.claim(replace(fresh, new=frozenset(item.id for item in fresh.items)))
    known = replace(kept[1].events[0], index=fresh.growth.first_index)
    assert not await records.claim(replace(fresh, events=[known]))
    assert await _state(mongo) == before


async def _fresh(mongo: Mongo, record: Record) -> Record:
    """Return the record anew at the log's present end, under another eventID."""

    tail = await MongoLog(mongo).tail(LOG)
    one = record.events[0]
    body = {**one.event.body, "eventID": event("x")["eventID"]}
    renamed = replace(one, event=replace(one.event, event_id=body["eventID"], body=body), index=tail.size)
    return replace(record, events=[renamed], growth=grow(tail, [one.commitment]))


async def _state(mongo: Mongo) -> list[Any]:
    return [await all_of(mongo, ITEM_EVENTS), await all_of(mongo, ITEMS), await MongoLog(mongo).size(LOG)]
