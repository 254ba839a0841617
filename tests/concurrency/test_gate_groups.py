"""Scans that are decided and kept together: each gets its own answer, whatever becomes of its neighbours."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from pymongo import AsyncMongoClient, monitoring

from qr.entry_code import EntryPass
from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS
from services.admissions.group import LARGEST_BATCH, LONGEST_QUEUE, ScanGroups
from services.admissions.model import Reading, RefusalReason, RefusedCode, Scan
from services.admissions.mongo import MongoScans
from services.common.errors import DomainError
from services.common.mongo import Mongo
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox
from tests.concurrency.hindered_gate import Breaking, Overtaken, Repeating, Slow, Unlucky, cancel
from tests.concurrency.proxy import wired
from tests.events import events_in
from tests.factories import make_entry_pass, make_reading, new_id
from tests.processes import Stores, fresh_database_name

OF_CONNECTIONS = {"saslStart", "saslContinue", "hello"}
JUNK = RefusedCode(reason=RefusalReason.MALFORMED, shown=None)
Pair = tuple[Mongo, Mongo]


def store_on(mongo: Mongo) -> MongoScans:
    return MongoScans(mongo, MongoOutbox(mongo))


async def answers_of(gate: ScanGroups, readings: Sequence[Reading]) -> list[Scan | BaseException]:
    """Return the answers to scans that arrive in this order before the first of them is decided."""
    return await asyncio.gather(*(gate.answer(reading) for reading in readings), return_exceptions=True)


def words(answers: Sequence[Scan | BaseException]) -> list[str]:
    """Return each answer in a word."""
    assert all(isinstance(one, Scan | DomainError) for one in answers), answers
    return [(one.reason or one.decision) if isinstance(one, Scan) else getattr(one, "code", "") for one in answers]


async def inside(mongo: Mongo, visitors: EntryPass) -> list[int]:
    """Return how many the gate has counted of a party, entry by entry."""
    record = (await store_on(mongo).find_passes([visitors.reservation_id])).get(visitors.reservation_id)
    assert record is None or record.admitted_count == sum(entry.count for entry in record.entries)
    return [] if record is None else [entry.count for entry in record.entries]


def nonce_again(reading: Reading, **changes: object) -> Reading:
    return replace(reading, event_id=new_id("evt"), **changes)  # type: ignore[arg-type]


class Motley:
    """Scans of every kind with the answer that each must get, whoever is decided with it: now, and when sent again."""

    def __init__(self) -> None:
        self.cancelled, self.exhausted, self.parted = (make_entry_pass(party_size=size) for size in (2, 2, 4))
        self.sent_before = make_reading(self.exhausted)
        junk, twice = make_reading(JUNK), make_reading(make_entry_pass())
        self.expected = [
            (make_reading(make_entry_pass()), "admitted", "admitted"),
            (make_reading(self.cancelled), "cancelled", "cancelled"),
            (make_reading(self.exhausted), "already_admitted", "already_admitted"),
            (nonce_again(self.sent_before), "admitted", "admitted"),
            (nonce_again(self.sent_before, code_digest="another code"), "nonce_reused", "nonce_reused"),
            (junk, "malformed", "malformed"),
            (nonce_again(junk, code=make_entry_pass(), code_digest="another code"), "nonce_reused", "nonce_reused"),
            (twice, "admitted", "admitted"),
            (nonce_again(twice), "admitted", "admitted"),
            (make_reading(self.parted, count=3), "admitted", "admitted"),
            # An error is not kept as an answer: later there is another one.
            (make_reading(self.parted, count=2), "count_too_large", "already_admitted"),
            (make_reading(self.parted), "admitted", "admitted"),
            (make_reading(self.parted), "already_admitted", "already_admitted"),
            (make_reading(make_entry_pass(party_size=1), count=2), "count_too_large", "count_too_large"),
        ]

    async def happen_before(self, mongo: Mongo) -> None:
        await cancel(mongo, self.cancelled)
        await ScanGroups(store_on(mongo)).answer(self.sent_before)


async def test_in_one_batch_each_scan_gets_its_own_answer(pair: Pair) -> None:
    motley, gate = Motley(), ScanGroups(store_on(pair[0]))
    await motley.happen_before(pair[1])
    for sending in (1, 2):
        answers = await answers_of(gate, [nonce_again(one[0]) for one in motley.expected])
        assert words(answers) == [one[sending] for one in motley.expected]
        assert await inside(pair[0], motley.parted) == [3, 1]
        assert await inside(pair[0], motley.exhausted) == [2]
        assert await inside(pair[0], motley.cancelled) == []


async def test_scans_of_one_party_at_many_gates_of_two_processes_are_counted_exactly(pair: Pair) -> None:
    gates = [ScanGroups(store_on(mongo)) for mongo in pair]
    parties = [make_entry_pass(party_size=5) for _ in range(8)]
    scans = [(gates[n % 2], make_reading(party, count=1)) for n in range(7) for party in parties]
    answers = await asyncio.gather(*(gate.answer(reading) for gate, reading in scans))
    assert Counter(answer.reason for answer in answers) == {None: 40, RefusalReason.ALREADY_ADMITTED: 16}
    for party in parties:
        counts = [
            one.admitted_count for one in answers if one.reservation_id == party.reservation_id and one.admitted_now
        ]
        assert sorted(counts) == [1, 2, 3, 4, 5]
        assert await inside(pair[0], party) == [1] * 5
    again = await asyncio.gather(*(gates[n % 2].answer(nonce_again(scan)) for n, (_, scan) in enumerate(scans)))
    assert again == answers


@pytest.mark.parametrize("look_first", ["look", "guess"])
async def test_a_cancellation_between_decision_and_write_is_noticed(pair: Pair, look_first: str) -> None:
    cancelled, comes = make_entry_pass(), make_entry_pass()
    store = Overtaken(pair[0], [cancelled])
    gate = ScanGroups(store)
    gate._look_first = look_first == "look"
    answers = await answers_of(gate, [make_reading(comes), make_reading(cancelled), make_reading(JUNK)])
    assert words(answers) == ["admitted", "cancelled", "malformed"]
    assert store.claims == 2
    assert await inside(pair[0], cancelled) == []
    assert await inside(pair[0], comes) == [2]


async def test_nobody_is_told_how_many_are_left_of_a_party_that_cancelled(pair: Pair) -> None:
    cancelled = make_entry_pass(party_size=1)
    await cancel(pair[1], cancelled)
    answers = await answers_of(ScanGroups(store_on(pair[0])), [make_reading(cancelled, count=2)])
    assert words(answers) == ["cancelled"]


async def test_whoever_hangs_up_and_scans_again_hears_the_first_answer(pair: Pair) -> None:
    store, visitors = Slow(pair[0]), make_entry_pass(party_size=2)
    gate, reading = ScanGroups(store), make_reading(visitors)
    hangs_up = asyncio.create_task(gate.answer(reading))
    await store.reached.wait()
    hangs_up.cancel()
    store.may_go_on.set()
    answers = await answers_of(gate, [nonce_again(reading), make_reading(visitors)])
    assert words(answers) == ["admitted", "already_admitted"]
    assert hangs_up.cancelled()
    assert await inside(pair[0], visitors) == [2]


@pytest.mark.parametrize("place", [0, 3, 8])
async def test_a_scan_that_is_always_beaten_holds_up_nobody_else(pair: Pair, place: int) -> None:
    parties = [make_entry_pass() for _ in range(9)]
    readings = [make_reading(visitors) for visitors in parties]
    gate = ScanGroups(Unlucky(pair[0], readings[place].scan_id))
    answers = await answers_of(gate, readings)
    assert words(answers) == ["too_busy" if n == place else "admitted" for n in range(9)]
    assert [await inside(pair[0], visitors) for visitors in parties] == [[] if n == place else [2] for n in range(9)]


async def test_whose_answer_was_kept_hears_it_though_the_database_goes_away_then(pair: Pair) -> None:
    readings = [make_reading(make_entry_pass()) for _ in range(4)]
    answers = await answers_of(ScanGroups(Breaking(pair[0], readings[3].scan_id)), readings)
    assert words(answers) == ["admitted"] * 3 + ["database_unavailable"]


async def test_a_batch_that_was_kept_already_is_recognised(pair: Pair) -> None:
    visitors = make_entry_pass(party_size=3)
    gate = ScanGroups(Repeating(pair[0], MongoOutbox(pair[0])))
    answers = await answers_of(gate, [make_reading(visitors, count=n) for n in (1, 2, 1)])
    assert words(answers) == ["admitted", "admitted", "already_admitted"]
    assert await inside(pair[0], visitors) == [1, 2]
    events = await events_in(pair[0].collection(PASSES).database, subject_id=visitors.reservation_id)
    assert [event["payload"]["count"] for event in events] == [1, 2]


@pytest.mark.parametrize("command", ["insert", "update", "commitTransaction"])
async def test_a_batch_whose_reply_gets_lost_is_kept_whole_and_told(stores: Stores, command: str) -> None:
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=4)
    async with wired(config) as (wire, mongo):
        gate = ScanGroups(store_on(mongo))
        visitors = make_entry_pass(party_size=4)
        await gate.answer(make_reading(visitors, count=1))
        readings = [make_reading(visitors, count=1), make_reading(make_entry_pass()), make_reading(visitors)]
        lost = asyncio.Event()
        wire.lose_reply_to(command, lost.set)
        answers = await answers_of(gate, readings)
        assert lost.is_set()
        assert words(answers) == ["admitted"] * 3
        assert await inside(mongo, visitors) == [1, 1, 2]
        assert await answers_of(gate, [nonce_again(reading) for reading in readings]) == answers
        told = await events_in(mongo.client[config.database])
        assert Counter(event["subject_id"] for event in told)[visitors.reservation_id] == 3


async def test_a_queue_that_is_too_long_refuses_at_once(pair: Pair) -> None:
    gate = ScanGroups(store_on(pair[0]))
    answers = await answers_of(gate, [make_reading(JUNK) for _ in range(LONGEST_QUEUE + 5)])
    assert words(answers) == ["malformed"] * LONGEST_QUEUE + ["too_busy"] * 5
    assert {getattr(one, "retry_after_s", None) for one in answers[LONGEST_QUEUE:]} == {1}


class Operations(monitoring.CommandListener):
    """Counts what is asked of the database."""

    def __init__(self) -> None:
        self._counts = Counter[str]()

    def counted(self) -> Counter[str]:
        """Return the counts since the last time."""
        counts, self._counts = self._counts, Counter()
        return counts

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in OF_CONNECTIONS:
            self._counts[event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to count."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to count."""


