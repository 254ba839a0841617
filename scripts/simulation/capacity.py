"""What the city needs: processes, database cores, what one slot can do at most, and what happens beyond."""

import math
from dataclasses import dataclass, replace

from scripts.simulation.city import City
from scripts.simulation.model import Costs, Engine, Looking
from scripts.simulation.plant import Plant
from scripts.simulation.rush import RushRun, run_rush

MAJORITY_WAIT_US = 5_000.0  # one write acknowledged by two of three machines in one city: a guess, to be measured
DURABLE_STEPS = 3  # of a commit over several shards: list of participants, prepared, decision
BUSY = 0.6  # what a server process may be busy in the worst second; the rest is for what is not modelled
BOUND_P99_MS = 1_000.0  # a booking in the worst seconds takes no longer, for 99 of 100
FIRST_S = 3.0
STRESS_S = 5.0  # the worst ones: two fifths of the people come in them
DATABASES = ((1, 4), (1, 8), (1, 16), (1, 32), (2, 16), (4, 8))  # shards, cores of each primary
BY_OWNERS = ((1, 4), (1, 8), (1, 16))  # the same, if only owners looked
DOOR = 500  # requests under way in one process before the door refuses


@dataclass(frozen=True, kw_only=True)
class Option:
    """A database that was tried for the first seconds: so many shards with so many cores in each primary."""

    shards: int
    cores: int
    looking: Looking
    run: RushRun

    @property
    def good_enough(self) -> bool:
        """Whether bookings keep the bound."""
        return self.run.latencies.p99_us / 1e3 <= BOUND_P99_MS


@dataclass(frozen=True, kw_only=True)
class Stress:
    """The chosen plant under `load` times the city, with the `door` it had (inf: none)."""

    load: int
    door: float
    run: RushRun


def production(costs: Costs, shards: int) -> Costs:
    """Return the measured costs for a replica set (1 shard) or a cluster, where every batch reaches every shard.

    Processor costs stay as measured. The wait becomes that for a majority, thrice where shards must agree; each shard
    pays the fixed part of a batch.
    """
    steps = 1 if shards == 1 else DURABLE_STEPS
    return replace(costs, client_us=0.0, fixed_us=costs.fixed_us * shards, wait_us=MAJORITY_WAIT_US * steps)


def server_us_per_person(costs: Costs) -> float:
    """Return what a first attempt costs the server processes: a page, a request, a look, and both ways to the owner."""
    answered = costs.server_us + costs.answer_us
    return 2 * answered + 4 * costs.forward_us + costs.server_batch_us


def processes_needed(city: City, costs: Costs, engine: Engine) -> int:
    """Return how many server processes are `BUSY` in the worst second: a rough guess first, then by simulation."""
    roughly = math.ceil(city.peak_per_s * server_us_per_person(costs) / 1e6 / BUSY)
    plant = Plant(processes=roughly, database_cores=roughly, costs=costs, engine=engine)
    return math.ceil(run_rush(city, plant, FIRST_S).server_cores_at_peak / BUSY)


def try_option(city: City, costs: Costs, engine: Engine, processes: int, shards: int, cores: int) -> Option:
    """Return what the first seconds come to with this database; all shards' cores are one pool."""
    plant = Plant(processes=processes, database_cores=shards * cores, costs=production(costs, shards), engine=engine)
    return Option(shards=shards, cores=cores, looking=engine.looking, run=run_rush(city, plant, FIRST_S))


def choose(options: list[Option]) -> Option:
    """Return the option, as the engine is built, with the fewest cores that is good enough, or else the fastest one."""
    options = [one for one in options if one.looking is Looking.EACH]
    good = [one for one in options if one.good_enough]
    if good:
        return min(good, key=lambda one: (one.shards * one.cores, one.shards))
    return min(options, key=lambda one: one.run.latencies.p99_us)


def stress(city: City, plant: Plant, load: int, door: float) -> Stress:
    """Return what the first seconds come to when `load` times as many people try."""
    crowd = replace(city, trying=city.trying * load)
    return Stress(load=load, door=door, run=run_rush(crowd, replace(plant, most_under_way=door), STRESS_S))


@dataclass(frozen=True, kw_only=True)
class HotSlot:
    """The most that one slot can do: full batches, one after the other, all from its owner."""

    batch_ms: float
    by_batches_per_s: float
    by_owner_per_s: float

    @property
    def bookings_per_s(self) -> float:
        """The lesser of what the batches and what the owner's core allow."""
        return min(self.by_batches_per_s, self.by_owner_per_s)


def hot_slot(costs: Costs, engine: Engine) -> HotSlot:
    """Return the bound of one slot; a batch's work at the database is serial, its owner does nothing else."""
    size = engine.largest
    batch_us = costs.fixed_us + costs.per_slot_us + costs.per_booking_us * size + costs.wait_us + costs.server_batch_us
    owner_us = 2 * costs.forward_us + costs.server_batch_us / size
    return HotSlot(batch_ms=batch_us / 1e3, by_batches_per_s=size / batch_us * 1e6, by_owner_per_s=1e6 / owner_us)
