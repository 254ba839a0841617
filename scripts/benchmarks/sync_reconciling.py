"""`sync`, reconciling: ten differences among many records, found by sums and by reading everything."""

import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Better, Bound, Row, ratios, rotated
from scripts.benchmarks.house import open_house
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from services.common.clock import SystemClock
from services.common.mongo import CollectionPlan, Mongo
from services.sync.envelopes import Envelope, wrap
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.reconciling.bisecting import Bisecting
from services.sync.reconciling.confirming import Confirming
from services.sync.reconciling.model import Difference, Told
from services.sync.reconciling.rules import compared
from services.sync.records import Record
from services.sync.shelves.documents import AtTheRecipient, Layout, OnOurOwnShelf
from services.sync.shelves.model import Cell
from services.sync.shelves.mongo import MARKS, MongoShelf, target_plans
from services.sync.standard.model import RecordSchema

DATABASE = "bench_reconciling"
SENDER = "chengma"
KIND = RecordKind.OUTLET
THEIRS = CollectionPlan(name=KIND.value, shard_key="_id")
RECORDS = {Extent.USUAL: 200_000, Extent.QUICK: 20_000}
# A city of 16 districts, and what a month brings of records of one kind.
DISTRICTS = [f"3101{number:02}" for number in range(1, 17)]
DAYS = 30
FIRST_DAY = date(2026, 11, 1)
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
AT_ONCE = 1000
READS = Bound(floor=0.03, aim=0.01, better=Better.LOWER)
SEED = 6
NOTE = (
    "differ (missing, surplus, stale, ahead, altered, two of each); a read is a document that came from a shelf, a sum "
    "as well as a label. The database itself goes through all labels to add them up, which is most of the time"
)
SCHEMA = RecordSchema(kind=KIND, major=1, document={}, pseudonyms={}, references={}, expected=())


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round: documents read and seconds, either way."""

    reads: int
    seconds: float
    full_reads: int
    full_seconds: float


class _Packing:
    """Names things as they are named here."""

    sender = SENDER

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def id_of(self, kind: RecordKind, source_id: str) -> str:  # noqa: ARG002 -- the shape of the port
        return source_id

    def source_id_of(self, kind: RecordKind, its_id: str) -> str | None:  # noqa: ARG002 -- the shape of the port
        return its_id

    def pack(self, record: Record) -> Told:
        return Told(id=record.id, source_id=record.id, envelope=wrap(record, SCHEMA, self._pseudonyms, SENDER))


class _NothingWaits:
    """The outbox of a city that sleeps."""

    async def records(self, kind: RecordKind) -> AsyncIterator[Sequence[str]]:
        for waiting in dict[RecordKind, Sequence[str]]().get(kind, ()):
            yield [waiting]


async def measure(asked: Asked) -> Report:
    """Measure so many rounds on the same shelves; the turns of the two alternate."""
    count = RECORDS[asked.extent]
    async with open_house((DATABASE,), citizens=0) as house:
        mongo = house.cities[DATABASE].stores.mongo
        await mongo.create_indexes([MARKS, *target_plans()])
        say(f"reconciling: laying {count:,} records on both shelves")
        await _fill(mongo, count)
        expected = await _differ(mongo, count)
        rounds = [await _round(mongo, expected, turn, asked.rounds) for turn in range(asked.rounds)]
    return _report(rounds, count, len(expected))


def _records(count: int) -> Iterator[Record]:
    for number in range(count):
        yield Record(
            kind=KIND,
            id=f"otl_{number:026}",
            version=2,
            district_id=DISTRICTS[number % len(DISTRICTS)],
            day=FIRST_DAY + timedelta(days=number // len(DISTRICTS) % DAYS),
            changed_at=LONG_AGO,
            data={"name": f"示例餐厅{number}", "kind": "restaurant", "state": "active", "licence": f"示例-{number:06}"},
        )


def _layouts() -> Mapping[str, Layout]:
    return {MARKS.name: OnOurOwnShelf(), THEIRS.name: AtTheRecipient(marks={})}


def _wrapped(record: Record) -> Envelope:
    return wrap(record, SCHEMA, Pseudonyms(b"bench"), SENDER)


async def _fill(mongo: Mongo, count: int) -> None:
    """Lay everything on both shelves, delivered long ago."""
    some: list[Envelope] = []
    for record in _records(count):
        some.append(_wrapped(record))
        if len(some) == AT_ONCE:
            await _lay(mongo, some)
            some = []
    await _lay(mongo, some)


async def _lay(mongo: Mongo, some: Sequence[Envelope]) -> None:
    for name, layout in _layouts().items():
        if some:
            collection = mongo.collection(CollectionPlan(name=name, shard_key="_id"))
            await collection.insert_many([layout.document(one, LONG_AGO) for one in some], ordered=False)


async def _differ(mongo: Mongo, count: int) -> set[str]:
    """Make ten records differ, two of each sort; return their ids."""
    chosen = random.Random(SEED).sample(range(count), 10)  # noqa: S311 -- the same in each run
    records = [record for number, record in enumerate(_records(count)) if number in set(chosen)]
    theirs, marks, layout = mongo.collection(THEIRS), mongo.collection(MARKS), AtTheRecipient(marks={})
    for turn, record in enumerate(records):
        if turn % 5 == 0:
            await theirs.delete_one({"_id": record.id})
        elif turn % 5 == 1:
            await marks.delete_one({"_id": f"{KIND}:{record.id}"})
        else:
            changed = {2: replace(record, version=1), 3: replace(record, version=3), 4: replace(record, data={})}
            document = layout.document(_wrapped(changed[turn % 5]), LONG_AGO)
            await theirs.replace_one({"_id": record.id}, document)
    return {record.id for record in records}


async def _round(mongo: Mongo, expected: set[str], turn: int, rounds: int) -> Round:
    reads = full_reads = 0
    seconds = full_seconds = 0.0
    for design in rotated(["bisection", "everything"], turn):
        ours, theirs = (
            MongoShelf(mongo, sender=SENDER, layout=layout, clock=SystemClock()) for layout in _layouts().values()
        )
        began = time.perf_counter()
        find = _by_sums if design == "bisection" else _by_reading
        found = await find(ours, theirs)
        took = time.perf_counter() - began
        if {one.id for one in found} != expected:
            raise BenchFailed(f"{design} found {len(found)} differences, not the {len(expected)} that there are")
        if design == "bisection":
            reads, seconds = ours.reads + theirs.reads, took
        else:
            full_reads, full_seconds = ours.reads + theirs.reads, took
    both = f"{reads:,} of {full_reads:,} reads, {seconds:.1f} of {full_seconds:.1f} s"
    say(f"reconciling: round {turn + 1} of {rounds}, {both}")
    return Round(reads=reads, seconds=seconds, full_reads=full_reads, full_seconds=full_seconds)


async def _by_sums(ours: MongoShelf, theirs: MongoShelf) -> Sequence[Difference]:
    """Find what differs as a reconciliation does, with its second look, but without its wait for that."""
    bisecting = Bisecting(ours, theirs)
    confirming = Confirming(
        ours=ours,
        theirs=theirs,
        waiting=[_NothingWaits()],
        packing=_Packing(Pseudonyms(b"bench")),
        clock=SystemClock(),
        settled=timedelta(0),
    )
    overview = await bisecting.survey(KIND)
    found = [one async for some in bisecting.differences(overview) for one in some]
    return await confirming.confirmed(KIND, found)


async def _by_reading(ours: MongoShelf, theirs: MongoShelf) -> Sequence[Difference]:
    """Find what differs by comparing all labels, as systems without sums do."""
    return compared(await ours.lying(Cell(kind=KIND)), await theirs.lying(Cell(kind=KIND)))


def _report(rounds: Sequence[Round], count: int, differences: int) -> Report:
    reads, full = [one.reads for one in rounds], [one.full_reads for one in rounds]
    seconds, full_seconds = [one.seconds for one in rounds], [one.full_seconds for one in rounds]
    return Report(
        name="sync",
        rows=[
            Row(
                measure="reads of a reconciliation: of those of a full compare",
                unit="share",
                values=ratios(reads, full),
                bound=READS,
            ),
            Row(measure="reads of a reconciliation", unit="documents", values=tuple(map(float, reads))),
            Row(
                measure="time of a reconciliation: of that of a full compare",
                unit="share",
                values=ratios(seconds, full_seconds),
            ),
            Row(measure="time of a reconciliation", unit="s", values=tuple(seconds)),
            Row(measure="time of a full compare", unit="s", values=tuple(full_seconds)),
        ],
        notes=[
            f"reconciling: {count:,} records of one kind in {len(DISTRICTS)} districts on {DAYS} days; {differences} "
            + NOTE
        ],
        raw={"reconciling": [vars(one) for one in rounds]},
    )
