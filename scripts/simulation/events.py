"""Simulated time: what is due next happens next."""

import heapq
import math
import random
from collections.abc import Callable

Action = Callable[[], None]


class EventLoop:
    """Runs actions in order of their time; at the same instant, in the order in which they were planned.

    Time is in microseconds from the start of the run.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Action]] = []
        self._number = 0

    def at(self, when_us: float, action: Action) -> None:
        """Plan `action` for the instant `when_us`."""
        self._number += 1
        heapq.heappush(self._planned, (when_us, self._number, action))

    def after(self, delay_us: float, action: Action) -> None:
        """Plan `action` for `delay_us` from now."""
        self.at(self.now + delay_us, action)

    def run(self, until_us: float = math.inf) -> None:
        """Run until nothing is planned before `until_us`."""
        planned = self._planned
        while planned and planned[0][0] <= until_us:
            self.now, _, action = heapq.heappop(planned)
            action()


def chance(seed: int) -> random.Random:
    """Return the one source of chance of a run: the same seed gives the same run."""
    return random.Random(seed)  # noqa: S311 - a run must be repeatable; nothing here is secret
