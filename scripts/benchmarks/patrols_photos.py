"""`patrols`, photos: many phones send theirs at once, against a server that makes pictures in its handler."""

import asyncio
import math
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.figures import Better, Bound, Judged, Row, percentile, ratios, rotated
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.photo_phones import await_pictures, latencies_ms, photo_files, send_in_chunks, send_whole
from scripts.benchmarks.processes import MEGABYTE, forget_peak, peak_mb
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from scripts.benchmarks.servers import Server, ServerPlan, run_servers
from services.identity.model import Role, Scope, ScopeLevel

OURS, NAIVE = "ours", "naive"
DATABASE = "bench_photos"
PHONES = {Extent.USUAL: 200, Extent.QUICK: 20}
# At once, too; its memory and its time grow with each of them.
NAIVE_PHONES = {Extent.USUAL: 40, Extent.QUICK: 10}
# Of ours, so many are waited for: all would take as long as all of them naively, and show nothing more.
PICTURED = {Extent.USUAL: 40, Extent.QUICK: 10}
DISTRICT = Scope(level=ScopeLevel.DISTRICT, id="310101")
MEMORY_MB = Bound(floor=400, aim=300, better=Better.LOWER, judged=Judged.WORST)
LATENCY_TIMES = Bound(floor=5, aim=20, better=Better.HIGHER)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What one design did: seconds to take all photos and to have so many pictured, its peaks and its latencies."""

    pictured: int
    megabytes: float
    received_s: float
    ready_s: float
    peak_mb: float
    workers_peak_mb: float
    latency_ms: Sequence[float]
    refused: int


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; the turns of the two designs alternate."""
    rounds: list[dict[str, Taken]] = []
    async with open_house((DATABASE,), citizens=0) as house:
        plans = {
            OURS: ServerPlan(design="ours", database=DATABASE),
            NAIVE: ServerPlan(design="naive-photos", database=DATABASE),
        }
        token = await house.cities[DATABASE].log_in("stf", Role.INSPECTOR, (DISTRICT,))
        for turn in range(asked.rounds):
            found: dict[str, Taken] = {}
            for name in rotated([OURS, NAIVE], turn):
                # New processes each time: what one has grown to, or not yet done, stays with it.
                async with run_servers(house.stores, {name: plans[name]}) as servers:
                    found[name] = await _take(servers[name], asked, turn, name, token)
                await _forget(house)
            rounds.append(found)
            say(f"photos: round {turn + 1} of {asked.rounds}")
    return _report(rounds, asked)


async def _take(server: Server, asked: Asked, turn: int, name: str, token: str) -> Taken:
    files = photo_files((PHONES if name == OURS else NAIVE_PHONES)[asked.extent], seed=turn)
    await _warm_up(server, name, token, turn)
    forget_peak(server.processes[0].pid)
    found: list[float] = []
    asking = asyncio.create_task(latencies_ms(server.port, found))
    began = time.perf_counter()
    sending: list[Awaitable[int | None]] = [
        send_in_chunks(server.port, token, file) if name == OURS else send_whole(server.port, file) for file in files
    ]
    refused = sum(count or 0 for count in await asyncio.gather(*sending))
    received_s = time.perf_counter() - began
    if name == OURS:
        refused += await await_pictures(server.port, token, files, PICTURED[asked.extent])
    ready_s = time.perf_counter() - began
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    pid = server.processes[0].pid
    taken = Taken(
        pictured=PICTURED[asked.extent] if name == OURS else len(files),
        megabytes=sum(map(len, files)) / MEGABYTE,
        received_s=received_s,
        ready_s=ready_s,
        peak_mb=peak_mb(pid),
        workers_peak_mb=max((peak_mb(child.pid) for child in psutil.Process(pid).children()), default=math.nan),
        latency_ms=found,
        refused=refused,
    )
    _say(name, taken)
    return taken


async def _warm_up(server: Server, name: str, token: str, turn: int) -> None:
    """Let the server make connections, and start its side processes."""
    files = photo_files(2, seed=-1 - turn)
    if name == NAIVE:
        await send_whole(server.port, files[0])
        return
    for file in files:
        await send_in_chunks(server.port, token, file)
    await await_pictures(server.port, token, files, len(files))


async def _forget(house: House) -> None:
    database = house.cities[DATABASE].stores.mongo.client[DATABASE]
    for name in ("photos", "photo_pieces", "photo_pictures.files", "photo_pictures.chunks"):
        await database[name].delete_many({})


def _say(name: str, taken: Taken) -> None:
    say(
        f"{name}: {taken.megabytes:,.0f} MB, {taken.megabytes / taken.received_s:,.1f} MB/s, "
        f"{taken.pictured / taken.ready_s:,.1f} photos/s, peak {taken.peak_mb:,.0f} MB, worker "
        f"{taken.workers_peak_mb:,.0f} MB, /healthz p99 {percentile(taken.latency_ms, 0.99):,.0f} ms, "
        f"worst {max(taken.latency_ms):,.0f} ms, {taken.refused} refused"
    )


def _report(rounds: Sequence[dict[str, Taken]], asked: Asked) -> Report:
    ours, naive = [one[OURS] for one in rounds], [one[NAIVE] for one in rounds]
    phones = PHONES[asked.extent]
    rows = [
        Row(
            measure=f"peak memory of the server, {phones} uploads at once",
            unit="MB",
            values=tuple(one.peak_mb for one in ours),
            bound=MEMORY_MB,
        ),
        Row(
            measure="how long /healthz waits at worst, naive against ours",
            unit="times",
            values=ratios([max(one.latency_ms) for one in naive], [max(one.latency_ms) for one in ours]),
            bound=LATENCY_TIMES,
        ),
        Row(
            measure="/healthz meanwhile, 99 of 100 within",
            unit="ms",
            values=tuple(percentile(one.latency_ms, 0.99) for one in ours),
        ),
        Row(
            measure="/healthz meanwhile, naive design, 99 of 100 within",
            unit="ms",
            values=tuple(percentile(one.latency_ms, 0.99) for one in naive),
        ),
        Row(measure="bytes received", unit="MB/s", values=tuple(one.megabytes / one.received_s for one in ours)),
        Row(
            measure="photos with their pictures",
            unit="photos/s",
            values=tuple(one.pictured / one.ready_s for one in ours),
        ),
        Row(
            measure="photos with their pictures, naive design",
            unit="photos/s",
            values=tuple(one.pictured / one.ready_s for one in naive),
        ),
        Row(measure="peak memory of a photo worker", unit="MB", values=tuple(one.workers_peak_mb for one in ours)),
        Row(measure="peak memory of the naive server", unit="MB", values=tuple(one.peak_mb for one in naive)),
    ]
    about_ours = (
        f"Photos: {phones} phones at once, one photo of 12 megapixels each, in chunks of 1 MiB; every chunk is "
        "journaled before it is acknowledged, and the pictures are made beside the server from then on."
    )
    about_naive = (
        f"The naive design gets {NAIVE_PHONES[asked.extent]} photos at once, each in one body, and makes its pictures "
        "before it answers; it checks neither sum nor size."
    )
    notes = [about_ours, about_naive, "Phones and servers share this machine's cores."]
    return Report(name="photos", rows=rows, notes=notes)
