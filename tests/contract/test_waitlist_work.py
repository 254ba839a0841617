"""The work in the background: whose slots it looks after, what it survives, and what a day's limit does to an offer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.policies.model import PolicyChange, default_policy
from services.policies.mongo import MongoPolicies
from services.reservations.changes import Quota, SlotChange
from services.reservations.errors import DayLimitReached, SlotUnknown
from services.reservations.ledger import SlotLedger
from services.reservations.model import Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import SLOTS
from services.reservations.waitlist import promoting
from services.reservations.waitlist.mongo import MongoWaitlist
from tests.concurrency.desks import Alone
from tests.contract.documents import Documents
from tests.waitlist import OFFER, Line, worker_on


@pytest.fixture
def line(mongo: Mongo, documents: Documents) -> Line:
    return Line(mongo=mongo, documents=documents)


class Others(Alone):
    """Processes to whom all slots belong."""

    def owner_of(self, _slot_id: str) -> str | None:
        return "another"


async def test_a_process_leaves_slots_to_those_who_write_them_and_looks_after_all_from_time_to_time(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.open(places=1)
    await line.join(1, 1)
    await line.free()
    worker = replace(worker_on(line.mongo, line.clock, line.desk), neighbourhood=Others(), look_every_s=0.01)
    await worker.look()
    assert await line.standing() == {1: "waiting", 2: "waiting"}
    await worker.look_everywhere()
    assert await line.standing() == {1: "held", 2: "waiting"}
    line.forward(OFFER)
    await worker.look()
    assert await line.standing() == {1: "held", 2: "waiting"}
    monkeypatch.setattr(promoting, "LOOK_EVERYWHERE_EVERY", 3)
    await working(worker.run(), line, {1: "lapsed", 2: "held"})


async def working(run: object, line: Line, standing: dict[int, str]) -> None:
    """Work in the background until that is the standing."""
    assert asyncio.iscoroutine(run)
    task = asyncio.create_task(run)
    try:
        async with asyncio.timeout(30):
            while await line.standing() != standing:
                assert not task.done()
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Troubled(MongoWaitlist):
    """A store that fails at its first looks."""

    def __init__(self, mongo: Mongo, *failures: Exception) -> None:
        super().__init__(mongo)
        self._failures = list(failures)

    async def slots_with_places(self) -> Sequence[Slot]:
        if self._failures:
            raise self._failures.pop(0)
        return await super().slots_with_places()


async def test_the_work_goes_on_after_failures_and_tells_of_defects(line: Line) -> None:
    await line.open(places=1)
    await line.join(1)
    await line.free()
    told: list[Exception] = []
    defect = ValueError("a defect")
    store = Troubled(line.mongo, DatabaseUnavailable(retry_after_s=1), defect)
    worker = replace(worker_on(line.mongo, line.clock, line.desk, store), tell=told.append, look_every_s=0.01)
    await working(worker.run(), line, {1: "held"})
    assert told == [defect]


async def test_one_slot_that_cannot_be_worked_on_does_not_keep_the_others_waiting(line: Line) -> None:
    await line.open(places=1)
    await line.join(1, 1)
    await line.free()
    broken = await Line(mongo=line.mongo, documents=line.documents, clock=line.clock).open(places=1)
    await broken.join(1)
    await broken.free()
    await line.worker.look()
    database = line.mongo.collection(SLOTS).database
    await database["slots"].delete_one({"_id": broken.slot.id})  # as after a mishap: its offer can never end
    line.forward(OFFER)
    told: list[Exception] = []
    worker = replace(worker_on(line.mongo, line.clock), tell=told.append)
    await worker.look()
    assert {type(one) for one in told} == {SlotUnknown}
    assert await line.standing() == {1: "lapsed", 2: "held"}
    await database["reservations"].delete_many({"slot_id": broken.slot.id})


async def test_many_who_become_next_at_once_are_offered_in_a_few_writes(line: Line) -> None:
    many = 120
    await line.open(places=1)
    await line.join(*[1] * many)
    before = await line.documents.get("slots", line.slot.id)
    quota = Quota(capacity=many + 1, set_aside=None)
    await line.desk.change_slot(SlotChange(slot_id=line.slot.id, quota=quota))
    await line.worker.look()
    assert await line.standing() == dict.fromkeys(range(1, many + 1), "held")
    after = await line.documents.get("slots", line.slot.id)
    assert after["version"] - before["version"] <= 5
    offered = [
        step[1]
        for entry in sorted(await line.documents.find("ledger", slot_id=line.slot.id), key=lambda one: one["version"])
        for step in (entry["queue"] or {"steps": []})["steps"]
        if step[0] == "offered"
    ]
    assert offered == list(range(1, many + 1))


async def test_a_day_has_its_limit_when_an_offer_is_taken(line: Line) -> None:
    venue_id = "ven_limited"
    policy = replace(default_policy(venue_id), version=1, bookings_per_document_day=1, offer_minutes=5)
    change = PolicyChange(policy=policy, joined=None, changed_by="stf_1", changed_at=line.clock.now())
    assert await MongoPolicies(line.mongo).claim_policy(change)
    await line.open(places=1, venue_id=venue_id)
    other = await Line(mongo=line.mongo, documents=line.documents, clock=line.clock).open(places=1, venue_id=venue_id)
    (first,) = await line.join(1)
    (twin,) = await other.join(1, visitors=first.visitors, citizen_id=first.citizen_id)
    for one in (line, other):
        await one.free()
        await one.worker.look()
    assert (await line.get(first)).held_until == line.clock.now() + timedelta(minutes=5)
    booked = await line.taking.take(first.id, first.citizen_id)
    assert len(booked.day_counts) == 1
    with pytest.raises(DayLimitReached):
        await other.taking.take(twin.id, twin.citizen_id)
    assert await other.standing() == {1: "held"}
    ledger = SlotLedger.at_first(other.slot)
    ledger.read(*(await MongoLedger(line.mongo).read({other.slot.id: 0}))[other.slot.id])
    assert ledger.offers.keys() == {twin.id}
