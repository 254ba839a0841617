"""The week itself: seven days of visits, offices and owners, then the days until the last deadline has passed."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from services.common.clock import CITY_OFFSET, city_day
from tests.clocked import Calendar
from tests.field.city import DISTRICTS, Builder, City
from tests.field.line import NoAnswer
from tests.field.people import Inspector, answer_as_owner
from tests.processes import ServerProcess

DAYS = 7
DAYS_AFTER = 12
ROUND_OF = timedelta(minutes=25)
BEGINS = time(9)


@dataclass(kw_only=True)
class Week:
    """One week; `kills` counts the server processes that were killed."""

    server: ServerProcess
    calendar: Calendar
    builder: Builder
    city: City
    luck: random.Random
    offline: float
    kills: int = 0
    answered: set[str] = field(default_factory=set)

    async def live(self) -> None:
        """Live through it."""
        today = city_day(self.calendar.now)
        for day in range(1, DAYS + 1):
            await self._day(today + timedelta(days=day), days_left=DAYS + 1 - day)
        for day in range(DAYS + 1, DAYS + DAYS_AFTER + 1):
            self._turn(today + timedelta(days=day), time(12))
            await self._log_in_all()
            await self._send_the_rest()
            await asyncio.gather(*(officer.work() for officer in self.city.officers))

    async def _day(self, day: date, *, days_left: int) -> None:
        self._turn(day, BEGINS)
        await self._log_in_all()
        self._kill_a_worker()
        await asyncio.gather(*(self._plan(one) for one in self.city.inspectors))
        rounds = max(len(one.tasks) for one in self.city.inspectors)
        for number in range(-(-rounds // days_left)):
            self._turn(day, BEGINS, ROUND_OF * (number + 1))
            await asyncio.gather(*(self._visit(one) for one in self.city.inspectors))
        await asyncio.gather(*(officer.work() for officer in self.city.officers))
        await self._owners()

    async def _plan(self, inspector: Inspector) -> None:
        try:
            await inspector.plan_day()
        except NoAnswer:  # goes by yesterday's list
            return

    async def _visit(self, inspector: Inspector) -> None:
        if inspector.tasks:
            task = inspector.tasks[0]
            inspector.visit(task, self.city.sites[task["site_id"]], self.city.checklist, self.calendar.now)
        if self.luck.random() >= self.offline:
            await inspector.phone.sync(self.calendar.now + inspector.skew)

    async def _send_the_rest(self) -> None:
        for _ in range(200):
            waiting = [one for one in self.city.inspectors if not one.phone.storage.empty]
            if not waiting:
                return
            await asyncio.gather(*(one.phone.sync(self.calendar.now + one.skew) for one in waiting))
        raise AssertionError("phones could not send what they hold")

    async def _owners(self) -> None:
        links = [link for officer in self.city.officers for link in officer.links if link not in self.answered]
        willing = [link for link in links if self.luck.random() < 0.6]
        self.answered.update(links)
        line = self.builder.line()
        await asyncio.gather(*(answer_as_owner(line, self.luck, link) for link in willing))

    async def _log_in_all(self) -> None:
        for one in self.city.inspectors:
            await self.builder.log_in(one.phone.line, one.username)
        for officer, (district, *_) in zip(self.city.officers, DISTRICTS, strict=True):
            await self.builder.log_in(officer.line, f"office-{district}")

    def _kill_a_worker(self) -> None:
        workers = [child for child in self.server.descendants() if "--index" in child.cmdline()]
        self.luck.choice(sorted(workers, key=lambda child: child.pid)).kill()
        self.kills += 1

    def _turn(self, day: date, clock: time, more: timedelta = timedelta(0)) -> None:
        self.calendar.turn_to(datetime.combine(day, clock, UTC) - CITY_OFFSET + more)
