"""Citizens in the release minute: they come, look, try, try again, and give up."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scripts.simulation.city import City
from scripts.simulation.events import EventLoop
from scripts.simulation.model import Outcome
from scripts.simulation.plant import Door

PAGE_EVERY_S = 10.0
RETRY_S = (1.0, 2.0)
SECOND = 1e6


@dataclass(slots=True)
class _Citizen:
    attempts: int
    retries: int
    pages: int


class Citizens:
    """Everybody who tries in this minute; each has a few attempts, and a few retries after a 503."""

    def __init__(self, city: City, page_us: float, loop: EventLoop, door: Door, luck: random.Random) -> None:
        self._city = city
        self._page_us = page_us
        self._loop = loop
        self._door = door
        self._luck = luck
        self._weights = city.slot_weights()
        self._slots = range(len(self._weights))
        self._to_come = city.trying_people
        self.people = dict.fromkeys(Outcome, 0)
        self.answers = dict.fromkeys(Outcome, 0)
        self.latencies_us: list[float] = []
        self.pages = 0
        self.requests_in: Counter[int] = Counter()
        self.bookings_in: Counter[int] = Counter()

    @property
    def still_trying(self) -> int:
        """How many have no final answer yet, those included who are still to come."""
        return self._city.trying_people - sum(self.people.values())

    def expect_next(self) -> None:
        """Plan the next arrival: the gaps between sorted exponential delays are exponential again."""
        if self._to_come:
            gap_us = self._luck.expovariate(1.0) * self._city.arrival_s * SECOND / self._to_come
            self._to_come -= 1
            self._loop.after(gap_us, self._arrive)

    def _arrive(self) -> None:
        self.expect_next()
        city = self._city
        citizen = _Citizen(attempts=city.attempts, retries=city.retries, pages=city.pages)
        self._open_page(citizen, partial(self._choose, citizen))

    def _open_page(self, citizen: _Citizen, then: Callable[[], None]) -> None:
        number = self._door.enter()
        if number is None:
            self._retry(citizen, partial(self._open_page, citizen, then))
            return
        self.pages += 1
        self._door.server(number).worker.submit(self._page_us, partial(self._page_opened, number, then))

    def _page_opened(self, number: int, then: Callable[[], None]) -> None:
        self._door.leave(number)
        then()

    def _choose(self, citizen: _Citizen) -> None:
        self._ask(citizen, self._luck.choices(self._slots, cum_weights=self._weights)[0])

    def _ask(self, citizen: _Citizen, slot: int) -> None:
        self.requests_in[int(self._loop.now / SECOND)] += 1
        number = self._door.enter()
        if number is None:
            self._refused(citizen, slot)
        else:
            reply = partial(self._answered, citizen, slot, number, self._loop.now)
            self._door.server(number).request(slot, reply)

    def _refused(self, citizen: _Citizen, slot: int) -> None:
        self.answers[Outcome.REFUSED] += 1
        self._retry(citizen, partial(self._ask, citizen, slot))

    def _retry(self, citizen: _Citizen, action: Callable[[], None]) -> None:
        citizen.retries -= 1
        if citizen.retries < 0:
            self.people[Outcome.REFUSED] += 1
        else:
            self._loop.after(self._luck.uniform(*RETRY_S) * SECOND, action)

    def _answered(self, citizen: _Citizen, slot: int, number: int, sent_us: float, outcome: Outcome) -> None:
        self._door.leave(number)
        if outcome is Outcome.REFUSED:
            self._refused(citizen, slot)
            return
        self.answers[outcome] += 1
        self.latencies_us.append(self._loop.now - sent_us)
        if outcome is Outcome.BOOKED:
            self.bookings_in[int(self._loop.now / SECOND)] += 1
            self.people[Outcome.BOOKED] += 1
        else:
            self._lost(citizen)

    def _lost(self, citizen: _Citizen) -> None:
        citizen.attempts -= 1
        if citizen.attempts:
            thinking_us = self._luck.expovariate(1.0) * self._city.thinking_s * SECOND
            self._loop.after(thinking_us, partial(self._open_page, citizen, partial(self._choose, citizen)))
        else:
            self.people[Outcome.FULL] += 1
            self._look_on(citizen)

    def _look_on(self, citizen: _Citizen) -> None:
        """A loser looks at the page again and again; when even that is refused, they leave it at that."""
        if citizen.pages:
            citizen.pages -= 1
            self._loop.after(PAGE_EVERY_S * SECOND, partial(self._look_once_more, citizen))

    def _look_once_more(self, citizen: _Citizen) -> None:
        number = self._door.enter()
        if number is not None:
            self.pages += 1
            then = partial(self._look_on, citizen)
            self._door.server(number).worker.submit(self._page_us, partial(self._page_opened, number, then))
