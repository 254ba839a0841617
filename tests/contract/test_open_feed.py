"""The open interface over real marks: everything once, in order, for its client alone."""

import base64
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.sync.standard_files import load_standard
from services.clients.feeding import SETTLED_AFTER, OpenFeed
from services.clients.model import Client, FeedPage
from services.clients.mongo import MongoMarks
from services.common.mongo import Mongo
from services.common.pages import CursorInvalid, make_cursor
from services.sync.model import RecordKind
from services.sync.records import Record
from services.sync.shelves.mongo import MARKS
from tests.clients import CITY, a_client
from tests.factories import make_district, new_id

LONG_AGO = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STANDARD = load_standard()
SLOT, VENUE = "slt_01JD0000000000000000000000", "ven_01JD0000000000000000000000"
KIND = RecordKind.RESERVATION
READER = a_client()


def a_record(district_id: str = "310101", **data: Any) -> Record:
    its_id = new_id("rsv")
    told = {"id": its_id, "venue_id": VENUE, "slot_id": SLOT, "visit_on": "2026-11-22", "party_size": 2}
    return Record(
        kind=KIND,
        id=its_id,
        version=1,
        district_id=district_id,
        day=date(2026, 11, 22),
        changed_at=LONG_AGO,
        data=told | {"admitted_count": 0, "status": "booked"} | data,
    )


class Town:
    """Records, and the marks that the relay made of them."""

    kind = KIND

    def __init__(self, mongo: Mongo) -> None:
        self._marks = mongo.collection(MARKS)
        self.records: dict[str, Record] = {}
        self.at = NOW
        self.feed = OpenFeed(
            marks=MongoMarks(mongo),
            sources={KIND: self},
            standard=STANDARD,
            districts=self,
            secret=b"s" * 32,
            instance="chengma",
            clock=self,
        )

    def now(self) -> datetime:
        return self.at

    async def districts(self) -> Sequence[Any]:
        return [make_district(id=its_id, city_id=CITY) for its_id in ("310101", "310104")]

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        return [self.records[one] for one in ids if one in self.records]

    async def about(self) -> int:
        raise AssertionError("a page of the feed must not cost as much as all records")

    def everything(self) -> AsyncIterator[Sequence[Record]]:
        raise AssertionError("a page of the feed must not cost as much as all records")

    async def deliver(self, at: datetime, *records: Record) -> None:
        for one in records:
            self.records[one.id] = one
            mark = {
                "source_id": one.id,
                "kind": one.kind.value,
                "district": one.district_id,
                "delivered_at": at,
                "sender": "chengma",
            }
            key = f"{one.kind}:pseudonym-of-{one.id}"
            await self._marks.replace_one({"_id": key}, {"_id": key, **mark}, upsert=True)

    async def read(self, client: Client, limit: int, after: str | None = None) -> list[FeedPage]:
        pages: list[FeedPage] = []
        while not pages or pages[-1].more:
            pages.append(await self.feed.page(client, KIND, pages[-1].next if pages else after, limit))
        return pages


@pytest.fixture
async def town(mongo: Mongo) -> Town:
    await mongo.collection(MARKS).delete_many({})
    return Town(mongo)


def slots_of(pages: Sequence[FeedPage]) -> list[int]:
    return [one.data["party_size"] for page in pages for one in page.items]


async def test_an_empty_feed_says_where_to_go_on(town: Town) -> None:
    [page] = await town.read(READER, 10)
    assert (page.items, page.more) == ([], False)
    town.at += timedelta(days=1)
    await town.deliver(NOW, a_record())
    [later] = await town.read(READER, 10, page.next)
    assert len(later.items) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_everything_comes_once_in_the_order_of_its_changes(town: Town, limit: int) -> None:
    sizes = iter(range(1, 100))
    days = [0, 0, 1, 40, 40, 40, 200]  # months without anything, and several in one instant
    for day in days:
        batch = [a_record(party_size=next(sizes)) for _ in range(3)]
        await town.deliver(LONG_AGO + timedelta(days=day, seconds=day), *batch)
    pages = await town.read(READER, limit)
    found = slots_of(pages)
    assert len(found) == len(days) * 3
    at = dict(zip(range(1, 100), [day for day in days for _ in range(3)], strict=False))
    assert [at[one] for one in found] == sorted(days * 3)
    assert sorted(found) == list(range(1, len(found) + 1))
    assert all(len(page.items) <= limit for page in pages)
    assert slots_of(await town.read(READER, limit, pages[-1].next)) == []


