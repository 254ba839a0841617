"""Group commit in the simulation: what arrives while a batch is under way joins the next one."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from scripts.simulation.cores import Worker
from scripts.simulation.database import Batch, Database, Sight, Written
from scripts.simulation.events import Action, EventLoop
from scripts.simulation.model import Costs, Engine, Outcome

Answer = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """A booking that waits for its batch."""

    slot: int
    answer: Answer
    joined_us: float


class Desk:
    """One process's queue and the batch that it has under way; what it knows of slots is in `sights`."""

    def __init__(
        self, loop: EventLoop, worker: Worker, database: Database, costs: Costs, engine: Engine, luck: random.Random
    ) -> None:
        self._loop = loop
        self._worker = worker
        self._database = database
        self._turn_us = costs.server_batch_us / engine.round_trips
        self._engine = engine
        self._luck = luck
        self._queue: deque[Wish] = deque()
        self._writing = False
        self.sights: dict[int, Sight] = {}
        self.longest_queue = 0

    def submit(self, slot: int, answer: Answer) -> None:
        """Book a place in the slot; `answer` hears how it ended, once."""
        if len(self._queue) >= self._engine.longest:
            answer(Outcome.REFUSED)
            return
        self._queue.append(Wish(slot, answer, self._loop.now))
        self.longest_queue = max(self.longest_queue, len(self._queue))
        if not self._writing:
            self._write_next()

    def _write_next(self) -> None:
        wishes = self._take()
        self._writing = bool(wishes)
        if wishes:
            self._get_ready(wishes)

    def _take(self) -> list[Wish]:
        taken: list[Wish] = []
        while self._queue and len(taken) < self._engine.largest:
            wish = self._queue.popleft()
            if self._loop.now - wish.joined_us > self._engine.patience_us:
                wish.answer(Outcome.REFUSED)
            else:
                taken.append(wish)
        return taken

    def _get_ready(self, wishes: list[Wish]) -> None:
        unknown = {wish.slot for wish in wishes} - self.sights.keys()
        if unknown:
            self._database.look(len(unknown), partial(self._looked, unknown, wishes))
        else:
            self._decide(wishes)

    def _looked(self, slots: Iterable[int], wishes: list[Wish]) -> None:
        self.sights.update({slot: self._database.see(slot) for slot in slots})
        self._turn(partial(self._decide, wishes))

    def _decide(self, wishes: list[Wish]) -> None:
        """Give the places that are left to who came first, and write that."""
        bookings: Counter[int] = Counter()
        outcomes: list[Outcome] = []
        for wish in wishes:
            if bookings[wish.slot] < self.sights[wish.slot].places_left:
                bookings[wish.slot] += 1
                outcomes.append(Outcome.BOOKED)
            else:
                outcomes.append(Outcome.FULL)
        bookings = +bookings
        if bookings:
            batch = Batch(bookings=bookings, versions={slot: self.sights[slot].version for slot in bookings})
            self._database.begin(batch, partial(self._begun, batch, wishes, outcomes))
        else:
            self._turn(partial(self._settle, wishes, outcomes))

    def _begun(self, batch: Batch, wishes: list[Wish], outcomes: list[Outcome], written: Written) -> None:
        if written is Written.CONFLICT:
            pause_us = self._luck.uniform(0.0, self._engine.pause_us)
            look = partial(self._database.look, len(batch.versions), partial(self._looked, batch.versions, wishes))
            self._loop.after(pause_us, partial(self._turn, look))
        else:
            self._next_command(batch, wishes, outcomes, self._engine.round_trips - 1)

    def _next_command(self, batch: Batch, wishes: list[Wish], outcomes: list[Outcome], left: int) -> None:
        """Send the next command of the batch: the process notices the last one's reply in its turn."""
        if left == 0:
            self._database.commit(batch, partial(self._turn, partial(self._committed, batch, wishes, outcomes)))
        else:
            again = partial(self._next_command, batch, wishes, outcomes, left - 1)
            self._turn(partial(self._database.go_on, batch, again))

    def _turn(self, action: Action) -> None:
        self._worker.submit(self._turn_us, action)

    def _committed(self, batch: Batch, wishes: list[Wish], outcomes: list[Outcome]) -> None:
        for slot, count in batch.bookings.items():
            sight = self.sights[slot]
            self.sights[slot] = Sight(batch.versions[slot] + 1, sight.places_left - count, self._loop.now)
        self._settle(wishes, outcomes)

    def _settle(self, wishes: list[Wish], outcomes: list[Outcome]) -> None:
        """Start the next batch, then answer: the database works while the answers are written."""
        self._write_next()
        for wish, outcome in zip(wishes, outcomes, strict=True):
            wish.answer(outcome)
