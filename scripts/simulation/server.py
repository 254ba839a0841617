"""A server process of the simulation: one thread that receives requests, knows slots, and answers."""

import random
from collections import deque
from collections.abc import Sequence
from functools import partial

from scripts.simulation.cores import Worker
from scripts.simulation.database import Database
from scripts.simulation.desk import Answer, Desk
from scripts.simulation.events import Action, EventLoop
from scripts.simulation.model import Costs, Engine, Outcome, Writers

SCATTER = 2_654_435_761  # Knuth's multiplicative hash: neighbouring slots get owners that have nothing in common


class Server:
    """Receives a request, looks whether its slot is full, and has the desk that writes the slot book the place."""

    def __init__(
        self, loop: EventLoop, worker: Worker, database: Database, costs: Costs, engine: Engine, luck: random.Random
    ) -> None:
        self._loop = loop
        self._database = database
        self._costs = costs
        self._engine = engine
        self._peers: Sequence[Server] = (self,)
        self._unsure: deque[tuple[int, Answer]] = deque()
        self._looking = False
        self.worker = worker
        self.desk = Desk(loop, worker, database, costs, engine, luck)

    def know(self, peers: Sequence["Server"], writers: Writers) -> None:
        """Learn who the processes are and which of them write which slots."""
        self._peers = peers if writers is Writers.OWNER else (self,)

    def request(self, slot: int, reply: Answer) -> None:
        """Receive a request; `reply` hears its end when the answer leaves this process."""
        self.worker.submit(self._costs.server_us, partial(self._find_slot, slot, partial(self._answer, reply)))

    def _answer(self, reply: Answer, outcome: Outcome) -> None:
        self.worker.submit(self._costs.answer_us, partial(reply, outcome))

    def _find_slot(self, slot: int, answer: Answer) -> None:
        sight = self.desk.sights.get(slot)
        if sight is not None and self._loop.now - sight.seen_us <= self._engine.fresh_us:
            self._book(slot, answer)
        else:
            self._unsure.append((slot, answer))
            if not self._looking:
                self._look()

    def _look(self) -> None:
        """Ask the database for the slots of all who wait for that, as many as go into one look."""
        asking = [self._unsure.popleft() for _ in range(min(len(self._unsure), self._engine.looks))]
        self._looking = bool(asking)
        if asking:
            slots = {slot for slot, _ in asking}
            turn_us = self._costs.server_batch_us / self._engine.round_trips
            looked = partial(self._looked, slots, asking)
            self._database.look(len(slots), partial(self.worker.submit, turn_us, looked))

    def _looked(self, slots: set[int], asking: Sequence[tuple[int, Answer]]) -> None:
        for slot in slots:
            self.desk.sights[slot] = self._database.see(slot)
        self._look()
        for slot, answer in asking:
            self._book(slot, answer)

    def _book(self, slot: int, answer: Answer) -> None:
        if self.desk.sights[slot].places_left <= 0:
            answer(Outcome.FULL)
            return
        owner = self._peers[slot * SCATTER % 2**32 % len(self._peers)]
        if owner is self:
            self.desk.submit(slot, answer)
        else:
            self.carry(owner, partial(owner.desk.submit, slot, partial(self._bring_back, owner, answer)))

    def carry(self, other: "Server", action: Action) -> None:
        """Hand something to another process: work for this one, then for the other."""
        cost_us = self._costs.forward_us
        self.worker.submit(cost_us, partial(other.worker.submit, cost_us, action))

    def _bring_back(self, owner: "Server", answer: Answer, outcome: Outcome) -> None:
        owner.carry(self, partial(answer, outcome))
