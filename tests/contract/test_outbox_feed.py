"""Reading the outbox: in its order, whatever its length, with what was written late or by clocks that are fast."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.common.mongo import Document, Mongo
from services.sync.model import RecordKind, RecordRef
from services.sync.mongo import OUTBOX, MongoOutbox
from services.sync.relay.model import Parcel, Progress
from services.sync.relay.mongo import MongoOutboxFeed, MongoStandings, MongoWishes
from services.sync.relay.mongo.outbox import AHEAD, MOST_IN_WINDOW, SWEEP_EVERY
from services.sync.relay.mongo.standings import STANDINGS
from services.sync.relay.rules import LATE_COMMITS
from tests.factories import make_event, new_id

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class MovedClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.instant = START

    def now(self) -> datetime:
        return self.instant


class CountingFeed(MongoOutboxFeed):
    """Remembers how much each look read."""

    reads: list[int]

    async def _between(self, since: datetime, until: datetime, more: Document) -> Sequence[Parcel]:
        found = await super()._between(since, until, more)
        self.reads.append(len(found))
        return found


class Desk:
    """An outbox with a clock, and a feed that reads it."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.clock = MovedClock()
        self.feed = self.another()

    def another(self) -> CountingFeed:
        feed = CountingFeed(self.mongo, sources={}, clock=self.clock)
        feed.reads = []
        return feed

    async def add(self, *ages: timedelta, records: int = 1) -> list[str]:
        """Write a parcel of each age, in this order; return their ids."""
        parcels = [
            Parcel(
                id=new_id("evt"),
                told_at=self.clock.instant - age,
                events=(make_event("rsv_1"),),
                records=tuple(RecordRef(kind=RecordKind.ITEM, id=new_id("itm")) for _ in range(records)),
            )
            for age in ages
        ]
        for start in range(0, len(parcels), 1000):
            await MongoWishes(self.mongo).add(parcels[start : start + 1000])
        return [parcel.id for parcel in parcels]

    async def say(self) -> None:
        """Let the leader say how far it is."""
        now = self.clock.instant
        standing = Progress(
            leader="leader",
            said_at=now,
            backlog=1,
            oldest_at=now,
            delivered=0,
            known=0,
            rate=0.0,
            read_from=self.feed.read_from,
            last_delivered_at=None,
            failing_since=None,
            failure=None,
        )
        await MongoStandings(self.mongo).say(standing)

    async def ids(self, wanted: int = 1000) -> list[str]:
        return ids_of(await self.feed.oldest(wanted))


def ids_of(parcels: Iterable[Parcel]) -> list[str]:
    return [parcel.id for parcel in parcels]


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    for plan in (OUTBOX, STANDINGS):
        await mongo.collection(plan).delete_many({})
    return Desk(mongo)


async def test_the_oldest_come_first_however_they_were_written(desk: Desk) -> None:
    ages = [timedelta(seconds=seconds) for seconds in (5, 3000, 1, 90, 86400 * 30)]
    ids = await desk.add(*ages)
    assert await desk.ids() == [ids[at] for at in (4, 1, 3, 0, 2)]
    assert await desk.feed.oldest_at() == START - ages[4]
    assert await desk.feed.backlog() == len(ids)


async def test_as_many_come_as_name_the_records_that_are_wanted(desk: Desk) -> None:
    ids = await desk.add(*(timedelta(seconds=9 - number) for number in range(5)), records=3)
    assert await desk.ids(wanted=7) == ids[:3]
    empty = await desk.add(*(timedelta(seconds=4 - number) for number in range(3)), records=0)
    assert await desk.ids(wanted=17) == [*ids, *empty[:2]]


async def test_what_is_done_comes_no_more(desk: Desk) -> None:
    ids = await desk.add(*(timedelta(seconds=300 - number) for number in range(250)))
    first = await desk.feed.oldest(120)
    assert ids_of(first) == ids[:120]
    await desk.feed.done(first)
    await desk.feed.done(first)
    assert await desk.ids() == ids[120:]


async def test_what_was_told_already_says_so(desk: Desk) -> None:
    ids = await desk.add(timedelta(seconds=3), timedelta(seconds=2), timedelta(seconds=1))
    await desk.feed.note_told((await desk.feed.untold(1000))[:2])
    assert ids_of(await desk.feed.untold(1000)) == ids[2:]
    parcels = await desk.feed.oldest(1000)
    assert [parcel.told for parcel in parcels] == [True, True, False]
    assert [event.subject_id for parcel in parcels for event in parcel.events] == []


