"""The relay on real shelves: cut off anywhere, it ends where it would have, and one bad record holds up no other."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pymongo.errors import BulkWriteError

from services.common.mongo import Mongo
from services.sync.records import Record
from services.sync.relay.rules import FIRST_PAUSE_S
from services.sync.shelves.mongo import _sorted_out
from services.sync.shelves.ports import ShelfUnavailable
from tests.relays import KIND, SLOTS_THERE, CutShelf, Office, Source, make_slot_record
from tests.shelves import SENDER

MOST_STEPS = 40


class Killed(BaseException):
    """The end of a process."""


class Reaper:
    """Ends a process at its n-th step."""

    def __init__(self, at: int) -> None:
        self._left = at

    async def __call__(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1


def spoilt(record: Record) -> Record:
    """Return a record that breaks the standard."""
    return replace(record, data={**record.data, "capacity": "many"})


@pytest.fixture
async def office(mongo: Mongo) -> Office:
    return await Office.open(mongo)


async def happen(office: Office) -> list[Record]:
    """Let much happen, of all sorts; return the records that can be delivered."""
    good = [make_slot_record(version) for version in (1, 1, 2, 3, 1, 5)]
    await office.change(*good[:3])
    await office.change(spoilt(make_slot_record()), good[3], good[0])
    await office.tell("slt_nothing")
    await office.change(*good[4:])
    return good


async def test_wherever_it_is_cut_off_it_ends_where_it_would_have(office: Office, mongo: Mongo) -> None:
    cuts = 0
    for at in range(MOST_STEPS):
        office = await Office.open(mongo)
        good = await happen(office)
        office.meet_with(Reaper(at))
        try:
            await office.deliver()
        except Killed:
            cuts += 1
            # A record goes on changing while nobody delivers.
            changed = replace(good[0], version=9)
            successor = Office(mongo, office.source)
            await successor.change(changed)
            good[0] = changed
            await successor.deliver()
        there, marked, letters, waiting = await office.state()
        assert {one["_id"]: one["version"] for one in there.values()} == {one.id: one.version for one in good}
        assert {one: mark["digest"] for one, mark in marked.items()} == {
            f"{KIND}:{its_id}": one["digest"] for its_id, one in there.items()
        }
        assert (sorted(letters.values()), waiting) == (["missing", "off_standard"], 0)
        if cuts <= at:
            break
    assert 8 < cuts < MOST_STEPS, "each step was cut, and then none was left"


async def test_repeated_and_in_another_order_it_changes_nothing(office: Office) -> None:
    good = await happen(office)
    await office.deliver()
    before = await office.state()
    for record in reversed(good):
        await office.tell(record.id, good[0].id)
    await office.tell(*(record.id for record in good))
    relay = office.relay()
    await office.deliver(relay)
    assert await office.state() == before
    assert (relay.tally.delivered, relay.tally.known) == (0, len(good))


async def test_what_was_read_before_does_not_overwrite_what_is_newer(office: Office) -> None:
    record = make_slot_record(3)
    await office.change(record)
    await office.deliver()
    # A relay that was stopped for long goes on with what it had read.
    await office.tell(record.id)
    stale = Source([replace(record, version=2, data={**record.data, "places_left": 9})])
    await office.deliver(office.relay(feed=office.new_feed(stale)))
    there, marked, *_ = await office.state()
    assert (there[record.id]["version"], there[record.id]["data"]) == (3, record.data)
    assert marked[f"{KIND}:{record.id}"]["version"] == 3


async def test_a_record_that_cannot_be_read_holds_up_no_other(office: Office) -> None:
    records = [make_slot_record() for _ in range(9)]
    office.source.unreadable = {records[4].id}
    await office.change(*records)
    await office.deliver()
    there, _, letters, _ = await office.state()
    assert there.keys() == {record.id for record in records} - {records[4].id}
    assert letters == {records[4].id: "unreadable"}
    assert [ref.id for ref in office.told.defects] == [records[4].id]
    assert office.source.reads < 2 * len(records)
    # Mended, it goes, and its letter with it.
    office.source.unreadable.clear()
    await office.tell(records[4].id)
    await office.deliver()
    assert (len(await office.there()), await office.letters()) == (len(records), {})


@pytest.fixture
async def strict(mongo: Mongo) -> Any:
    """A recipient whose database refuses closed slots, and has a unique index of its own."""
    database = mongo.collection(SLOTS_THERE).database
    await database.drop_collection(KIND.value)
    await database.create_collection(KIND.value, validator={"data.state": {"$ne": "closed"}})
    collection = mongo.collection(SLOTS_THERE)
    await collection.create_index("data.venue_id", unique=True)
    yield collection
    await database.drop_collection(KIND.value)


def closed(record: Record) -> Record:
    return replace(record, data={**record.data, "state": "closed"})


async def test_what_the_recipients_database_refuses_holds_up_no_other(mongo: Mongo, strict: Any) -> None:
    office = await Office.open(mongo)
    good, newer = make_slot_record(), make_slot_record(4)
    refused = [closed(make_slot_record()), closed(make_slot_record(2))]
    double = replace(make_slot_record(), data={**good.data})
    taken_over = closed(make_slot_record())
    await strict.insert_one({"_id": taken_over.id, "text": "示例", "data": {"venue_id": "nobody"}})
    await office.change(good, newer)
    await office.deliver()
    await office.change(double, *refused, taken_over, changed := replace(newer, version=5))
    await office.deliver()
    there, _, letters, _ = await office.state()
    dead = {one.id: "refused" for one in (double, *refused, taken_over)}
    assert letters == dead
    assert {its_id: one.get("version") for its_id, one in there.items()} == {
        good.id: 1,
        changed.id: 5,
        taken_over.id: None,
    }
    assert {ref.ref.id for ref in office.told.letters} == dead.keys()
    assert office.told.away == []


@pytest.mark.parametrize("code", [13, 112, 189, 10107, 11600, 14031])
def test_what_is_wrong_with_the_server_is_no_fault_of_the_record(code: int) -> None:
    documents = [{"_id": "a"}, {"_id": "b"}]
    refused = BulkWriteError({"writeErrors": [{"index": 1, "code": 121}]})
    assert _sorted_out(refused, documents) == ([], ["b"])
    there = BulkWriteError({"writeErrors": [{"index": 0, "code": 11000}, {"index": 1, "code": 121}]})
    assert _sorted_out(there, documents) == (["a"], ["b"])
    with pytest.raises(ShelfUnavailable, match=f"refused_{code}"):
        _sorted_out(BulkWriteError({"writeErrors": [{"index": 1, "code": code}]}), documents)
    with pytest.raises(ShelfUnavailable, match="write_concern"):
        _sorted_out(BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}), documents)


@pytest.mark.parametrize(
    "foreign",
    [
        {"text": "示例"},
        {"sender": "somebody-else", "version": 99, "digest": "f" * 64},
        {"sender": None, "version": "3", "digest": 7},
        {"sender": SENDER, "version": "3", "digest": "f" * 64},
        {"sender": SENDER, "version": 1, "digest": "f" * 64},
    ],
)
async def test_what_others_laid_where_ours_belongs_gives_way(office: Office, foreign: dict[str, Any]) -> None:
    records = [make_slot_record(), make_slot_record(3)]
    collection = office.mongo.collection(SLOTS_THERE)
    await collection.insert_many([{"_id": record.id, **foreign} for record in records])
    await collection.insert_one({"_id": "elsewhere", **foreign})
    await office.change(*records)
    await office.deliver()
    there = await office.there()
    assert [there[record.id]["data"] for record in records] == [record.data for record in records]
    assert there["elsewhere"] == {"_id": "elsewhere", **foreign}
    assert await office.letters() == {}


class AwayShelf(CutShelf):
    """A recipient that does not answer."""

    tries = 0

    async def put(self, envelopes: Any) -> Any:  # noqa: ARG002 -- the shape of the port
        self.tries += 1
        raise ShelfUnavailable("example")


async def test_a_recipient_that_is_away_is_left_alone_and_others_are_told_meanwhile(office: Office) -> None:
    away = office.shelf(office.target._layout, AwayShelf)
    relay = office.relay(target=away)
    records = [make_slot_record() for _ in range(3)]
    await office.change(records[0])
    assert not await relay.work_once()
    assert (relay.tally.failure, office.told.away) == ("example", ["example"])
    for record in records[1:]:
        await office.change(record)
        await relay.work_once()
    assert away.tries == 1, "it is not asked again at once"
    # The first may be told twice, which changes nothing there; each is told.
    assert {event.subject_id for event in office.told.events} == {record.id for record in records}
    told = len(office.told.events)
    await relay.work_once()
    assert len(office.told.events) == told
    assert await office.waiting() == 3

    relay._target = office.target
    await asyncio.sleep(FIRST_PAUSE_S)
    await office.deliver(relay)
    assert (await office.there()).keys() == {record.id for record in records}
    assert (relay.tally.failure, relay.tally.failing_since, office.told.backs) == (None, None, 1)
    assert len(office.told.events) == told, "those that were told hear nothing twice"


async def test_each_failure_in_a_row_lengthens_the_pause_and_one_success_ends_it(office: Office) -> None:
    relay = office.relay(target=office.shelf(office.target._layout, AwayShelf))
    await office.change(make_slot_record())
    for failures in range(1, 4):
        relay.tally.not_before = 0
        await relay.work_once()
        assert relay.tally.failures == failures
    since = relay.tally.failing_since
    assert since is not None
    assert office.told.away == ["example"], "an operator hears of it once"
    relay._target, relay.tally.not_before = office.target, 0
    await office.deliver(relay)
    assert relay.tally.failures == 0


async def test_without_a_main_system_only_other_platforms_are_told(office: Office) -> None:
    relay = office.relay()
    relay._target = None
    record = make_slot_record()
    await office.change(record)
    await office.deliver(relay)
    assert [event.subject_id for event in office.told.events] == [record.id]
    assert (await office.there(), await office.marked()) == ({}, {})
