"""`gate`: visitors admitted a second, in our design, the naive one, and without a database."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.benchmarks import naive_gate, simple_gate
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.city import City
from scripts.benchmarks.figures import Better, Bound, Judged, Row, ratios, rotated
from scripts.benchmarks.gate_offline import measure_offline
from scripts.benchmarks.helpers import run_to_end
from scripts.benchmarks.house import House, open_house
from scripts.benchmarks.plan import API, Line, Plan, get, scan
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from scripts.benchmarks.runs import OK, Run, run_plan
from scripts.benchmarks.scans_in_memory import NoBounds
from scripts.benchmarks.servers import ServerPlan, run_servers
from server.embedded import python_command
from services.admissions.mongo import MongoScans
from services.common.clock import SystemClock
from services.identity.model import Role, Scope, ScopeLevel
from services.keys.book import KeyBook
from services.reservations.entry_codes import EntryCodes
from services.reservations.entry_keys import EntryKeys
from services.reservations.mongo.reservations import MongoReservations
from services.sync.mongo import MongoOutbox
from services.venues.model import GateUse, Venue

OURS, NAIVE, IN_MEMORY = "ours", "naive", "no database"
TWO, SIMPLE, BARE = "ours, two processes", "find, then update", "bare Tornado"
OWN, OWN_TWO, OTHERS = "bench_own", "bench_own_two", "bench_others"
PLANS = {
    OURS: ServerPlan(design="ours", database=OWN),
    NAIVE: ServerPlan(design="naive-gate", database=OTHERS),
    IN_MEMORY: ServerPlan(design="gate-in-memory", database=OTHERS),
    TWO: ServerPlan(design="ours", database=OWN_TWO, processes=2),
    SIMPLE: ServerPlan(design="simple-gate", database=OTHERS),
    BARE: ServerPlan(design="bare-gate", database=OTHERS),
}
CONNECTIONS = 64
AT_ONCE = 64  # codes that the bench asks its database for together
# Scans of each connection; the naive design gets fewer, since codes go stale within half a minute.
EACH = {
    Extent.USUAL: {OURS: 20, NAIVE: 5, IN_MEMORY: 20, TWO: 20, SIMPLE: 10, BARE: 20},
    Extent.QUICK: {OURS: 2, NAIVE: 1, IN_MEMORY: 2, TWO: 2, SIMPLE: 1, BARE: 2},
}
NO_FAULTS = Bound(floor=0, aim=0, better=Better.LOWER, judged=Judged.WORST)
AGAINST_BARE = Bound(floor=0.35, aim=0.55, better=Better.HIGHER)
SOON = Bound(floor=60, aim=40, better=Better.LOWER)


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """A reservation for right now, of one person."""

    id: str
    citizen_id: str


class Queue:
    """The visitors of one database, all with reservations at one venue for the present hours."""

    def __init__(self, city: City, venue: Venue, booked: Sequence[Reserved]) -> None:
        self._city = city
        self._venue = venue
        self._booked = list(booked)
        self._issuer = EntryCodes(
            reservations=MongoReservations(city.stores.mongo),
            revoked=NoBounds(),
            keys=EntryKeys(KeyBook(city.keys)),
            clock=SystemClock(),
        )

    def take(self, count: int) -> list[Reserved]:
        """Return the next visitors."""
        taken, self._booked = self._booked[:count], self._booked[count:]
        return taken

    async def plan(self, port: int, visitors: Sequence[Reserved]) -> Plan:
        """Return a plan in which they show the codes of this moment to staff of the venue, one scanner a connection."""
        gate = next(gate.id for gate in self._venue.gates if gate.use is GateUse.ENTRANCE)
        scope = (Scope(level=ScopeLevel.VENUE, id=self._venue.id),)
        staff = [await self._city.log_in("stf", Role.GATE, scope) for _ in range(CONNECTIONS)]
        scans: list[tuple[str, str]] = []
        for start in range(0, len(visitors), AT_ONCE):
            some = visitors[start : start + AT_ONCE]
            issued = await asyncio.gather(*(self._issuer.issue(one.id, one.citizen_id) for one in some))
            scans += [(one.id, screen.code) for one, screen in zip(some, issued, strict=True)]
        return Plan(
            port=port,
            lines=[
                Line(
                    warm=[get(f"{API}/me", token)],
                    timed=[scan(token, gate, code, nonce) for nonce, code in scans[index::CONNECTIONS]],
                )
                for index, token in enumerate(staff)
            ],
        )


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; there is no bound but that the counts are right."""
    found: list[Mapping[str, Run]] = []
    wrong: list[str] = []
    each = EACH[asked.extent]
    async with open_house((OWN, OWN_TWO, OTHERS), citizens=0) as house:
        await house.cities[OTHERS].stores.mongo.create_indexes(naive_gate.COLLECTIONS)
        queues = {}
        for database in (OWN, OWN_TWO, OTHERS):
            scans = sum(each[name] for name, plan in PLANS.items() if plan.database == database)
            queues[database] = await _book(house, database, asked.rounds * CONNECTIONS * scans)
        for turn in range(asked.rounds):
            say(f"gate: round {turn + 1} of {asked.rounds}")
            found.append(await _round(house, queues, each, turn, wrong))
    return _report(found, wrong, await measure_offline(asked.rounds))


