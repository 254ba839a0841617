"""`sync`, the relay: a backlog brought to the main system, against the driver's own upserts of the same documents."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from pymongo import ReplaceOne

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Better, Bound, Judged, Row, ratios, rotated
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from server.embedded import PROJECT, python_command
from server.sync.parts import SyncParts, open_sync
from server.sync.relaying import build_relay
from services.common.clock import UlidSource
from services.common.mongo import CollectionPlan, Mongo
from services.reservations.mongo.plans import RESERVATIONS
from services.sync.model import RecordKind
from services.sync.mongo import OUTBOX
from services.sync.relay.rules import BATCH
from services.sync.shelves.documents import AtTheRecipient

DATABASE = "bench_relay"
RAW = CollectionPlan(name="raw_upserts", shard_key="_id")
RECORDS = {Extent.USUAL: 20_000, Extent.QUICK: 4_000}
BACKLOGS = {Extent.USUAL: (10_000, 100_000), Extent.QUICK: (2_000, 10_000)}
# What one batch of bookings tells in one transaction, when there is a rush, and when there is none.
IN_A_RUSH, ALONE = 20, 1
AGAINST_RAW = Bound(floor=0.7, aim=None, better=Better.HIGHER)
FLAT = Bound(floor=1.3, aim=None, better=Better.LOWER, judged=Judged.WORST)
INSERTED_AT_ONCE = 1_000
DRAINED_WITHIN_S = 1_800.0
LOOK_EVERY_S = 0.05
NOTE = (
    "Relay: {records:,} new reservations, "
    f"{IN_A_RUSH} in each transaction as in a rush: read, given pseudonyms, held against the standard, delivered, "
    "marked here, and let go. Main system and our own database share one embedded server, which does all of it; plain "
    f"upserts do a part of it, by documents made beforehand, {BATCH:,} at a time, in order."
)


@dataclass(frozen=True, kw_only=True)
class Round:
    """Records a second: by the relay, many and one to a transaction, and by plain upserts."""

    rush_per_s: float
    alone_per_s: float
    raw_per_s: float


class _Nobody:
    """No platform wants to hear of anything."""

    async def tell(self, events: Sequence[object]) -> None:
        """Tell nobody."""


async def measure(asked: Asked) -> Report:
    """Measure so many rounds, whose turns alternate, and the memory of the sync process twice."""
    records = RECORDS[asked.extent]
    async with (
        open_house((DATABASE,), citizens=0) as house,
        open_sync(house.stores.config_of(DATABASE), house.cities[DATABASE].stores) as parts,
    ):
        await parts.mongo.collection(OUTBOX).delete_many({})
        await _ours(parts, house, records // 4, IN_A_RUSH)
        rounds = [await _round(parts, house, records, turn, asked.rounds) for turn in range(asked.rounds)]
        peaks = [await _peak_mb(house, parts, backlog) for backlog in BACKLOGS[asked.extent]]
    return _report(rounds, records, peaks, BACKLOGS[asked.extent])


async def _round(parts: SyncParts, house: House, records: int, turn: int, rounds: int) -> Round:
    found: dict[str, float] = {}
    for design in rotated(["rush", "alone", "raw"], turn):
        if design == "raw":
            found[design] = await _raw(parts, house, records)
        else:
            found[design] = await _ours(parts, house, records, IN_A_RUSH if design == "rush" else ALONE)
    say(
        f"relay: round {turn + 1} of {rounds}, {found['rush']:,.0f} records/s, {found['alone']:,.0f} when each is "
        f"alone, raw {found['raw']:,.0f}"
    )
    return Round(rush_per_s=found["rush"], alone_per_s=found["alone"], raw_per_s=found["raw"])


async def _ours(parts: SyncParts, house: House, records: int, together: int) -> float:
    """Return records a second from the first look at the outbox until it is empty."""
    await _fill(parts.mongo, house, records, together)
    relaying = build_relay(parts, _Nobody(), "bench")
    began = time.perf_counter()
    while await relaying.relay.work_once():
        pass
    seconds = time.perf_counter() - began
    if relaying.relay.tally.delivered != records or await relaying.outbox.backlog():
        raise BenchFailed(f"{relaying.relay.tally.delivered} records of {records} were delivered")
    return records / seconds


async def _raw(parts: SyncParts, house: House, records: int) -> float:
    """Return documents a second of the driver's ordered upserts, a batch at a time, of documents made beforehand."""
    ids = await _fill(parts.mongo, house, records, IN_A_RUSH)
    envelopes, _ = await parts.sorting.sort(
        [
            ref
            for parcel in await build_relay(parts, _Nobody(), "bench").outbox.oldest(records)
            for ref in parcel.records
        ],
        parts.sources,
    )
    layout, now = AtTheRecipient(marks={}), datetime.now(UTC)
    documents = [layout.document(envelope, now) for envelope in envelopes]
    await parts.mongo.collection(OUTBOX).delete_many({})
    if len(documents) != len(ids):
        raise BenchFailed(f"{len(documents)} documents of {len(ids)}")
    collection = parts.mongo.collection(RAW)
    began = time.perf_counter()
    for start in range(0, records, BATCH):
        some = documents[start : start + BATCH]
        await collection.bulk_write([ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in some])
    return records / (time.perf_counter() - began)