async def test_what_happened_comes_with_its_events_and_records(desk: Desk, mongo: Mongo) -> None:
    event, ref = make_event("rsv_1"), RecordRef(kind=RecordKind.RESERVATION, id="rsv_1")
    desk.clock.instant = datetime.now(UTC) + timedelta(seconds=1)
    await mongo.transact(lambda session: MongoOutbox(mongo).append([event], [ref, ref], session))
    (parcel,) = await desk.feed.oldest(1000)
    assert (parcel.events, parcel.records, parcel.told) == ((event,), (ref,), False)


async def test_many_that_wait_are_read_a_bounded_number_at_a_time(desk: Desk) -> None:
    count = MOST_IN_WINDOW + 1000
    ids = await desk.add(*(timedelta(seconds=1000) - 100 * MILLISECOND * number for number in range(count)))
    # Whoever knows nothing looks at everything, once.
    assert await desk.ids(wanted=500) == ids[:500]
    assert sum(desk.feed.reads) <= MOST_IN_WINDOW
    desk.feed.reads.clear()
    # Then everybody begins where it begins, also who takes over, and looks no further than needed.
    assert await desk.ids(wanted=500) == ids[:500]
    assert sum(desk.feed.reads) < 3 * 500
    await desk.say()
    successor = desk.another()
    assert ids_of(await successor.oldest(500)) == ids[:500]
    assert sum(successor.reads) < 3 * 500
    assert len(successor.reads) < 15


async def test_where_little_waits_a_look_is_short(desk: Desk) -> None:
    await desk.ids()
    desk.feed.reads.clear()
    (new,) = await desk.add(timedelta(seconds=1))
    assert await desk.ids(wanted=1) == [new]
    assert len(desk.feed.reads) < 12


async def test_what_other_platforms_were_told_is_not_looked_through_again(desk: Desk) -> None:
    """As long as the main system is away, all of it waits."""
    ids = await desk.add(*(timedelta(seconds=1000 - number) for number in range(800)))
    told = await desk.feed.untold(10_000)
    assert ids_of(told) == ids
    await desk.feed.note_told(told)
    assert await desk.feed.untold(10_000) == []
    desk.feed.reads.clear()
    (new,) = await desk.add(timedelta(0))
    assert ids_of(await desk.feed.untold(10_000)) == [new]
    assert len(desk.feed.reads) < 15
    assert await desk.ids(wanted=10_000) == [*ids, new]


async def test_as_many_of_one_instant_as_there_may_be_are_all_delivered(desk: Desk) -> None:
    ids = set(await desk.add(*[timedelta(seconds=60)] * (MOST_IN_WINDOW + 500)))
    while parcels := await desk.feed.oldest(2000):
        assert set(ids_of(parcels)) <= ids
        ids -= set(ids_of(parcels))
        await desk.feed.done(parcels)
    assert not ids


async def test_a_transaction_that_ends_late_is_seen_when_it_ends(desk: Desk) -> None:
    assert await desk.ids() == []
    late = LATE_COMMITS - timedelta(seconds=1)
    desk.clock.instant += timedelta(seconds=1)
    ids = await desk.add(late)
    assert await desk.ids() == ids


async def test_what_was_written_much_too_late_is_found_by_the_sweep(desk: Desk) -> None:
    assert await desk.ids() == []
    ids = await desk.add(timedelta(days=2))
    assert await desk.ids() == []
    desk.clock.instant += SWEEP_EVERY + MILLISECOND
    assert await desk.ids() == ids
    # A process that has just started looks everywhere at once.
    assert ids_of(await desk.another().oldest(1000)) == ids


async def test_what_a_fast_clock_wrote_need_not_wait_for_ours(desk: Desk) -> None:
    assert await desk.ids() == []
    soon, never = await desk.add(timedelta(minutes=-30), -3 * AHEAD)
    assert await desk.ids() == [soon]
    (now,) = await desk.add(timedelta(0))
    assert await desk.ids() == [now, soon]
    desk.clock.instant += 2.5 * AHEAD
    assert await desk.ids() == [now, soon, never]


async def test_a_clock_that_is_set_back_leaves_nothing_out(desk: Desk) -> None:
    assert await desk.ids() == []
    desk.clock.instant -= timedelta(minutes=30)
    ids = await desk.add(timedelta(0))
    desk.clock.instant += timedelta(seconds=1)
    # Before the sweep, or by it: within its time it is seen.
    desk.clock.instant += timedelta(minutes=30) + SWEEP_EVERY
    assert await desk.ids() == ids


async def test_what_clocks_wrote_that_are_wrong_by_years_is_found_as_well(desk: Desk) -> None:
    assert await desk.ids() == []
    desk.clock.instant += SWEEP_EVERY + timedelta(seconds=1)
    ids = await desk.add(timedelta(days=365 * 20), timedelta(days=-365 * 20))
    assert await desk.ids() == ids
