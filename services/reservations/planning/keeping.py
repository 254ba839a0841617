"""Keeping slots as calendars say: looks in the background, and at once when a calendar was changed here."""

import asyncio
import hashlib
from contextlib import suppress
from datetime import date

from services.calendars.model import Calendar
from services.calendars.reading import CalendarReading
from services.common.clock import Clock, city_day
from services.common.errors import Unavailable
from services.reservations.planning.model import PlanMark
from services.reservations.planning.planner import Planner
from services.reservations.planning.ports import PlanMarks

LOOK_EVERY_S = 60.0


class Keeping:
    """Plans each venue whose calendar, holidays, times of worship or day have changed since it was planned last.

    Every process looks: a venue that two plan at once is planned once, only later (see Planner).
    """

    def __init__(self, *, planner: Planner, calendars: CalendarReading, marks: PlanMarks, clock: Clock) -> None:
        self._planner = planner
        self._calendars = calendars
        self._marks = marks
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: a calendar has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._woken.clear()
            with suppress(Unavailable):  # what was not planned is not marked, and planned at the next look
                await self.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()

    async def look(self) -> int:
        """Plan what is not planned; return how many venues that were."""
        today = city_day(self._clock.now())
        return sum([await self._keep(calendar, today) for calendar in await self._calendars.all()])

    async def _keep(self, calendar: Calendar, today: date) -> int:
        mark = PlanMark(
            venue_id=calendar.venue_id,
            calendar_version=calendar.version,
            first_on=today,
            days=calendar.plan_days_ahead,
            inputs=await self._inputs(calendar, today),
        )
        if await self._marks.find(calendar.venue_id) == mark:
            return 0
        await self._planner.apply(calendar)
        # After the slots: whoever is killed in between plans again, which changes nothing.
        await self._marks.put(mark)
        return 1

    async def _inputs(self, calendar: Calendar, today: date) -> str:
        """Return what stands for the slots that are planned, so that whatever changes them is seen."""
        planned = await self._calendars.planned(calendar, today, calendar.plan_days_ahead)
        text = "\n".join(f"{one.starts_at.isoformat()} {one.ends_at.isoformat()} {one.signature}" for one in planned)
        return hashlib.sha256(text.encode()).hexdigest()
