"""Queues in MongoDB: what those who offer look up every second, and the log that anybody may read."""

import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.common.mongo import Mongo
from services.common.pages import CursorInvalid
from services.reservations.errors import SlotUnknown
from services.reservations.mongo.slots import MongoSlots
from services.reservations.waitlist import reading
from services.reservations.waitlist.errors import NotWaiting
from services.reservations.waitlist.model import LogEntry
from services.reservations.waitlist.mongo import MongoWaitlist
from tests.contract.documents import Documents
from tests.factories import make_slot, new_id
from tests.waitlist import OFFER, Line, log_page

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_waitlist"
MANY = 20_000


@pytest.fixture
def line(mongo: Mongo, documents: Documents) -> Line:
    return Line(mongo=mongo, documents=documents)


@pytest.fixture
def store(mongo: Mongo) -> MongoWaitlist:
    return MongoWaitlist(mongo)


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


async def found(slots: Awaitable[object], line: Line) -> bool:
    listed = await slots
    assert isinstance(listed, list)
    return line.slot.id in {one.id for one in listed}


async def test_a_slot_is_found_as_long_as_somebody_waits(line: Line, store: MongoWaitlist) -> None:
    await line.open(places=2)
    assert not await found(store.slots_waited_for(), line)
    first, second = await line.join(2, 1)
    assert await found(store.slots_waited_for(), line)
    assert not await found(store.slots_with_places(), line)
    await line.free()
    assert await found(store.slots_with_places(), line)
    for one in (first, second):
        await line.leaving.leave(one.id, one.citizen_id)
    assert not await found(store.slots_with_places(), line)
    assert not await found(store.slots_waited_for(), line)


async def test_an_offer_has_lapsed_at_its_instant(line: Line, store: MongoWaitlist) -> None:
    await line.open(places=2)
    first, second = await line.join(1, 1)
    await line.free()
    await line.worker.look()
    until = line.clock.now() + OFFER

    async def lapsed() -> set[str]:
        return {one.id for one in await store.lapsed_offers(line.clock.now())} & {first.id, second.id}

    line.forward(OFFER - timedelta(milliseconds=2))
    assert await lapsed() == set()
    await line.taking.take(second.id, second.citizen_id)
    line.forward(timedelta(milliseconds=2))
    assert line.clock.now() == until
    assert await lapsed() == {first.id}
    await line.worker.look()
    assert await lapsed() == set()


async def test_only_those_who_wait_are_found_among_many(line: Line, store: MongoWaitlist) -> None:
    await line.open(places=1)
    first, second = await line.join(1, 1)
    await line.leaving.leave(second.id, second.citizen_id)
    asked = [first.id, second.id, line.booked.id, *(new_id("rsv") for _ in range(150))]
    assert [one.id for one in await store.waiting_among(asked)] == [first.id]
    assert await store.waiting_among([]) == []


async def test_slots_that_nobody_waits_for_cost_nothing(line: Line, store: MongoWaitlist) -> None:
    """Looking among 20,000 slots takes about as long as looking one up; without their index, a thousand times that."""
    await line.open(places=1)
    await line.join(1)
    await line.free()
    slots = [replace(make_slot(), starts_at=line.slot.starts_at + timedelta(minutes=n)) for n in range(1000)]
    for _ in range(MANY // len(slots)):
        await MongoSlots(line.mongo).add_missing([replace(one, id=new_id("slt")) for one in slots])

    async def seconds(ask: Callable[[], Awaitable[object]]) -> float:
        taken = []
        for _ in range(7):
            started_at = time.perf_counter()
            await ask()
            taken.append(time.perf_counter() - started_at)
        return statistics.median(taken)

    by_id = await seconds(lambda: line.documents.find("slots", _id=line.slot.id))
    assert await found(store.slots_with_places(), line)
    assert await seconds(store.slots_with_places) < 20 * by_id + 0.02
    assert await seconds(store.slots_waited_for) < 20 * by_id + 0.02
    assert await seconds(lambda: store.lapsed_offers(line.clock.now())) < 20 * by_id + 0.02


async def test_the_log_agrees_with_its_script_and_holds_every_receipt(line: Line, tmp_path: Path) -> None:
    await line.open(places=3)
    places = []
    for size in (2, 3, 1):
        slot = await line.desk.find_slot(line.slot.id)
        assert slot is not None
        (party,) = await line.join(size)
        places.append(await line.reading.place(party, since=slot.version + 1))
    assert [one.ahead for one in places] == [0, 1, 2]
    await line.free()
    await line.worker.look()
    line.forward(OFFER)
    await line.worker.look()
    assert await line.standing() == {1: "lapsed", 2: "held", 3: "lapsed"}
    page = await line.reading.log(line.slot.id, 200, None)
    assert (page.next, page.newest) == (None, page.entries[-1].link)
    kept = tmp_path / "log.json"
    kept.write_text(json.dumps(log_page(line.slot.id, page.entries)), encoding="utf-8")
    receipts = [word for one in places for word in ("--receipt", str(one.link))]
    answer = await asyncio.to_thread(run_script, str(kept), *receipts)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    text = json.dumps([vars(one) for one in page.entries], default=str)
    assert not [one for one in places if one.reservation.id in text or one.reservation.citizen_id in text]


async def test_a_log_comes_in_pages_that_do_bounded_work(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    await line.open(places=1)
    await line.join(*[1] * 9)
    whole = (await line.reading.log(line.slot.id, 200, None)).entries
    assert len(whole) == 9
    for limit, at_once, looks in ((2, 250, 4), (200, 1, 1), (3, 2, 3)):
        monkeypatch.setattr(reading, "VERSIONS_AT_ONCE", at_once)
        monkeypatch.setattr(reading, "LOOKS_A_PAGE", looks)
        entries: list[LogEntry] = []
        after = None
        while True:
            page = await line.reading.log(line.slot.id, limit, after)
            assert len(page.entries) <= min(limit, at_once * looks)
            entries += page.entries
            after = page.next
            if after is None:
                break
            assert page.newest is None
        assert entries == list(whole)


async def test_a_log_is_of_a_slot_and_a_cursor_of_its_log(line: Line) -> None:
    await line.open(places=1)
    await line.join(1, 1)
    with pytest.raises(SlotUnknown):
        await line.reading.log(new_id("slt"), 200, None)
    first = await line.reading.log(line.slot.id, 1, None)
    other = await Line(mongo=line.mongo, documents=line.documents).open(places=1)
    with pytest.raises(CursorInvalid):
        await other.reading.log(other.slot.id, 1, first.next)


async def test_ones_place_is_ones_own(line: Line) -> None:
    await line.open(places=1)
    first, second = await line.join(1, 1)
    assert (await line.reading.own_place(second.id, second.citizen_id)).ahead == 1
    await line.leaving.leave(first.id, first.citizen_id)
    assert (await line.reading.own_place(second.id, second.citizen_id)).ahead == 0
    assert (await line.reading.own_place(first.id, first.citizen_id)).ahead is None
    with pytest.raises(NotWaiting):
        await line.reading.own_place(line.booked.id, line.booked.citizen_id)