async def test_what_changes_again_comes_again_further_on(town: Town) -> None:
    first, second = a_record(party_size=1), a_record(party_size=2)
    await town.deliver(LONG_AGO, first, second)
    [page] = await town.read(READER, 10)
    await town.deliver(LONG_AGO + timedelta(hours=1), first)
    [again] = await town.read(READER, 10)
    assert slots_of([again]) == [2, 1]
    town.at += timedelta(hours=1)
    await town.deliver(NOW + timedelta(minutes=5), second)
    assert slots_of(await town.read(READER, 10, page.next)) == [2]


async def test_what_is_hardly_delivered_comes_later_and_is_not_missed(town: Town) -> None:
    await town.deliver(NOW - SETTLED_AFTER + timedelta(milliseconds=1), a_record(party_size=1))
    [page] = await town.read(READER, 10)
    assert page.items == []
    # Somebody slower, with an instant before that.
    await town.deliver(NOW - SETTLED_AFTER, a_record(party_size=2))
    town.at += timedelta(milliseconds=2)
    assert slots_of(await town.read(READER, 10, page.next)) == [2, 1]


async def test_a_client_sees_its_districts_only(town: Town) -> None:
    moved = a_record(party_size=4)
    await town.deliver(LONG_AGO, a_record("310101", party_size=1), a_record("310104", party_size=2), moved)
    await town.deliver(LONG_AGO, a_record(CITY, party_size=3), a_record("110101", party_size=5))
    town.records[moved.id] = Record(**{**vars(moved), "district_id": "310104"})
    assert sorted(slots_of(await town.read(a_client(districts=("310101",)), 2))) == [1]
    assert sorted(slots_of(await town.read(a_client(districts=("310104",)), 2))) == [2]
    assert sorted(slots_of(await town.read(a_client(), 2))) == [1, 2, 3, 4]
    assert sorted(slots_of(await town.read(a_client(city_id="110000"), 2))) == []


async def test_two_clients_know_a_reservation_by_different_names_and_none_by_ours(town: Town) -> None:
    record = a_record()
    await town.deliver(LONG_AGO, record)
    mine, yours = a_client(), a_client()
    [[first]], [[second]] = [[page.items for page in await town.read(one, 10)] for one in (mine, yours)]
    assert first.id != second.id
    assert first.id == first.data["id"]
    assert (await town.read(mine, 10))[0].items == [first]
    assert record.id not in str(first)
    assert STANDARD.flaws(KIND, first.data) == ()


async def test_what_breaks_the_standard_or_is_gone_is_left_out(town: Town) -> None:
    gone = a_record(party_size=3)
    await town.deliver(LONG_AGO, a_record(party_size=1), a_record(party_size=2, name="张三"), gone)
    del town.records[gone.id]
    assert slots_of(await town.read(a_client(), 1)) == [1]


async def test_cursors_that_were_not_given_out_are_refused(town: Town) -> None:
    await town.deliver(LONG_AGO, a_record(party_size=1), a_record(party_size=2))
    mine, yours = a_client(), a_client()
    [first, _] = await town.read(mine, 1)
    assert slots_of(await town.read(mine, 1, first.next))
    middle = len(first.next) // 2
    spoilt = first.next[:middle] + ("A" if first.next[middle] != "A" else "B") + first.next[middle + 1 :]
    bare = make_cursor("open-records", "reservation", 1_770_000_000_000, "")
    for cursor in (spoilt, first.next[:-4], first.next + "AAAA", first.next[:20], bare, "", "!", "张三", "A" * 400):
        with pytest.raises(CursorInvalid):
            await town.feed.page(mine, KIND, cursor, 10)
    with pytest.raises(CursorInvalid):
        await town.feed.page(yours, KIND, first.next, 10)
    with pytest.raises(CursorInvalid):
        await town.feed.page(mine, RecordKind.ADMISSION, first.next, 10)


async def test_cursors_tell_nothing_and_two_clients_share_nothing(town: Town) -> None:
    record = a_record()
    await town.deliver(LONG_AGO, record, a_record())
    cursors = [(await town.read(a_client(), 1))[0].next for _ in range(2)]
    raw = [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in cursors]
    at_ms = round(LONG_AGO.timestamp() * 1000)
    for told in (b"reservation", b"rsv_", b"pseudonym", str(at_ms).encode(), at_ms.to_bytes(8, "big")):
        assert not [one for one in raw if told in one]
    for width in (4, 8):  # of as many bytes in a row none are in both
        pieces = [{one[at : at + width] for at in range(len(one) - width + 1)} for one in raw]
        assert not pieces[0] & pieces[1]


async def test_what_is_told_of_a_change_is_its_day_in_the_city(town: Town) -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # half past midnight in the city
    record = a_record()
    await town.deliver(LONG_AGO, Record(**{**vars(record), "changed_at": late}))
    [[shown]] = [page.items for page in await town.read(a_client(), 10)]
    assert shown.changed_on == date(2026, 3, 2)
    assert not [value for value in vars(shown).values() if isinstance(value, datetime)]
