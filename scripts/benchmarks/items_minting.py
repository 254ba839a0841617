"""`items`, minting: a hundred thousand codes by the job runner, against the driver's own `insert_many` of the same."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from qr.item_code import ItemNumber, batch_id_of
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Better, Bound, Judged, Row, ratios, rotated
from scripts.benchmarks.gauges import LagGauge
from scripts.benchmarks.house import open_house
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from services.common.clock import SystemClock
from services.common.mongo import CollectionPlan, Mongo
from services.identity.model import Scope, ScopeLevel
from services.items.minting import Minting, mint_job
from services.items.model import ItemBatch
from services.items.mongo.batches import MongoBatches
from services.items.mongo.codes import CODES, MongoCodes
from services.jobs.model import Job, JobState
from services.jobs.mongo import MongoJobs
from services.jobs.running import JobRunner

DATABASE = "bench_minting"
RAW = CollectionPlan(name="raw_item_codes", shard_key="_id")
QUANTITY = {Extent.USUAL: 100_000, Extent.QUICK: 10_000}
AGAINST_RAW = Bound(floor=0.4, aim=None, better=Better.HIGHER)
HELD_UP_MS = Bound(floor=50, aim=None, better=Better.LOWER, judged=Judged.WORST)
FIRST_NUMBER = 1_800_000_000
KID = 1

_numbers = count(FIRST_NUMBER)


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round: codes a second either way, and how long the loop held others up at most."""

    ours_per_s: float
    raw_per_s: float
    held_up_ms: float


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; the turns of the two alternate, and both write to the same database."""
    quantity = QUANTITY[asked.extent]
    async with open_house((DATABASE,), citizens=0) as house:
        mongo = house.cities[DATABASE].stores.mongo
        await _ours(mongo, quantity // 10)
        await _raw(mongo, quantity // 10)
        rounds = [await _round(mongo, quantity, turn, asked.rounds) for turn in range(asked.rounds)]
    return _report(rounds, quantity)


async def _round(mongo: Mongo, quantity: int, turn: int, rounds: int) -> Round:
    ours_per_s = raw_per_s = held_up_ms = 0.0
    for design in rotated(["ours", "raw"], turn):
        if design == "raw":
            raw_per_s = await _raw(mongo, quantity)
        else:
            ours_per_s, held_up_ms = await _ours(mongo, quantity)
    say(f"minting: round {turn + 1} of {rounds}, {ours_per_s:,.0f} codes/s, raw {raw_per_s:,.0f}")
    return Round(ours_per_s=ours_per_s, raw_per_s=raw_per_s, held_up_ms=held_up_ms)


async def _raw(mongo: Mongo, quantity: int) -> float:
    """Return documents a second of one `insert_many`, whose documents are made beforehand."""
    number = next(_numbers)
    batch_id = batch_id_of(number)
    documents = [
        {"_id": ItemNumber(kid=KID, batch=number, serial=serial).item_id, "batch": batch_id}
        for serial in range(quantity)
    ]
    began = time.perf_counter()
    await mongo.collection(RAW).insert_many(documents, ordered=False)
    return quantity / (time.perf_counter() - began)


async def _ours(mongo: Mongo, quantity: int) -> tuple[float, float]:
    """Return codes a second from asking to the job's end, and how long the loop held others up at most, in ms."""
    jobs = MongoJobs(mongo)
    batches = MongoBatches(mongo, jobs)
    runner = JobRunner(
        store=jobs, kinds=[Minting(MongoCodes(mongo, batches))], clock=SystemClock(), tell=_fail, look_every_s=60
    )
    batch, gauge = _batch(quantity), LagGauge()
    gauge.start()
    began = time.perf_counter()
    try:
        await batches.add(batch, mint_job(batch), None)
        runner.wake()
        while await runner.work_once():
            pass
    finally:
        gauge.stop()
    seconds = time.perf_counter() - began
    await _ensure_minted(mongo, jobs, batch)
    return quantity / seconds, gauge.longest_ms


async def _ensure_minted(mongo: Mongo, jobs: MongoJobs, batch: ItemBatch) -> None:
    job, found = await asyncio.gather(
        jobs.find(batch.job_id), mongo.collection(CODES).count_documents({"batch": batch.id})
    )
    if job is None or job.state is not JobState.DONE or found != batch.quantity:
        raise BenchFailed(f"{found} codes of {batch.quantity} were minted")


def _fail(job: Job, error: Exception) -> None:
    raise BenchFailed(f"{job.kind} failed") from error


def _batch(quantity: int) -> ItemBatch:
    number = next(_numbers)
    city = Scope(level=ScopeLevel.CITY, id="310000")
    return ItemBatch(
        id=batch_id_of(number),
        number=number,
        kid=KID,
        type_id="ity_bench",
        owner=city,
        seen_by=("city:310000",),
        quantity=quantity,
        job_id=f"job_{number}",
        created_at=SystemClock().now(),
    )


def _report(rounds: Sequence[Round], quantity: int) -> Report:
    ours, raw = [one.ours_per_s for one in rounds], [one.raw_per_s for one in rounds]
    rows = [
        Row(measure="codes minted against raw insert_many", unit="times", values=ratios(ours, raw), bound=AGAINST_RAW),
        Row(measure="codes minted", unit="codes/s", values=tuple(ours)),
        Row(
            measure="longest that the loop held anybody up while it minted",
            unit="ms",
            values=tuple(one.held_up_ms for one in rounds),
            bound=HELD_UP_MS,
        ),
    ]
    note = (
        f"Minting: {quantity:,} codes a round, from the transaction that makes batch and job to the job's end, against "
        "one `insert_many` of the same documents, made beforehand, over the same connection."
    )
    return Report(name="minting", rows=rows, notes=[note])
