"""The curve of `booking`: what one process does at few and at many connections; the simulation is held against it."""

from typing import Any

from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.figures import median
from scripts.benchmarks.house import House
from scripts.benchmarks.progress import say
from scripts.benchmarks.rounds import OURS, WARM_UP
from scripts.benchmarks.runs import Run, run_plan
from scripts.benchmarks.servers import Server, ServerPlan, run_servers
from scripts.benchmarks.workloads import Workload, rush

CONNECTIONS = (10, 25, 50, 100, 200, 400)
SLOTS = (20, 1)
REQUESTS = {Extent.USUAL: 2000, Extent.QUICK: 400}
MOST_PASSES = 3


async def measure(house: House, database: str, asked: Asked) -> list[dict[str, Any]]:
    """Return a point for each number of slots and connections: medians of up to three passes."""
    found: dict[tuple[int, int], list[Run]] = {}
    async with run_servers(house.stores, {OURS: ServerPlan(design="ours", database=database)}) as servers:
        await _run(house, database, servers[OURS], WARM_UP)
        for number in range(min(asked.rounds, MOST_PASSES)):
            say(f"points, pass {number + 1}")
            for slots in SLOTS:
                for connections in CONNECTIONS:
                    workload = _workload(slots, connections, REQUESTS[asked.extent])
                    run = await _run(house, database, servers[OURS], workload)
                    say(f"{slots} slots, {connections} connections: {run.done_per_s:,.0f} bookings/s")
                    found.setdefault((slots, connections), []).append(run)
    return [_point(slots, connections, runs) for (slots, connections), runs in found.items()]


def _workload(slots: int, connections: int, requests: int) -> Workload:
    """Return a rush in which the slots have places for all requests, so that all of it is booking."""
    return Workload(slots=slots, places=requests // slots, connections=connections, each=requests // connections)


async def _run(house: House, database: str, server: Server, workload: Workload) -> Run:
    plan, _ = await rush(house.cities[database], server.port, workload)
    return await run_plan(house.stores, server, plan)


def _point(slots: int, connections: int, runs: list[Run]) -> dict[str, Any]:
    figures = {
        "bookings_per_s": [run.done_per_s for run in runs],
        "requests_per_s": [run.requests_per_s for run in runs],
        "p50_ms": [run.p50_ms for run in runs],
        "p99_ms": [run.p99_ms for run in runs],
        "batch": [run.batch for run in runs],
        "server_cpu_us_per_request": [run.cpu_us_each("server", run.requests) for run in runs],
        "database_cpu_us_per_booking": [run.cpu_us_each("database", run.done) for run in runs],
        "client_cpu_us_per_request": [run.cpu_us_each("load generator", run.requests) for run in runs],
    }
    medians = {name: round(median(values), 3) for name, values in figures.items()}
    return {"slots": slots, "connections": connections, "processes": 1, **medians}
