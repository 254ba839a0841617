"""`booking`: the release rush, in our design, the naive one, without a database, and as bare inserts."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from scripts.benchmarks import booking_rows, naive_booking, points
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from scripts.benchmarks.rounds import (
    HOT,
    IN_MEMORY,
    OURS,
    QUICK,
    SEVERAL,
    TWENTY,
    USUAL,
    Contest,
    Round,
    Sizes,
    naive_for,
)
from scripts.benchmarks.runs import run_plan
from scripts.benchmarks.servers import ServerPlan, run_servers
from scripts.benchmarks.workloads import rush

# Servers of our own design need a database each, or they would take each other for peers.
OWN, SHARED, OTHERS = "bench_own", "bench_shared", "bench_others"
WITHIN_S = 340.0

Pools = Mapping[str, int]


async def measure(asked: Asked) -> Report:
    """Measure so many rounds, or as many as fit into six minutes in all, and hold them against the bounds."""
    sizes = QUICK if asked.extent is Extent.QUICK else USUAL
    until = time.monotonic() + WITHIN_S
    pools = await _best_pools(sizes)
    rounds = await _rounds(asked.rounds, _plans(pools, asked.processes), sizes, until)
    curve = [] if asked.points is None else await _curve(sizes, asked)
    report = booking_rows.report(rounds, pools=pools, several=asked.processes)
    return replace(report, raw={**report.raw, "points": curve})


@asynccontextmanager
async def _open_house(sizes: Sizes) -> AsyncIterator[House]:
    async with open_house((OWN, SHARED, OTHERS), citizens=sizes.connections) as house:
        await house.cities[OTHERS].stores.mongo.create_indexes(naive_booking.COLLECTIONS)
        yield house


async def _curve(sizes: Sizes, asked: Asked) -> list[dict[str, Any]]:
    async with open_house((OWN,), citizens=sizes.connections) as house:
        return await points.measure(house, OWN, asked)


async def _best_pools(sizes: Sizes) -> Pools:
    """Return with how many connections the naive design books most, for each workload."""
    if len(sizes.pool_sizes) == 1:
        return dict.fromkeys((HOT, TWENTY), sizes.pool_sizes[0])
    async with _open_house(sizes) as house:
        return await _try_pools(house, sizes)


async def _try_pools(house: House, sizes: Sizes) -> Pools:
    say("looking for the naive design's best pool sizes")
    plans = {str(size): _naive(size) for size in sizes.pool_sizes}
    city, rates = house.cities[OTHERS], dict[str, dict[int, float]]()
    async with run_servers(house.stores, plans) as servers:
        for workload in (HOT, TWENTY):
            rates[workload] = {}
            for size in sizes.pool_sizes:
                server = servers[str(size)]
                plan, _ = await rush(city, server.port, sizes.trial(workload))
                run = await run_plan(house.stores, server, plan)
                rates[workload][size] = run.done_per_s
                say(f"{workload}, naive with {size} connections: {run.done_per_s:,.0f} bookings/s")
    return {workload: max(found, key=found.__getitem__) for workload, found in rates.items()}


def _naive(pool_size: int) -> ServerPlan:
    return ServerPlan(design="naive-booking", database=OTHERS, settings={"CHENGMA_MONGODB_POOL_SIZE": str(pool_size)})


def _plans(pools: Pools, processes: int) -> dict[str, ServerPlan]:
    plans = {
        OURS: ServerPlan(design="ours", database=OWN),
        IN_MEMORY: ServerPlan(design="booking-in-memory", database=OTHERS),
        **{naive_for(workload): _naive(size) for workload, size in pools.items()},
    }
    if processes > 1:
        plans[SEVERAL] = ServerPlan(design="ours", database=SHARED, processes=processes)
    return plans


async def _rounds(count: int, plans: Mapping[str, ServerPlan], sizes: Sizes, until: float) -> list[Round]:
    rounds: list[Round] = []
    started = time.monotonic()
    for turn in range(count):
        now = time.monotonic()
        if turn and now + (now - started) / turn > until:
            say(f"no time is left for more than {turn} rounds")
            break
        say(f"round {turn + 1} of {count}")
        rounds.append(await _round(sizes, plans, turn))
    return rounds


async def _round(sizes: Sizes, plans: Mapping[str, ServerPlan], turn: int) -> Round:
    """Measure on stores of its own: no round shall work on what the others have left."""
    async with _open_house(sizes) as house, run_servers(house.stores, plans) as servers:
        contest = Contest(house, sizes, plans, servers)
        await contest.measure_memory()
        await contest.warm_up()
        for workload in (HOT, TWENTY):
            await contest.rush(workload, turn)
        await contest.burst(turn)
        await contest.want_what_is_full(turn)
        return contest.found