async def _fill(mongo: Mongo, house: House, records: int, together: int) -> Sequence[str]:
    """Put so many reservations into the database, and that they were made into the outbox, so many in each parcel."""
    ids, now, venue_id = UlidSource(), datetime.now(UTC), house.cities[DATABASE].venues[0].id
    made = [ids.new("rsv") for _ in range(records)]
    for start in range(0, records, INSERTED_AT_ONCE):
        some = made[start : start + INSERTED_AT_ONCE]
        await mongo.collection(RESERVATIONS).insert_many(
            [_reservation(one, venue_id, now) for one in some], ordered=False
        )
    parcels = [
        {
            "_id": ids.new("evt"),
            "told_at": now + timedelta(milliseconds=start),
            "events": [],
            "records": [[RecordKind.RESERVATION, one] for one in made[start : start + together]],
        }
        for start in range(0, records, together)
    ]
    for start in range(0, len(parcels), INSERTED_AT_ONCE):
        await mongo.collection(OUTBOX).insert_many(parcels[start : start + INSERTED_AT_ONCE], ordered=False)
    return made


def _reservation(its_id: str, venue_id: str, now: datetime) -> dict[str, Any]:
    return {
        "_id": its_id,
        "citizen_id": its_id.replace("rsv", "cit"),
        "venue_id": venue_id,
        "slot_id": its_id.replace("rsv", "slt"),
        "starts_at": now,
        "ends_at": now + timedelta(hours=2),
        "party_size": 1,
        "status": "booked",
        "created_at": now,
        "cancelled_at": None,
        "visitors": [{"identity": secrets.token_bytes(90), "id_type": "passport", "document_digest": its_id}],
        "contact_phone": None,
        "request_id": its_id,
        "fingerprint": None,
        "repeated_at": None,
    }


async def _peak_mb(house: House, parts: SyncParts, backlog: int) -> float:
    """Return what the sync process has in memory at most while it brings away a backlog of so many parcels."""
    await _fill(parts.mongo, house, backlog, ALONE)
    environment = house.stores.environment_of(DATABASE)
    command = python_command("server.sync.process", "--config", str(PROJECT / "config.yaml"))
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=PROJECT, stdout=log, stderr=log)
        try:
            peak = await _watch(psutil.Process(process.pid), parts.mongo)
        finally:
            process.kill()
            await process.wait()
    say(f"relay: {peak:,.0f} MB at most with a backlog of {backlog:,}")
    return peak


async def _watch(process: psutil.Process, mongo: Mongo) -> float:
    peak, until = 0.0, time.monotonic() + DRAINED_WITHIN_S
    look_at = 0.0
    while time.monotonic() < until:
        peak = max(peak, process.memory_info().rss / 1e6)
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + 1
            if await mongo.collection(OUTBOX).find_one({}) is None:
                return peak
        await asyncio.sleep(LOOK_EVERY_S)
    raise BenchFailed("the sync process did not bring everything away in time")


def _report(rounds: Sequence[Round], records: int, peaks: Sequence[float], backlogs: Sequence[int]) -> Report:
    rush, alone = [one.rush_per_s for one in rounds], [one.alone_per_s for one in rounds]
    raw = [one.raw_per_s for one in rounds]
    few, many = peaks
    return Report(
        name="relay",
        rows=[
            Row(measure="relay, against plain upserts", unit="ratio", values=ratios(rush, raw), bound=AGAINST_RAW),
            Row(measure="relay, each record in a transaction of its own", unit="ratio", values=ratios(alone, raw)),
            Row(measure="relay", unit="records/s", values=tuple(rush)),
            Row(measure="plain upserts", unit="records/s", values=tuple(raw)),
            Row(
                measure=f"memory: {backlogs[1]:,} waiting, against {backlogs[0]:,}",
                unit="ratio",
                values=(many / few,),
                bound=FLAT,
            ),
            Row(measure=f"memory with {backlogs[1]:,} waiting", unit="MB", values=(many,)),
        ],
        notes=[NOTE.format(records=records), "Memory is that of the sync process, each parcel holding one record."],
    )
