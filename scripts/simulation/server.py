"""A server process of the simulation: one thread that receives requests, knows slots, and answers."""

import math
import random
from collections import deque
from collections.abc import Sequence
from functools import partial

from scripts.simulation.cores import Worker
from scripts.simulation.database import Database
from scripts.simulation.desk import Answer, Desk
from scripts.simulation.events import Action, EventLoop
from scripts.simulation.model import Costs, Engine, Looking, Outcome, Writers

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
        self._told_full_us: dict[int, float] = {}
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
        if self._must_look(slot):
            self._unsure.append((slot, answer))
            if not self._looking:
                self._look()
        else:
            self._book(slot, answer)

    def _must_look(self, slot: int) -> bool:
        sight = self.desk.sights.get(slot)
        if self._engine.looking is Looking.OWNER:
            return sight is None and self._owner_of(slot) is self
        return sight is None or self._loop.now - sight.seen_us > self._engine.fresh_us

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
        owner = self._owner_of(slot)
        if self._is_full(slot):
            answer(Outcome.FULL)
        elif owner is self:
            self.desk.submit(slot, answer)
        else:
            bring_back = partial(self._bring_back, owner, partial(self._handed_back, slot, answer))
            self.carry(owner, partial(owner.desk.submit, slot, bring_back))

    def _owner_of(self, slot: int) -> "Server":
        return self._peers[slot * SCATTER % 2**32 % len(self._peers)]

    def _is_full(self, slot: int) -> bool:
        sight = self.desk.sights.get(slot)
        if sight is not None:
            return sight.places_left <= 0
        return self._loop.now - self._told_full_us.get(slot, -math.inf) <= self._engine.fresh_us

    def _handed_back(self, slot: int, answer: Answer, outcome: Outcome) -> None:
        if outcome is Outcome.FULL:
            self._told_full_us[slot] = self._loop.now
        answer(outcome)

    def carry(self, other: "Server", action: Action) -> None:
        """Hand something to another process: work for this one, then for the other."""
        cost_us = self._costs.forward_us
        self.worker.submit(cost_us, partial(other.worker.submit, cost_us, action))

    def _bring_back(self, owner: "Server", answer: Answer, outcome: Outcome) -> None:
        owner.carry(self, partial(answer, outcome))
