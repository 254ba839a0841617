"""Uploads of a process that is killed at any step, and of two at once: in the end all is there, once."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from services.admissions.batch import ScanBatch
from services.admissions.model import Conflict, ConflictKind
from services.admissions.mongo import CONFLICTS, OCCUPANCY, SCANS, MongoScans
from services.admissions.uploads.model import ItemAnswer, ItemVerdict, KeptEntry, UploadItem
from services.admissions.uploads.mongo import GATE_LOG, MongoConflicts, MongoGateLog
from services.common.mongo import CollectionPlan, Mongo
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox
from services.venues.model import Gate, GateUse, Venue
from services.venues.mongo import MongoVenues
from tests.factories import make_district, make_venue, new_id
from tests.uploads import LogBook, upload_office_on


class Killed(BaseException):
    """The process is no more."""


class DyingLog(MongoGateLog):
    """Dies before or after one of its steps."""

    def __init__(self, mongo: Mongo, dies: str) -> None:
        super().__init__(mongo)
        self._dies = dies

    def _at(self, moment: str) -> None:
        if self._dies == moment:
            raise Killed

    async def keep(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        self._at("before keeping")
        if self._dies == "while keeping":
            await super().keep(entries[: len(entries) // 2])
            raise Killed
        kept = await super().keep(entries)
        self._at("after keeping")
        return kept

    async def undos_of(self, scan_ids: Collection[str]) -> Sequence[KeptEntry]:
        self._at("before undoing")
        return await super().undos_of(scan_ids)

    async def settle(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        self._at("before settling")
        if self._dies == "while settling":
            await super().settle(entries[: len(entries) // 2])
            raise Killed
        await super().settle(entries)
        self._at("before answering")
        return await super().settle(entries)


class DyingConflicts(MongoConflicts):
    """Dies when it has kept conflicts, or just before."""

    def __init__(self, mongo: Mongo, dies: str) -> None:
        super().__init__(mongo)
        self._dies = dies

    async def add(self, conflicts: Sequence[Conflict]) -> None:
        if self._dies == "before telling":
            raise Killed
        await super().add(conflicts)
        if self._dies == "after telling":
            raise Killed


class DyingScans(MongoScans):
    """Dies when it has put scans on record."""

    async def claim(self, batch: ScanBatch) -> bool:
        await super().claim(batch)
        raise Killed


STEPS = (
    *("before keeping", "while keeping", "after keeping", "before undoing", "before telling", "after telling"),
    *("before settling", "while settling", "before answering"),
)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    gates = tuple(Gate(id=new_id("gat"), name="门", name_en="Gate", use=use) for use in GateUse)
    venue = make_venue(gates=gates)
    await MongoVenues(mongo).put([make_district()], [venue])
    return venue


async def busy_log(mongo: Mongo, venue: Venue) -> LogBook:
    """Return a log with something of everything that can be wrong with one."""
    book = await LogBook(venue, venue.gates[0].id, bytes(range(32))).enrolled(mongo)
    shared, honest = book.party(2), book.party(4)
    book.enter(shared, 2)
    book.enter(shared, 2)
    book.enter(honest, 1)
    mistaken = book.enter(honest, 2)
    book.undo(mistaken)
    cut = book.enter(honest, 2)
    book.items.append(book.rewritten(cut, nonce=new_id("nonce"), admitted_now=1, count=1))
    book.enter(book.party(1), 1)
    return book


async def everything(mongo: Mongo, venue: Venue) -> dict[str, list[dict[str, Any]]]:
    """Return all that the database holds of a venue."""

    async def of(plan: CollectionPlan) -> list[dict[str, Any]]:
        found = await mongo.collection(plan).find({"venue_id": venue.id}).to_list()
        return sorted(found, key=str)

    return {plan.name: await of(plan) for plan in (SCANS, PASSES, OCCUPANCY, CONFLICTS, GATE_LOG)}


async def send(mongo: Mongo, book: LogBook, items: Sequence[UploadItem]) -> tuple[ItemAnswer, ...]:
    return await upload_office_on(mongo).take(items, book.actor)


def told(answers: Sequence[ItemAnswer]) -> list[tuple[object, ...]]:
    """Return what answers say, besides whether it is the first time."""
    return [(one.seq, one.nonce, one.decision, one.reason, set(one.conflicts)) for one in answers]


async def ensure_right(mongo: Mongo, venue: Venue, book: LogBook) -> None:
    """Check what the busy log must come to, whatever happened on the way."""
    (day,) = await mongo.collection(OCCUPANCY).find({"venue_id": venue.id}).to_list()
    passes = await mongo.collection(PASSES).find({"venue_id": venue.id}).to_list()
    assert day["inside"] == 2 + 2 + 1 + 2 + 1 + 1
    assert sum(one["admitted_count"] + one["surplus_count"] for one in passes) == day["inside"]
    found = await mongo.collection(CONFLICTS).find({"venue_id": venue.id}).to_list()
    standing = sorted(one["kind"] for one in found if one["settled_at"] is None)
    assert standing == [ConflictKind.ADMITTED_TWICE, ConflictKind.LOG_FORKED]
    log = await mongo.collection(GATE_LOG).find({"venue_id": venue.id}).to_list()
    assert sorted(one["hash"] for one in log) == sorted(item.hash for item in book.items)
    assert all(one["settled"] for one in log)


@pytest.mark.parametrize("dies", STEPS)
async def test_a_kill_at_any_step_loses_and_doubles_nothing(mongo: Mongo, venue: Venue, dies: str) -> None:
    book = await busy_log(mongo, venue)
    dying = upload_office_on(mongo, log=DyingLog(mongo, dies), conflicts=DyingConflicts(mongo, dies))
    with pytest.raises(Killed):
        await dying.take(book.items, book.actor)

    answers = await send(mongo, book, book.items)
    await ensure_right(mongo, venue, book)
    before = await everything(mongo, venue)
    again = await send(mongo, book, book.items)

    assert {one.verdict for one in again} == {ItemVerdict.REPEATED}
    assert told(again) == told(answers)
    assert await everything(mongo, venue) == before


async def test_a_kill_with_scans_on_record_is_found_out(mongo: Mongo, venue: Venue) -> None:
    book = await busy_log(mongo, venue)
    dying = upload_office_on(mongo, scans=DyingScans(mongo, MongoOutbox(mongo)))
    movements = [one for one in book.items if one.entry.kind != "undo"]
    task = asyncio.create_task(dying.take(movements, book.actor))
    with pytest.raises(BaseException):  # noqa: B017, PT011 -- whichever way the loop hands it on
        await asyncio.wait_for(task, 5)
    assert await mongo.collection(GATE_LOG).count_documents({"venue_id": venue.id}) == 0

    await send(mongo, book, book.items)
    await ensure_right(mongo, venue, book)


async def test_two_processes_may_take_the_same_log_at_once(mongo: Mongo, venue: Venue) -> None:
    book = await busy_log(mongo, venue)
    orders = [book.items, list(reversed(book.items)), book.items[4:], book.items[:5]]

    answers = await asyncio.gather(*(send(mongo, book, items) for items in orders))

    await ensure_right(mongo, venue, book)
    last = {one.nonce: one for one in await send(mongo, book, book.items)}
    for some in answers:
        assert {one.verdict for one in some} <= {ItemVerdict.RECORDED, ItemVerdict.REPEATED}
        assert all(one.conflicts == last[one.nonce].conflicts for one in some)


async def test_two_entries_of_one_number_meet(mongo: Mongo, venue: Venue) -> None:
    for _ in range(5):
        book = await LogBook(venue, venue.gates[0].id, bytes(range(32))).enrolled(mongo)
        one = book.enter(book.party(2), 1)
        other = book.rewritten(one, nonce=new_id("nonce"))
        first, second = await asyncio.gather(send(mongo, book, [one]), send(mongo, book, [other]))
        kinds = sorted(conflict.kind for answer in (*first, *second) for conflict in answer.conflicts)
        assert kinds == [ConflictKind.LOG_FORKED]


async def test_neighbours_that_come_at_once_show_a_break(mongo: Mongo, venue: Venue) -> None:
    for _ in range(5):
        book = await LogBook(venue, venue.gates[0].id, bytes(range(32))).enrolled(mongo)
        one = book.enter(book.party(2), 1)
        broken = book.rewritten(book.enter(book.party(2), 1), previous="ab" * 32)
        answers = await asyncio.gather(send(mongo, book, [one]), send(mongo, book, [broken]))
        kinds = {conflict.kind for some in answers for answer in some for conflict in answer.conflicts}
        assert kinds == {ConflictKind.LOG_BROKEN}
        found = await mongo.collection(CONFLICTS).find({"venue_id": venue.id}).to_list()
        assert sum(its["_id"].startswith(book.device_id) for its in found) == 1
