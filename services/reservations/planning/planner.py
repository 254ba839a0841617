"""The planner: makes a venue's slots ahead, and changes them when its rules change."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from services.calendars.model import Calendar
from services.calendars.reading import CalendarReading
from services.common.clock import CITY_OFFSET, Clock, city_day
from services.reservations.changes import SlotChange
from services.reservations.errors import SlotStateChanged, SlotUnknown
from services.reservations.model import SlotState
from services.reservations.planning.model import Action, Plan
from services.reservations.planning.rules import change_of, compare, new_slot
from services.reservations.ports import DrawnDays, ReservationDesk, SlotStore

# The longest that anything can be planned ahead, so that a shorter horizon withdraws what a longer one made.
FARTHEST_DAYS = 121


class Planner:
    """Safe to run twice and by several at once: slots have derived ids, and each change is guarded by its slot."""

    def __init__(
        self,
        *,
        calendars: CalendarReading,
        slots: SlotStore,
        desk: ReservationDesk,
        drawn: DrawnDays,
        clock: Clock,
    ) -> None:
        self._calendars = calendars
        self._slots = slots
        self._desk = desk
        self._drawn = drawn
        self._clock = clock

    async def preview(self, calendar: Calendar) -> Plan:
        """Return what planning by `calendar`, written or not, would do now; a venue without rules plans nothing."""
        if calendar.version == 0 and not calendar.rules:
            return Plan(steps=(), unchanged=0)
        now = self._clock.now()
        first = city_day(now)
        planned = await self._calendars.planned(calendar, first, calendar.plan_days_ahead)
        since, until = _midnight(first, -1), _midnight(first, FARTHEST_DAYS)
        present = await self._slots.starting_between(calendar.venue_id, since, until)
        return compare(planned, present, now)

    async def apply(self, calendar: Calendar) -> Plan:
        """Do it, and return what was to be done."""
        plan = await self.preview(calendar)
        states = await self._states(calendar.venue_id, plan)
        added = [step.planned for step in plan.steps if step.action is Action.ADD and step.planned is not None]
        await self._slots.add_missing([new_slot(one, states[city_day(one.starts_at)]) for one in added])
        for step in plan.steps:
            if step.slot is not None:
                await self._change(change_of(step, states[city_day(step.slot.starts_at)]))
        return plan

    async def _states(self, venue_id: str, plan: Plan) -> Mapping[date, SlotState]:
        """Return what a slot is, new or again, on each day that the plan touches: one more to draw, or open."""
        days = {city_day(one.starts_at) for step in plan.steps if (one := step.slot or step.planned) is not None}
        states = {True: SlotState.DRAWN, False: SlotState.OPEN}
        return {day: states[await self._drawn.is_drawn(venue_id, day)] for day in days}

    async def _change(self, change: SlotChange) -> None:
        try:
            await self._desk.change_slot(change)
        except (SlotStateChanged, SlotUnknown):
            # Somebody else was quicker, staff or another planner: the next look decides on what they made of it.
            return


def _midnight(first: date, days: int) -> datetime:
    return datetime.combine(first + timedelta(days=days), time.min, UTC) - CITY_OFFSET
