"""Processor cores: shared by all who run, or one's own."""

import heapq
from collections import deque
from typing import Protocol

from scripts.simulation.events import Action, EventLoop


class Worker(Protocol):
    """Does pieces of work one after the other, in order of arrival: a single thread of a process."""

    busy_us: float

    def submit(self, work_us: float, done: Action) -> None:
        """Do `work_us` of processor time after all that waits already, then call `done`."""


class Cores:
    """`count` cores shared equally by whoever runs: nobody is faster than one core (processor sharing).

    Kept by virtual time: `_attained` is the processor time that somebody running since the start would have had. All
    who run advance at the same speed, so a piece of work ends when `_attained` reaches a mark set at its beginning.
    """

    def __init__(self, loop: EventLoop, count: float) -> None:
        self._loop = loop
        self._count = count
        self._running: list[tuple[float, int, Action]] = []
        self._attained = 0.0
        self._speed = 0.0
        self._since = 0.0
        self._plans = 0
        self.busy_us = 0.0

    def run(self, work_us: float, done: Action) -> None:
        """Begin `work_us` of processor time now, beside all that runs; call `done` at its end."""
        self._advance()
        self.busy_us += work_us
        # The number of the plan keeps marks apart that are equal.
        heapq.heappush(self._running, (self._attained + work_us, self._plans, done))
        self._plan()

    def _advance(self) -> None:
        now = self._loop.now
        self._attained += (now - self._since) * self._speed
        self._since = now

    def _plan(self) -> None:
        self._plans += 1
        running = self._running
        if not running:
            self._speed = 0.0
            return
        self._speed = min(1.0, self._count / len(running))
        plan = self._plans
        left = max(0.0, running[0][0] - self._attained)
        self._loop.after(left / self._speed, lambda: self._end(plan))

    def _end(self, plan: int) -> None:
        if plan != self._plans:  # somebody came or went since: a newer plan holds
            return
        self._advance()
        self._attained, _, done = heapq.heappop(self._running)
        self._plan()
        done()


class SharedThread:
    """A thread that competes for shared cores."""

    def __init__(self, cores: Cores) -> None:
        self._cores = cores
        self._waiting: deque[tuple[float, Action]] = deque()
        self._running = False
        self.busy_us = 0.0

    def submit(self, work_us: float, done: Action) -> None:
        """Do `work_us` of processor time after all that waits already, then call `done`."""
        self._waiting.append((work_us, done))
        if not self._running:
            self._begin()

    def _begin(self) -> None:
        work_us, done = self._waiting.popleft()
        self._running = True
        self.busy_us += work_us
        self._cores.run(work_us, lambda: self._end(done))

    def _end(self, done: Action) -> None:
        self._running = False
        if self._waiting:
            self._begin()
        done()


class OwnCore:
    """A thread with a core to itself; the same as a SharedThread on one core, at a third of the events."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self._free_at = 0.0
        self.busy_us = 0.0

    def submit(self, work_us: float, done: Action) -> None:
        """Do `work_us` of processor time after all that waits already, then call `done`."""
        self.busy_us += work_us
        self._free_at = max(self._free_at, self._loop.now) + work_us
        self._loop.at(self._free_at, done)
