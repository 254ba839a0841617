"""The bench in the simulation: so many connections, each asks again as soon as it is answered."""

from dataclasses import dataclass
from functools import partial

from scripts.simulation.cores import Cores, SharedThread, Worker
from scripts.simulation.database import Database
from scripts.simulation.events import EventLoop, chance
from scripts.simulation.model import Costs, Engine, Outcome, Run, Writers, summed_up
from scripts.simulation.server import Server


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run of the bench: `requests` in all, of which at most `places` can become bookings, over `slots`.

    Client, server processes and database share `cores`. Connections are dealt out to the processes in turn, and slots
    to connections as the bench deals them: neighbours ask for different ones.
    """

    slots: int
    connections: int
    processes: int
    requests: int
    places: int
    cores: float = 2.0
    writers: Writers = Writers.OWNER


class _Connections:
    """All connections of the bench's client, which is one thread."""

    def __init__(self, bench: Bench, loop: EventLoop, worker: Worker, costs: Costs, servers: list[Server]) -> None:
        self._bench = bench
        self._loop = loop
        self._worker = worker
        self._costs = costs
        self._servers = servers
        self._sent = [0] * bench.connections
        self.outcomes = dict.fromkeys(Outcome, 0)
        self.latencies_us: list[float] = []

    def start(self) -> None:
        for connection in range(self._bench.connections):
            self._worker.submit(self._costs.client_us, partial(self._send, connection))

    def _send(self, connection: int) -> None:
        turn = self._sent[connection]
        if turn == self._bench.requests // self._bench.connections:
            return
        self._sent[connection] += 1
        slot = (connection + turn) % self._bench.slots
        reply = partial(self._receive, connection, self._loop.now)
        self._servers[connection % len(self._servers)].request(slot, reply)

    def _receive(self, connection: int, sent_us: float, outcome: Outcome) -> None:
        self._worker.submit(self._costs.client_us, partial(self._received, connection, sent_us, outcome))

    def _received(self, connection: int, sent_us: float, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1
        self.latencies_us.append(self._loop.now - sent_us)
        self._send(connection)


def run_bench(bench: Bench, costs: Costs, engine: Engine, seed: int = 1) -> Run:
    """Return what a run of the bench would come to."""
    loop = EventLoop()
    cores = Cores(loop, bench.cores)
    database = Database(loop, cores, costs, engine.round_trips, _spread(bench.places, bench.slots))
    workers = [SharedThread(cores) for _ in range(bench.processes)]
    servers = [Server(loop, worker, database, costs, engine, chance(seed + n)) for n, worker in enumerate(workers)]
    for server in servers:
        server.know(servers, bench.writers)
    client = SharedThread(cores)
    connections = _Connections(bench, loop, client, costs, servers)
    connections.start()
    loop.run()
    return Run(
        seconds=loop.now / 1e6,
        outcomes=connections.outcomes,
        latencies=summed_up(connections.latencies_us),
        batches=database.batches,
        slots_written=database.slots_written,
        conflicts=database.conflicts,
        client_us=client.busy_us,
        server_us=sum(worker.busy_us for worker in workers),
        database_us=database.busy_us,
    )


def _spread(places: int, slots: int) -> list[int]:
    each, more = divmod(places, slots)
    return [each + (slot < more) for slot in range(slots)]
