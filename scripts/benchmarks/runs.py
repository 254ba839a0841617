"""One run of a plan against a server, and everything that was measured in it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.benchmarks.loading import load_generator
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.processes import Watch
from scripts.benchmarks.servers import Server
from scripts.benchmarks.stores import RunningStores

CREATED = 201
OK = 200
COMMIT = "commitTransaction"


@dataclass(frozen=True, kw_only=True)
class Run:
    """The figures of one run; `done` are the answers that count: bookings acknowledged, visitors admitted, pages.

    `seconds` lasts from the first request to the last answer, `busy_s` to the last answer that counts. CPU is in
    seconds and memory (the peak during the run) in MB, for each process. `block_ms` is the longest single step of a
    server's event loop, `lag_ms` the longest that anything had to wait there.
    """

    statuses: Mapping[int, int]
    done: int
    seconds: float
    busy_s: float
    p50_ms: float
    p99_ms: float
    commands: Mapping[str, int]
    cpu_s: Mapping[str, float]
    peak_mb: Mapping[str, float]
    lag_ms: float
    block_ms: float

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return sum(self.statuses.values())

    @property
    def requests_per_s(self) -> float:
        """Requests answered a second, over the whole run."""
        return self.requests / self.seconds

    @property
    def done_per_s(self) -> float:
        """What counts, a second, until the last of it."""
        return self.done / self.busy_s if self.done else 0.0

    @property
    def operations(self) -> int:
        """Database commands that the server's processes sent."""
        return sum(self.commands.values())

    @property
    def operations_each(self) -> float:
        """Database commands for each answer that counts."""
        return self.operations / self.done if self.done else math.nan

    @property
    def batch(self) -> float:
        """Answers that count for each committed transaction; NaN without any."""
        commits = self.commands.get(COMMIT, 0)
        return self.done / commits if commits else math.nan

    def cpu_us_each(self, name: str, count: int) -> float:
        """Return the CPU microseconds of all processes whose name begins with `name`, for each of `count`."""
        spent = sum(seconds for process, seconds in self.cpu_s.items() if process.startswith(name))
        return spent / count * 1e6 if count else math.nan

    def peak_of(self, name: str) -> float:
        """Return the most memory in MB that one of the processes whose name begins with `name` has held."""
        return max(peak for process, peak in self.peak_mb.items() if process.startswith(name))


async def run_plan(stores: RunningStores, server: Server, plan: Plan, *, counts: int = CREATED) -> Run:
    """Run `plan` once; answers with the status `counts` are those that count."""
    async with load_generator(stores, plan) as generator:
        watch = Watch({**server.pids, **stores.pids, "load generator": generator.pid})
        before = await server.begin_measuring()
        watch.begin()
        answers = await generator.run()
        cpu_s, peak_mb = watch.cpu_s(), watch.peaks_mb()
        after = await server.end_measuring()
    return Run(
        statuses=dict(answers.count()),
        done=answers.count()[counts],
        seconds=answers.seconds(),
        busy_s=answers.seconds(counts),
        p50_ms=answers.latency_ms(0.5),
        p99_ms=answers.latency_ms(0.99),
        commands=dict(after.commands - before.commands),
        cpu_s=cpu_s,
        peak_mb=peak_mb,
        lag_ms=after.lag_ms,
        block_ms=after.block_ms,
    )
