"""Reconciling over the real database: one at a time, at night, when asked for, after a crash, beside the relay."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.sync.documents import told_at
from services.sync.model import RecordRef
from services.sync.mongo import OUTBOX, MongoOutbox
from services.sync.reconciling.errors import ReconciliationUnderWay, ReconciliationUnknown
from services.sync.reconciling.model import (
    Asker,
    Depth,
    KindReport,
    Listed,
    Progress,
    Reconciliation,
    Sort,
    State,
    Treatment,
)
from services.sync.reconciling.mongo import RECONCILIATIONS, MongoWaiting
from services.sync.reconciling.nightly import Nightly
from services.sync.shelves.documents import AtTheRecipient
from services.sync.shelves.mongo import MARKS, target_plans
from services.sync.shelves.ports import ShelfUnavailable
from tests.contract.reconciling_office import OUTLETS, THREE, WANTED, Office
from tests.factories import make_event, new_id
from tests.reconciling import wish_for
from tests.shelves import KIND, LONG_AGO, PlainPacking, make_record


@pytest.fixture
async def office(mongo: Mongo) -> Office:
    await mongo.create_indexes(target_plans())
    for plan in (MARKS, OUTLETS, RECONCILIATIONS, OUTBOX):
        await mongo.collection(plan).delete_many({})
    office = Office(mongo)
    await office.pair.deliver(*office.pair.source.records.values())
    await office.settle()
    return office


def quiet(_: Progress) -> None:
    """Hear nothing."""


async def test_a_report_is_kept_whole(office: Office) -> None:
    report = KindReport(kind=KIND, ours=3, theirs=2, found={Sort.MISSING: 1}, repaired=1, reads=9, full_reads=5)
    listed = Listed(kind=KIND, id="x", sort=Sort.MISSING, our_version=1, their_version=None, repaired=True)
    now = LONG_AGO
    whole = Reconciliation(
        id=new_id("rec"),
        wish=WANTED,
        state=State.RUNNING,
        asked_at=now,
        started_at=now,
        kinds=(report,),
        listed=(listed,),
    )
    await office.store.add(whole)
    assert await office.store.find(whole.id) == whole
    ended = replace(whole, state=State.DONE, ended_at=now)
    assert await office.store.save(ended)
    assert not await office.store.save(replace(whole, state=State.RUNNING)), "it has ended"
    assert await office.store.find(whole.id) == ended
    assert await office.store.latest(now) == [replace(ended, listed=())]
    assert await office.store.latest(now + timedelta(seconds=1)) == []
    with pytest.raises(ReconciliationUnknown):
        await office.desk.get(new_id("rec"))


async def test_everything_that_a_recipient_may_suffer_is_put_right_in_one_run(office: Office) -> None:
    """Emptied in part, stale, altered, spoilt, filled with foreign documents and with some in our name."""
    outlets, pair = office.mongo.collection(OUTLETS), office.pair
    await outlets.delete_many({"part": {"$lt": 30}})
    left = sorted([str(one["_id"]) async for one in outlets.find({}, {"_id": True})])
    stale, altered, ahead, moved, spoilt, taken = left[:6]
    for its_id, version in ((stale, 1), (ahead, 9)):
        envelope = pair.packing.wrap(replace(pair.source.records[its_id], version=version))
        await outlets.replace_one({"_id": its_id}, AtTheRecipient(marks={}).document(envelope, LONG_AGO))
    await office.theirs(altered, {"$set": {"digest": "0" * 64, "high": 0}})
    await office.theirs(moved, {"$set": {"district": "310199"}})
    await office.theirs(spoilt, {"$set": {"data.name": "changed there"}})
    await office.theirs(taken, {"$set": {"sender": "somebody"}})
    await outlets.insert_many([{"_id": f"foreign {number}"} for number in range(20)])
    stranger = PlainPacking(sender="somebody").wrap(make_record(8000))
    await outlets.insert_one(AtTheRecipient(marks={}).document(stranger, LONG_AGO))
    await pair.theirs.put([pair.packing.wrap(make_record(9000))])
    del pair.source.records["otl_000299"]
    pair.source.records["otl_000299"] = make_record(299, version=5)
    found = await office.reconciling.run(replace(WANTED, depth=Depth.DEEP), quiet)
    [report] = found.kinds
    assert (found.state, found.failure, office.defects) == (State.DONE, None, [])
    assert {one.id: one.sort for one in found.listed if one.id in left[:6]} == {
        stale: Sort.STALE,
        altered: Sort.ALTERED,
        ahead: Sort.AHEAD,
        moved: Sort.ALTERED,
        spoilt: Sort.SPOILT,
        taken: Sort.MISSING,
    }
    assert set(report.found) == {*list(Sort)[:6], Sort.OUTDATED}
    assert (report.left, report.foreign) == (0, 21)
    assert await pair.is_equal()
    [again] = (await office.process().run(replace(WANTED, depth=Depth.DEEP), quiet)).kinds
    assert (again.found, again.foreign) == ({}, 21)


async def test_an_emptied_recipient_is_filled_again(office: Office) -> None:
    await office.mongo.collection(OUTLETS).drop()
    found = await office.reconciling.run(WANTED, quiet)
    assert found.kinds[0].found == {Sort.MISSING: 300}
    assert await office.pair.is_equal()


async def test_while_the_relay_works_nothing_is_reported_that_is_none(office: Office) -> None:
    """A writer delivers all the time as the relay does, records that it has not marked yet among them."""
    pair, stop = office.pair, asyncio.Event()

    async def work() -> None:
        outbox = MongoOutbox(office.mongo)
        for number in numbers():
            if stop.is_set():
                return
            records = [make_record(1000 + number, version=1), make_record(number % 300, version=3 + number)]
            pair.source.records.update({record.id: record for record in records})
            event = make_event(records[0].id)
            refs = [RecordRef(kind=KIND, id=record.id) for record in records]
            await office.mongo.transact(lambda session, event=event, refs=refs: outbox.append([event], refs, session))  # type: ignore[misc]
            envelopes = [pair.packing.wrap(record) for record in records]
            await pair.theirs.put(envelopes)
            await asyncio.sleep(0.03)
            await pair.ours.put(envelopes)
            await office.mongo.collection(OUTBOX).delete_one({"_id": event.id})

    def numbers() -> Iterator[int]:
        yield from range(100_000)

    pair.confirming._waiting = [MongoWaiting(office.mongo)]
    pair.confirming._settled = timedelta(seconds=0.3)
    seen = 0
    writer = asyncio.create_task(work())
    try:
        for _ in range(6):
            overview = await pair.bisecting.survey(KIND)
            seen += len([one async for some in pair.bisecting.differences(overview) for one in some])
            report, listed = await pair.reconcile(wish_for(treatment=Treatment.REPORT))
            assert (report.found, listed) == ({}, [])
    finally:
        stop.set()
        await writer
    assert seen, "a first look alone would have told of some"
    assert await pair.is_equal()


async def test_what_waits_is_read_from_the_outbox(office: Office) -> None:
    outbox = MongoOutbox(office.mongo)
    for number in range(3):
        event = make_event(f"otl_{number}")
        refs = [RecordRef(kind=KIND, id=f"otl_{number}")]
        await office.mongo.transact(lambda session, event=event, refs=refs: outbox.append([event], refs, session))  # type: ignore[misc]
        assert told_at(event) is not None
    found = [one async for some in MongoWaiting(office.mongo).records(KIND) for one in some]
    assert sorted(found) == ["otl_0", "otl_1", "otl_2"]


async def test_one_runs_at_a_time(office: Office) -> None:
    most, now = 0, 0

    async def watched() -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.2)
        now -= 1

    office.hinder(watched)
    found = await asyncio.gather(*(office.process().run(WANTED, quiet) for _ in range(3)))
    assert most == 1
    assert {one.state for one in found} == {State.DONE}


async def test_what_a_killed_process_left_is_broken_off(office: Office) -> None:
    left = Reconciliation(id=new_id("rec"), wish=WANTED, state=State.RUNNING, asked_at=LONG_AGO, started_at=LONG_AGO)
    await office.store.add(left)
    with pytest.raises(ReconciliationUnderWay):
        await office.desk.request(WANTED)
    await office.nightly.work_once()
    broken = await office.desk.get(left.id)
    assert (broken.state, broken.ended_at) == (State.BROKEN_OFF, office.clock.now())


async def test_the_night_is_caught_up_once(office: Office) -> None:
    await office.nightly.work_once()
    [first] = await office.desk.latest()
    assert (first.state, first.wish.by, first.kinds[0].kind) == (State.DONE, Asker.NIGHTLY, KIND)
    await office.nightly.work_once()
    office.clock.instant += timedelta(hours=8)  # two in the morning
    await office.nightly.work_once()
    assert len(await office.desk.latest()) == 1
    office.clock.instant += timedelta(hours=1)
    twin = Nightly(reconciling=office.process(), desk=office.desk, store=office.store, at=THREE, clock=office.clock)
    await office.nightly.work_once()
    await twin.work_once()
    assert len(await office.desk.latest()) == 2


async def test_a_night_that_fails_is_tried_again_later(office: Office) -> None:
    async def away() -> None:
        raise ShelfUnavailable("database_unavailable")

    office.hinder(away)
    await office.nightly.work_once()
    await office.nightly.work_once()
    [failed] = await office.desk.latest()
    assert (failed.state, failed.failure) == (State.FAILED, "database_unavailable")
    office.pair.comparing._bisecting = office.pair.bisecting
    office.clock.instant += timedelta(minutes=11)
    await office.nightly.work_once()
    assert [one.state for one in await office.desk.latest()] == [State.DONE, State.FAILED]


async def test_what_is_asked_for_is_taken_up_by_one(office: Office) -> None:
    office.nightly._at = None
    asked = await office.desk.request(WANTED)
    with pytest.raises(ReconciliationUnderWay):
        await office.desk.request(WANTED)
    twin = Nightly(reconciling=office.process(), desk=office.desk, store=office.store, at=None, clock=office.clock)
    await asyncio.gather(office.nightly.work_once(), twin.work_once())
    done = await office.desk.get(asked.id)
    assert (done.state, done.wish) == (State.DONE, WANTED)
    assert len(await office.desk.latest()) == 1


async def test_a_defect_of_ours_is_told_and_ends_one_run(office: Office) -> None:
    async def defect() -> None:
        raise ZeroDivisionError

    office.hinder(defect)
    found = await office.reconciling.run(WANTED, quiet)
    assert (found.state, found.failure) == (State.FAILED, "internal_fault")
    assert [type(error) for error in office.defects] == [ZeroDivisionError]
