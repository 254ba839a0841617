"""The machines of a release minute: server processes and a database with cores of their own, and a door."""

import math
from dataclasses import dataclass

from scripts.simulation.cores import Cores, OwnCore
from scripts.simulation.database import Database
from scripts.simulation.events import EventLoop, chance
from scripts.simulation.model import Costs, Engine, Writers
from scripts.simulation.server import Server


@dataclass(frozen=True, kw_only=True)
class Plant:
    """The machines: server processes with a core each, a database with cores of its own.

    A door before the processes refuses whoever would be more than `most_under_way` in one of them.
    """

    processes: int
    database_cores: float
    costs: Costs
    engine: Engine
    writers: Writers = Writers.OWNER
    most_under_way: float = math.inf


class Door:
    """Deals requests out to the processes in turn, and counts what is under way in each."""

    def __init__(self, servers: list[Server], most: float) -> None:
        self._servers = servers
        self._most = most
        self._next = 0
        self._under_way = [0] * len(servers)
        self.most_seen = 0

    def enter(self) -> int | None:
        """Return the number of a process that takes one more request, None when it is to be refused."""
        self._next = (self._next + 1) % len(self._servers)
        if self._under_way[self._next] >= self._most:
            return None
        self._under_way[self._next] += 1
        self.most_seen = max(self.most_seen, self._under_way[self._next])
        return self._next

    def leave(self, number: int) -> None:
        """Note that a request has left its process."""
        self._under_way[number] -= 1

    def server(self, number: int) -> Server:
        """Return the process of this number."""
        return self._servers[number]


def build_servers(loop: EventLoop, plant: Plant, places: list[int], seed: int) -> tuple[Database, list[Server]]:
    """Return the plant's database, with these places in its slots, and its processes."""
    cores = Cores(loop, plant.database_cores)
    database = Database(loop, cores, plant.costs, plant.engine.round_trips, places)
    servers = [
        Server(loop, OwnCore(loop), database, plant.costs, plant.engine, chance(seed + number))
        for number in range(plant.processes)
    ]
    for server in servers:
        server.know(servers, plant.writers)
    return database, servers