async def _book(house: House, database: str, count: int) -> Queue:
    say(f"{count:,} visitors book in {database}")
    city, booked = house.cities[database], house.stores.directory / "booked.json"
    slots = await city.add_slots(1, count, SystemClock().now())
    command = python_command("scripts.benchmarks.visitors", slots.ids[0], str(count), str(booked))
    await run_to_end(command, house.stores.environment_of(database))
    found = json.loads(booked.read_text(encoding="utf-8"))
    return Queue(city, slots.venue, [Reserved(id=one, citizen_id=citizen) for one, citizen in found])


async def _round(
    house: House, queues: Mapping[str, Queue], each: Mapping[str, int], turn: int, wrong: list[str]
) -> dict[str, Run]:
    found: dict[str, Run] = {}
    async with run_servers(house.stores, PLANS) as servers:
        for name in rotated(list(PLANS), turn):
            queue = queues[PLANS[name].database]
            visitors = queue.take(CONNECTIONS * each[name])
            plan = await queue.plan(servers[name].port, visitors)
            found[name] = await run_plan(house.stores, servers[name], plan, counts=OK)
            say(f"{name}: {found[name].done_per_s:,.0f} scans/s")
            admitted = await _admitted(name, house.cities[PLANS[name].database], visitors)
            if admitted is not None and admitted != found[name].done:
                wrong.append(f"{name}: {admitted} admitted after {found[name].done} answers")
    return found


async def _admitted(name: str, city: City, visitors: Sequence[Reserved]) -> int | None:
    """Return how many the database says are inside; None where nothing is written."""
    mongo, ids = city.stores.mongo, [one.id for one in visitors]
    if name in {OURS, TWO}:
        passes = await MongoScans(mongo, MongoOutbox(mongo)).find_passes(ids)
        return sum(record.admitted_count for record in passes.values())
    if name in {NAIVE, SIMPLE}:
        kept = naive_gate.PASSES if name == NAIVE else simple_gate.PASSES
        found = mongo.collection(kept).find({"_id": {"$in": ids}})
        return sum([int(one["admitted_count"]) async for one in found])
    return None


def _report(found: Sequence[Mapping[str, Run]], wrong: Sequence[str], offline: Sequence[Row]) -> Report:
    rates = {name: [one[name].done_per_s for one in found] for name in PLANS}
    rows = [
        *offline,
        Row(
            measure="scans against bare Tornado",
            unit="times",
            values=ratios(rates[OURS], rates[BARE]),
            bound=AGAINST_BARE,
        ),
        Row(measure="p99 of a scan", unit="ms", values=tuple(one[OURS].p99_ms for one in found), bound=SOON),
        Row(measure="find, then update, against bare Tornado", unit="times", values=ratios(rates[SIMPLE], rates[BARE])),
        Row(measure="two processes against one", unit="times", values=ratios(rates[TWO], rates[OURS])),
        Row(measure="scans against naive", unit="times", values=ratios(rates[OURS], rates[NAIVE])),
        Row(measure="scans against no database", unit="times", values=ratios(rates[OURS], rates[IN_MEMORY])),
        Row(
            measure="database operations a scan",
            unit="operations",
            values=tuple(one[OURS].operations_each for one in found),
        ),
        Row(measure="wrong counts of admitted visitors", unit="faults", values=(len(wrong),), bound=NO_FAULTS),
    ]
    return Report(
        name="gate",
        rows=rows,
        runs={(f"{CONNECTIONS} connections", name): [one[name] for one in found] for name in PLANS},
        notes=[f"{len(found)} rounds; `done` are scans of genuine codes, each of another party.", *wrong],
    )
