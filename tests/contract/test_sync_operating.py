"""Overseeing, dead letters, replays and backfills on the real store, with the relay beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.sync.standard_files import load_standard
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.common.pages import CursorInvalid, make_cursor
from services.sync.envelopes import Envelope
from services.sync.model import RecordKind, RecordRef
from services.sync.mongo import OUTBOX
from services.sync.pseudonyms import Pseudonyms
from services.sync.relay import replaying, rules
from services.sync.relay.backfilling import Backfilling, Step
from services.sync.relay.errors import MainSystemMissing
from services.sync.relay.model import DeadLetter, DeadReason, Progress
from services.sync.relay.mongo import (
    MongoDeadLetters,
    MongoOutboxFeed,
    MongoStandings,
    MongoWishes,
)
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS
from services.sync.relay.mongo.standings import STANDINGS
from services.sync.relay.overseeing import Overseeing
from services.sync.relay.relay import Relay
from services.sync.relay.replaying import LETTERS, Replaying
from services.sync.relay.situation import SILENT_AFTER_S, Alarm
from services.sync.relay.sorting import Recipient, Sorting
from services.sync.shelves.documents import AtTheRecipient, OnOurOwnShelf
from services.sync.shelves.model import Put
from services.sync.shelves.mongo import MARKS, MongoShelf
from services.sync.shelves.ports import ShelfUnavailable
from services.sync.standard.model import Flaw
from tests.contract.documents import Documents
from tests.shelves import SENDER, MemoryShelf, MemorySource
from tests.sync_operating import QuietTelling, QuietWatch, status_records

CLOCK = SystemClock()
KIND = RecordKind.SITE_STATUS
SINCE = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Post:
    """The parts of delivering, with a main system in memory."""

    mongo: Mongo
    dead: MongoDeadLetters
    feed: MongoOutboxFeed
    source: MemorySource
    target: MemoryShelf
    marks: MongoShelf
    sorting: Sorting
    relay: Relay

    def replaying(self, *, configured: bool = True) -> Replaying:
        wishes = MongoWishes(self.mongo)
        return Replaying(letters=self.dead, wishes=wishes, configured=configured, clock=CLOCK, ids=UlidSource())

    def backfilling(self) -> Backfilling:
        return Backfilling(
            sources={KIND: self.source}, sorting=self.sorting, target=self.target, marks=self.marks, dead=self.dead
        )

    def overseeing(self) -> Overseeing:
        return Overseeing(
            waiting=MongoOutboxFeed(self.mongo, sources={}, clock=CLOCK),
            standings=MongoStandings(self.mongo),
            dead=self.dead,
            configured=True,
            objective_s=60,
            clock=CLOCK,
        )

    async def all_letters(self, kind: RecordKind | None = None, limit: int = 3) -> list[DeadLetter]:
        """Return all letters, read page by page."""
        found: list[DeadLetter] = []
        after: str | None = None
        while True:
            page = await self.replaying().list(kind, limit, after)
            found += page.items
            after = page.next
            if after is None:
                return found


@pytest.fixture
async def post(mongo: Mongo) -> Post:
    for plan in (OUTBOX, MARKS, DEAD_LETTERS, STANDINGS):
        await mongo.collection(plan).delete_many({})
    source = MemorySource(status_records(40), KIND)
    recipient = Recipient(sender=SENDER, pseudonyms=Pseudonyms.for_recipient(b"example" * 5, "main"))
    watch = QuietWatch()
    sorting = Sorting(standard=load_standard(), recipient=recipient, quality=_no_flaws, watch=watch, clock=CLOCK)
    target = MemoryShelf(layout=AtTheRecipient(marks={}))
    marks = MongoShelf(mongo, sender=SENDER, layout=OnOurOwnShelf(), clock=CLOCK)
    dead, feed = MongoDeadLetters(mongo), MongoOutboxFeed(mongo, sources={KIND: source}, clock=CLOCK)
    relay = Relay(
        feeds=[feed],
        sorting=sorting,
        target=target,
        marks=marks,
        dead=dead,
        telling=QuietTelling(),
        watch=watch,
        clock=CLOCK,
    )
    return Post(
        mongo=mongo, dead=dead, feed=feed, source=source, target=target, marks=marks, sorting=sorting, relay=relay
    )


def _no_flaws(data: object, schema: object) -> tuple[str, ...]:  # noqa: ARG001 -- the shape that sorting asks for
    return ()


def letter(its_id: str, *, since: datetime = SINCE, kind: RecordKind = KIND) -> DeadLetter:
    flaws = (Flaw(path="name", rule="maxLength"),)
    return DeadLetter(ref=RecordRef(kind=kind, id=its_id), reason=DeadReason.OFF_STANDARD, flaws=flaws, since=since)


async def test_dead_letters_are_listed_newest_first_and_each_once(post: Post) -> None:
    many = [letter(f"otl_{number:03}", since=SINCE + timedelta(minutes=number // 4)) for number in range(18)]
    other = letter("rsv_1", kind=RecordKind.RESERVATION, since=SINCE + timedelta(minutes=2))
    await post.dead.keep([*many, other])
    expected = sorted([*many, other], key=lambda one: (one.since, one.id), reverse=True)
    assert await post.all_letters() == expected
    assert await post.all_letters(limit=200) == expected
    assert await post.all_letters(KIND) == [one for one in expected if one.ref.kind is KIND]
    assert await post.all_letters(RecordKind.SLOT) == []


@pytest.mark.parametrize(
    "cursor", ["x", make_cursor("other", 1, "x"), make_cursor(LETTERS, 1), make_cursor(LETTERS, 10**18, "x")]
)
async def test_a_cursor_of_another_list_is_refused(post: Post, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        await post.replaying().list(None, 10, cursor)


async def test_a_replayed_letter_goes_when_its_record_has_arrived(post: Post, documents: Documents) -> None:
    good, bad = list(post.source.records.values())[:2]
    broken = {**bad.data, "site_kind": ""}
    post.source.records[bad.id] = replace(bad, data=broken)
    await post.dead.keep([letter(good.id), letter(bad.id, since=SINCE), letter("otl_gone")])
    assert await post.replaying().replay(None, ()) == 3
    [parcel] = await documents.find(OUTBOX.name)
    assert (parcel["_id"][:4], parcel["events"], len(parcel["records"])) == ("rpl_", [], 3)

    assert await post.relay.work_once()
    left = {one.ref.id: one.reason for one in await post.all_letters()}
    assert left == {bad.id: DeadReason.OFF_STANDARD, "otl_gone": DeadReason.MISSING}
    assert [one.since for one in await post.all_letters(KIND)] == [SINCE, SINCE]
    assert set(post.target.documents[KIND]) == {good.id}
    assert await documents.find(OUTBOX.name) == []

    post.source.records[bad.id] = replace(bad, version=bad.version + 1)
    assert await post.replaying().replay(KIND, [f"{KIND}:{bad.id}", "site_status:otl_never"]) == 1
    assert await post.relay.work_once()
    assert [one.ref.id for one in await post.all_letters()] == ["otl_gone"]


async def test_many_letters_make_several_parcels(
    post: Post, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "RECORDS_IN_PARCEL", 10)
    await post.dead.keep([letter(f"otl_{number:05}") for number in range(23)])
    assert await post.replaying().replay(RecordKind.SLOT, ()) == 0
    assert await post.replaying().replay(RecordKind.SLOT, ["site_status:otl_00001"]) == 0
    assert await post.replaying().replay(KIND, ()) == 23
    parcels = await documents.find(OUTBOX.name)
    assert sorted(len(one["records"]) for one in parcels) == [3, 10, 10]


async def test_without_a_main_system_nothing_is_replayed(post: Post) -> None:
    with pytest.raises(MainSystemMissing):
        await post.replaying(configured=False).replay(None, ())


async def steps_of(post: Post, since: date | None = None) -> Sequence[Step]:
    return [step async for step in post.backfilling().deliver(KIND, since)]


async def test_a_backfill_delivers_everything_and_a_second_one_nothing(post: Post, documents: Documents) -> None:
    first = next(iter(post.source.records.values()))
    await post.dead.keep([letter(first.id)])
    assert await post.backfilling().about(KIND) == 40
    assert list(await steps_of(post)) == [Step(read=40, delivered=40, known=0, dead=0)]
    assert list(await steps_of(post)) == [Step(read=40, delivered=0, known=40, dead=0)]
    assert set(post.target.documents[KIND]) == set(post.source.records)
    assert len(await documents.find(MARKS.name)) == 40
    assert await post.all_letters() == []


async def test_a_backfill_since_a_day_leaves_older_ones_out(post: Post) -> None:
    days = sorted({record.day for record in post.source.records.values()})
    youngest = {record.id for record in post.source.records.values() if record.day == days[-1]}
    [step] = await steps_of(post, days[-1])
    assert (step.read, step.delivered) == (40, len(youngest))
    assert set(post.target.documents[KIND]) == youngest


async def test_a_backfill_names_what_cannot_go(post: Post) -> None:
    one, other = list(post.source.records.values())[:2]
    post.source.records[one.id] = replace(one, data={**one.data, "site_kind": ""})
    post.target.refusing.add(other.id)
    [step] = await steps_of(post)
    assert step == Step(read=40, delivered=38, known=0, dead=2)
    reasons = {found.ref.id: found.reason for found in await post.all_letters()}
    assert reasons == {one.id: DeadReason.OFF_STANDARD, other.id: DeadReason.REFUSED}


async def test_a_backfill_beside_the_relay_changes_nothing(post: Post) -> None:
    """An older state read by a backfill never replaces a newer one that the relay has delivered since."""
    first = next(iter(post.source.records.values()))
    async for some in post.source.everything():
        newer = replace(first, version=first.version + 1)
        post.source.records[first.id] = newer
        await post.relay.deliver(post.feed, [RecordRef(kind=KIND, id=first.id)], post.target)
        stale = MemorySource(some, KIND)
        backfilling = Backfilling(
            sources={KIND: stale}, sorting=post.sorting, target=post.target, marks=post.marks, dead=post.dead
        )
        [step] = [one async for one in backfilling.deliver(KIND, None)]
        assert (step.delivered, step.known) == (39, 1)
    assert post.target.documents[KIND][first.id]["version"] == first.version + 1


async def test_overseeing_sees_what_waits_without_a_leader(post: Post) -> None:
    quiet = await post.overseeing().look()
    assert (quiet.lag_s, quiet.backlog, quiet.said, quiet.silent_s) == (0, 0, None, None)
    assert quiet.alarms == (Alarm.SILENT,)
    told_at = CLOCK.now() - timedelta(seconds=90)
    waiting = [
        {"_id": f"evt_{number}", "told_at": told_at + timedelta(seconds=number), "events": [], "records": []}
        for number in range(3)
    ]
    await post.mongo.collection(OUTBOX).insert_many(waiting)
    late = await post.overseeing().look()
    assert late.oldest_at == told_at
    assert 90 <= late.lag_s < 120
    assert (late.backlog, late.alarms) == (3, (Alarm.LATE, Alarm.SILENT))


async def test_overseeing_believes_a_leader_that_speaks(post: Post) -> None:
    now = CLOCK.now()
    said = Progress(
        leader="here:1",
        said_at=now,
        backlog=700,
        oldest_at=now,
        delivered=10,
        known=1,
        rate=5.0,
        last_delivered_at=now,
        failing_since=None,
        failure=None,
        read_from=now,
    )
    await MongoStandings(post.mongo).say(said)
    await post.dead.keep([letter("otl_1")])
    await post.mongo.collection(OUTBOX).insert_one({"_id": "evt_1", "told_at": now, "events": [], "records": []})
    fresh = await post.overseeing().look()
    assert (fresh.said, fresh.backlog, fresh.alarms, fresh.dead) == (said, 700, (), {KIND: 1})
    await MongoStandings(post.mongo).say(replace(said, said_at=now - timedelta(seconds=SILENT_AFTER_S + 1)))
    silent = await post.overseeing().look()
    assert (silent.backlog, silent.alarms) == (1, (Alarm.SILENT,))


async def test_a_backfill_waits_for_a_target_that_is_restarted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "FIRST_PAUSE_S", 0.01)

    def towards(target: MemoryShelf) -> Backfilling:
        return Backfilling(
            sources={KIND: post.source}, sorting=post.sorting, target=target, marks=post.marks, dead=post.dead
        )

    assert [one.delivered async for one in towards(FallibleShelf(failures=3)).deliver(KIND, None)] == [40]
    monkeypatch.setattr(rules, "LONGEST_PAUSE_S", 0.01)
    with pytest.raises(ShelfUnavailable):
        [one async for one in towards(FallibleShelf(failures=100)).deliver(KIND, None)]


class FallibleShelf(MemoryShelf):
    """A shelf whose database is away for some tries."""

    def __init__(self, *, failures: int) -> None:
        super().__init__(layout=AtTheRecipient(marks={}))
        self._failures = failures

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        self._failures -= 1
        if self._failures >= 0:
            raise ShelfUnavailable("database_unavailable")
        return await super().put(envelopes)
