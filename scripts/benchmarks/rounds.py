"""One round of `booking`: every design does the same work in turn, and the database is audited after each run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scripts.benchmarks import naive_booking
from scripts.benchmarks.audit import audit
from scripts.benchmarks.city import SlotSet
from scripts.benchmarks.figures import rotated
from scripts.benchmarks.house import House
from scripts.benchmarks.loading import load_generator
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.processes import resident_mb
from scripts.benchmarks.progress import say
from scripts.benchmarks.raw import raw_inserts_per_s
from scripts.benchmarks.runs import Run, run_plan
from scripts.benchmarks.servers import Server, ServerPlan
from scripts.benchmarks.workloads import Workload, burst, rush, vain, waiting
from services.reservations.mongo.plans import RESERVATIONS

HOT, TWENTY, BURST, FULL_SHORT, FULL = "hot slot", "20 slots", "burst", "full slot, a tenth", "full slot"
OURS, NAIVE, IN_MEMORY, SEVERAL, RAW = "ours", "naive", "no database", "several processes", "raw insert_one"
WARM_UP = Workload(slots=20, places=2, connections=20, each=2)
FULL_PLACES = 4
EXPECTED = frozenset({201, 409})


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much work a round is. The naive design gets less of it: on the hot slot it would take minutes."""

    connections: int = 200
    each: int = 10
    naive_each: Mapping[str, int] = field(default_factory=lambda: {HOT: 2, TWENTY: 5})
    full_each: int = 50
    crowd: int = 2000
    raw_inserts: int = 2000
    pool_sizes: tuple[int, ...] = (2, 8, 32)

    def workload(self, name: str, each: int) -> Workload:
        """Return a rush for one slot with places for half of the requests, or for twenty slots with places for all."""
        requests = self.connections * each
        if name == HOT:
            return Workload(slots=1, places=requests // 2, connections=self.connections, each=each)
        return Workload(slots=20, places=requests // 20, connections=self.connections, each=each)

    def trial(self, name: str) -> Workload:
        """Return the least of such a rush that still tells a good pool size from a bad one."""
        half = replace(self, connections=self.connections // 2)
        return half.workload(name, 1)


USUAL = Sizes()
QUICK = Sizes(connections=20, crowd=200, raw_inserts=200, pool_sizes=(8,))


@dataclass(kw_only=True)
class Round:
    """The figures of one round: runs by workload and design, inserts a second, memory in MB, and broken rules."""

    runs: dict[str, dict[str, Run]] = field(default_factory=dict)
    raw_per_s: dict[str, float] = field(default_factory=dict)
    idle_mb: float = 0.0
    crowded_mb: float = 0.0
    faults: list[str] = field(default_factory=list)


def naive_for(workload: str) -> str:
    """Return the name of the naive server with the best pool for `workload`."""
    return f"{NAIVE}, {workload}"


class Contest:
    """The work of one round, given to running servers, each named for its design."""

    def __init__(
        self, house: House, sizes: Sizes, plans: Mapping[str, ServerPlan], servers: Mapping[str, Server]
    ) -> None:
        self._stores = house.stores
        self._sizes = sizes
        self._servers = servers
        self._cities = {name: house.cities[plan.database] for name, plan in plans.items()}
        self.found = Round()

    async def measure_memory(self) -> None:
        """Look at a process that has just started, and again when a crowd is connected."""
        say("looking at memory")
        server = self._servers[OURS]
        self.found.idle_mb = resident_mb(server.pids["server"])
        crowd = waiting(self._cities[OURS], server.port, connections=self._sizes.crowd)
        async with load_generator(self._stores, crowd):
            self.found.crowded_mb = resident_mb(server.pids["server"])

    async def warm_up(self) -> None:
        """Let every server open its connections and book a little."""
        say("warming up")
        for name, server in self._servers.items():
            plan, _ = await rush(self._cities[name], server.port, WARM_UP)
            await run_plan(self._stores, server, plan)

    async def rush(self, workload: str, turn: int) -> None:
        """Let every design book the same, in an order of this turn; raw inserts take part."""
        designs = [name for name in (OURS, naive_for(workload), IN_MEMORY, SEVERAL) if name in self._servers]
        for name in rotated([*designs, RAW], turn):
            if name == RAW:
                self.found.raw_per_s[workload] = await raw_inserts_per_s(self._stores, self._sizes.raw_inserts)
                continue
            design = NAIVE if name == naive_for(workload) else name
            each = self._sizes.naive_each[workload] if design == NAIVE else self._sizes.each
            wished = self._sizes.workload(workload, each)
            plan, slots = await rush(self._cities[name], self._servers[name].port, wished)
            await self._run(workload, name, plan, slots, design=design)

    async def burst(self, turn: int) -> None:
        """Let a crowd connect and book at the same moment."""
        for name in rotated([OURS, IN_MEMORY], turn):
            city, server = self._cities[name], self._servers[name]
            async with load_generator(self._stores, waiting(city, server.port, connections=self._sizes.connections)):
                pass  # everybody is known to the server by now
            crowd = self._sizes.crowd
            plan, slots = await burst(city, server.port, connections=crowd, places=crowd // 2)
            await self._run(BURST, name, plan, slots)

    async def want_what_is_full(self, turn: int) -> None:
        """Let everybody go on asking for a slot that is full: some requests first, then ten times as many."""
        for name in rotated([OURS, IN_MEMORY], turn):
            city, server = self._cities[name], self._servers[name]
            filling = Workload(slots=1, places=FULL_PLACES, connections=FULL_PLACES, each=1)
            plan, slots = await rush(city, server.port, filling)
            await self._run("filling", name, plan, slots)
            for workload, each in ((FULL_SHORT, self._sizes.full_each // 10), (FULL, self._sizes.full_each)):
                wishes = vain(city, server.port, slots, connections=self._sizes.connections, each=each)
                await self._run(workload, name, wishes, slots, booked_before=FULL_PLACES)

    async def _run(
        self,
        workload: str,
        name: str,
        plan: Plan,
        slots: SlotSet,
        *,
        design: str | None = None,
        booked_before: int = 0,
    ) -> None:
        run = await run_plan(self._stores, self._servers[name], plan)
        design = design or name
        say(f"{workload}, {design}: {run.done_per_s:,.0f} bookings/s, {run.requests_per_s:,.0f} requests/s")
        self.found.runs.setdefault(workload, {})[design] = run
        self.found.faults += [f"{workload}, {design}: {fault}" for fault in find_strange(run)]
        if design != IN_MEMORY:
            kept = naive_booking.RESERVATIONS if design == NAIVE else RESERVATIONS
            found = await audit(self._cities[name], slots, run.done + booked_before, kept)
            self.found.faults += [f"{workload}, {design}: {fault}" for fault in found]


def find_strange(run: Run) -> list[str]:
    """Return the answers that no booking should get; 0 is a connection that broke."""
    return [f"{count} answers with status {status}" for status, count in run.statuses.items() if status not in EXPECTED]
