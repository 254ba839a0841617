"""Shelves: the one in memory, and those in MongoDB, do the same."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.common.clock import SystemClock
from services.common.mongo import CollectionPlan, Mongo
from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.shelves.documents import AtTheRecipient, Layout, OnOurOwnShelf
from services.sync.shelves.model import Cell, Put, Sum
from services.sync.shelves.mongo import MongoShelf, target_plans
from services.sync.shelves.ports import Shelf
from tests.shelves import SENDER, MemoryShelf, PlainPacking, make_record

KINDS = iter(RecordKind)
LAYOUTS: Mapping[str, Layout] = {"theirs": AtTheRecipient(marks={}), "ours": OnOurOwnShelf()}
PACKING, STRANGER = PlainPacking(), PlainPacking(sender="somebody")
Write = Callable[[dict[str, Any]], Awaitable[None]]


class Room:
    """A shelf that is empty for a kind, the same shelf as a stranger has it, and a hand that writes past both."""

    def __init__(
        self, kind: RecordKind, mine: Shelf, strangers: Shelf, write: Write, key: Callable[[str], str]
    ) -> None:
        self.kind = kind
        self.mine = mine
        self.strangers = strangers
        self.write = write
        self.key = key

    def envelope(self, number: int, version: int = 1, **changes: Any) -> Envelope:
        return PACKING.wrap(make_record(number, version=version, kind=self.kind, **changes))

    def foreign(self, number: int, version: int = 1) -> Envelope:
        return STRANGER.wrap(make_record(number, version=version, kind=self.kind))


@pytest.fixture(params=["memory", "mongo"])
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=list(LAYOUTS))
async def room(request: pytest.FixtureRequest, place: str, mongo: Mongo) -> Room:
    kind, layout = RecordKind.OUTLET, LAYOUTS[request.param]
    if place == "memory":
        mine, strangers = (MemoryShelf(sender=sender, layout=layout) for sender in (SENDER, "somebody"))
        strangers.documents = mine.documents

        async def remember(document: dict[str, Any]) -> None:
            mine.documents[kind][document["_id"].removeprefix(layout.key(kind, ""))] = document

        return Room(kind, mine, strangers, remember, lambda its_id: layout.key(kind, its_id))
    await mongo.create_indexes(target_plans())
    collection = mongo.collection(CollectionPlan(name=layout.collection_name(kind), shard_key="_id"))
    await collection.delete_many({})

    async def write(document: dict[str, Any]) -> None:
        await collection.replace_one({"_id": document["_id"]}, document, upsert=True)

    shelves = [MongoShelf(mongo, sender=sender, layout=layout, clock=SystemClock()) for sender in (SENDER, "somebody")]
    return Room(kind, shelves[0], shelves[1], write, lambda its_id: layout.key(kind, its_id))


async def test_a_newer_version_is_taken_and_an_older_one_changes_nothing(room: Room) -> None:
    assert await room.mine.put([room.envelope(1), room.envelope(2)]) == [Put.TAKEN, Put.TAKEN]
    assert await room.mine.put([room.envelope(1), room.envelope(2, 3)]) == [Put.KNOWN, Put.TAKEN]
    assert await room.mine.put([room.envelope(2, 2), room.envelope(3, 5)]) == [Put.KNOWN, Put.TAKEN]
    found = await room.mine.find(room.kind, ["otl_000001", "otl_000002", "otl_000003", "otl_000004"])
    assert {one.id: one.version for one in found.values()} == {"otl_000001": 1, "otl_000002": 3, "otl_000003": 5}
    assert await room.mine.put([]) == []


async def test_the_same_version_with_another_content_is_taken(room: Room) -> None:
    await room.mine.put([room.envelope(1, 2)])
    other = room.envelope(1, 2, data={"id": "otl_000001", "name": "另一家"})
    assert await room.mine.put([other]) == [Put.TAKEN]
    assert (await room.mine.find(room.kind, [other.id]))[other.id].digest == other.digest


async def test_what_strangers_laid_at_our_place_gives_way(room: Room) -> None:
    await room.strangers.put([room.foreign(1, 9), room.foreign(2, 1), room.foreign(3)])
    assert await room.mine.strangers(room.kind) == 3
    assert await room.mine.put([room.envelope(1), room.envelope(2, 2)]) == [Put.TAKEN, Put.TAKEN]
    assert await room.mine.strangers(room.kind) == 1
    assert {one.id for one in await room.mine.lying(Cell(kind=room.kind))} == {"otl_000001", "otl_000002"}


async def test_a_label_says_all_that_is_compared(room: Room) -> None:
    envelope = room.envelope(7, 4)
    await room.mine.put([envelope])
    lying = (await room.mine.find(room.kind, [envelope.id]))[envelope.id]
    assert (lying.kind, lying.id, lying.version) == (room.kind, envelope.id, 4)
    assert (lying.digest, lying.sender) == (envelope.digest, SENDER)
    assert lying.filed == (
        room.kind,
        envelope.district_id,
        envelope.day.isoformat(),
        envelope.part,
        *envelope.checksum,
    )
    assert [lying] == await room.mine.lying(Cell(kind=room.kind))


async def test_sums_are_of_districts_and_days_and_then_of_parts(room: Room) -> None:
    envelopes = [room.envelope(number, number % 3 + 1) for number in range(120)]
    await room.mine.put(envelopes)
    await room.strangers.put([room.foreign(500)])
    before = room.mine.reads
    sums = await room.mine.sums(Cell(kind=room.kind))
    assert room.mine.reads - before == len(sums) == 30
    for cell, found in sums.items():
        inside = [one for one in envelopes if (one.district_id, one.day) == (cell.district_id, cell.day)]
        assert found == total(inside)
        parts = await room.mine.sums(cell)
        assert parts == {
            replace(cell, part=part): total([one for one in inside if one.part == part])
            for part in {one.part for one in inside}
        }
        for part in parts:
            assert {one.id for one in await room.mine.lying(part)} == {
                one.id for one in inside if one.part == part.part
            }


def total(envelopes: list[Envelope]) -> Sum:
    checksums = [one.checksum for one in envelopes]
    return Sum(len(envelopes), sum(one.high for one in checksums), sum(one.low for one in checksums))


async def test_order_and_way_do_not_change_sums(room: Room) -> None:
    envelopes = [room.envelope(number, 2) for number in range(40)]
    await room.mine.put(envelopes)
    one_way = await room.mine.sums(Cell(kind=room.kind))
    for envelope in envelopes:
        [lying] = (await room.mine.find(room.kind, [envelope.id])).values()
        assert await room.mine.remove(lying)
    assert await room.mine.sums(Cell(kind=room.kind)) == {}
    await room.mine.put([room.envelope(number) for number in range(40)])
    await room.mine.put(envelopes[::-1])
    assert await room.mine.sums(Cell(kind=room.kind)) == one_way


async def test_nothing_is_written_over_what_came_since(room: Room) -> None:
    await room.mine.put([room.envelope(1, 5)])
    seen = (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"]
    await room.mine.put([room.envelope(1, 6)])
    assert not await room.mine.replace(room.envelope(1, 2), seen)
    assert not await room.mine.replace(room.envelope(1, 2), None)
    assert not await room.mine.remove(seen)
    now = (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"]
    assert await room.mine.replace(room.envelope(1, 2), now)
    assert (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"].version == 2
    assert await room.mine.replace(room.envelope(2, 2), None)


async def test_nobody_removes_what_somebody_else_laid_down(room: Room) -> None:
    await room.strangers.put([room.foreign(1)])
    seen = (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"]
    assert seen.sender == "somebody"
    assert not await room.mine.remove(seen)
    assert await room.strangers.remove(seen)


async def test_contents_are_all_of_ours(room: Room) -> None:
    await room.mine.put([room.envelope(number) for number in range(5)])
    await room.strangers.put([room.foreign(9)])
    documents = [document async for some in room.mine.contents(room.kind) for document in some]
    assert {document["_id"] for document in documents} == {room.key(f"otl_{number:06}") for number in range(5)}
    assert all(document["digest"] for document in documents)


@pytest.mark.parametrize(
    "junk",
    [
        {},
        {"sender": SENDER, "version": "x", "digest": 5, "day": None, "delivered_at": "now"},
        {
            "sender": SENDER,
            "kind": "outlet",
            "district": 310101,
            "day": "no day",
            "high": "x",
            "low": None,
            "part": "p",
        },
        {"sender": SENDER, "kind": "outlet", "version": 1.5},
        {"sender": 5, "kind": ["outlet"], "version": True},
    ],
)
async def test_junk_is_read_and_gives_way(room: Room, junk: dict[str, Any]) -> None:
    await room.mine.put([room.envelope(2)])
    await room.write({"_id": room.key("otl_000001"), **junk})
    seen = (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"]
    assert (seen.version, seen.digest) == (-1, "")
    good = Cell(kind=room.kind, district_id="310115", day=date(2026, 11, 1))
    assert good in await room.mine.sums(Cell(kind=room.kind))
    await room.mine.sums(good)
    await room.mine.lying(Cell(kind=room.kind))
    await room.mine.strangers(room.kind)
    assert await room.mine.replace(room.envelope(1), seen)
    assert (await room.mine.find(room.kind, ["otl_000001"]))["otl_000001"].version == 1
