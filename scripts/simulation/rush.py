"""One release minute: citizens at the door of a plant, and what it came to."""

import math
from dataclasses import dataclass

from scripts.simulation.citizens import SECOND, Citizens
from scripts.simulation.city import City
from scripts.simulation.database import Database
from scripts.simulation.events import EventLoop, chance
from scripts.simulation.model import Latencies, Outcome, summed_up
from scripts.simulation.plant import Door, Plant, build_servers
from scripts.simulation.server import Server


@dataclass(frozen=True, kw_only=True)
class RushRun:
    """What a release came to.

    `people` have their end, `still_trying` have none yet. Latencies are those of answers other than a 503.
    """

    people: dict[Outcome, int]
    still_trying: int
    answers: dict[Outcome, int]
    latencies: Latencies
    pages: int
    requests_at_peak: int
    bookings_at_peak: int
    database_cores_at_peak: float
    server_cores_at_peak: float
    looks: int
    batches: int
    slots_written: int
    conflicts: int
    longest_queue: int
    most_under_way: int

    @property
    def batch(self) -> float:
        """Mean bookings in a batch."""
        return self.answers[Outcome.BOOKED] / max(1, self.batches)

    @property
    def refused_share(self) -> float:
        """The share of requests to book that were answered by 503."""
        return self.answers[Outcome.REFUSED] / max(1, sum(self.answers.values()))


class _Meter:
    """Reads, once a second, how much processor time was asked for, as long as somebody still tries."""

    def __init__(self, loop: EventLoop, citizens: Citizens, database: Database, servers: list[Server]) -> None:
        self._loop = loop
        self._citizens = citizens
        self._database = database
        self._servers = servers
        self._last = (0.0, 0.0)
        self.database_cores_at_peak = 0.0
        self.server_cores_at_peak = 0.0
        loop.after(SECOND, self._read)

    def _read(self) -> None:
        database_us = self._database.busy_us
        server_us = sum(server.worker.busy_us for server in self._servers)
        self.database_cores_at_peak = max(self.database_cores_at_peak, (database_us - self._last[0]) / SECOND)
        self.server_cores_at_peak = max(self.server_cores_at_peak, (server_us - self._last[1]) / SECOND)
        self._last = (database_us, server_us)
        if self._citizens.still_trying:
            self._loop.after(SECOND, self._read)


def run_rush(city: City, plant: Plant, until_s: float = math.inf, seed: int = 1) -> RushRun:
    """Return what the release of `city` comes to on `plant`, by `until_s` or when everybody has an end."""
    loop = EventLoop()
    database, servers = build_servers(loop, plant, city.slot_places(), seed)
    door = Door(servers, plant.most_under_way)
    citizens = Citizens(city, plant.costs.server_us + plant.costs.answer_us, loop, door, chance(seed))
    meter = _Meter(loop, citizens, database, servers)
    citizens.expect_next()
    loop.run(until_s * SECOND)
    return RushRun(
        people=citizens.people,
        still_trying=citizens.still_trying,
        answers=citizens.answers,
        latencies=summed_up(citizens.latencies_us),
        pages=citizens.pages,
        requests_at_peak=max(citizens.requests_in.values(), default=0),
        bookings_at_peak=max(citizens.bookings_in.values(), default=0),
        database_cores_at_peak=meter.database_cores_at_peak,
        server_cores_at_peak=meter.server_cores_at_peak,
        looks=database.looks,
        batches=database.batches,
        slots_written=database.slots_written,
        conflicts=database.conflicts,
        longest_queue=max(server.desk.longest_queue for server in servers),
        most_under_way=door.most_seen,
    )