async def test_what_many_scans_ask_of_the_database_grows_with_the_batches_only(stores: Stores) -> None:
    operations, database = Operations(), fresh_database_name()
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(
        stores.mongodb_uri, event_listeners=[operations], tz_aware=True, w="majority", journal=True
    )
    mongo = Mongo(client, database, transactions=2)
    await mongo.create_indexes(COLLECTIONS)
    operations.counted()
    gate, readings = ScanGroups(store_on(mongo)), [make_reading(make_entry_pass()) for _ in range(200)]
    batches = -(-len(readings) // LARGEST_BATCH)
    answers = await answers_of(gate, readings)
    assert words(answers) == ["admitted"] * 200
    assert operations.counted() == {"insert": 3 * batches, "update": batches, "commitTransaction": batches}
    assert await answers_of(gate, [nonce_again(reading) for reading in readings]) == answers
    # The first batch finds out by its write that it must look.
    assert operations.counted() == {"insert": 1, "abortTransaction": 1, "find": 2 * batches}
    for looks in (2, 0):  # as long as looks find something
        others = await answers_of(gate, [make_reading(make_entry_pass()) for _ in range(LARGEST_BATCH)])
        assert words(others) == ["admitted"] * LARGEST_BATCH
        assert operations.counted() == Counter(find=looks, insert=3, update=1, commitTransaction=1)
    await mongo.close()
