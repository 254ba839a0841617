"""A venue with a calendar, and a planner on the real store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.calendars.matching import DEFAULT_PRIORITY
from services.calendars.model import Calendar, ConditionKind, Rule, Session, Sessions, SetAside, Weekly
from services.calendars.mongo import MongoCalendars, MongoHolidayYears, MongoWorshipTimes
from services.calendars.reading import CalendarReading
from services.common.clock import Clock, SystemClock, UlidSource, city_day
from services.common.mongo import Mongo
from services.reservations.changes import NewBooking
from services.reservations.forwarding import ForwardingDesk
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.planner import Planner
from services.reservations.told import booked_event
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.concurrency.desks import desk_on
from tests.factories import make_reservation, make_venue, new_id

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
HOUR_MIN = 60
DAYS = 3


class NothingDrawn:
    """No day is given by lot."""

    async def is_drawn(self, _venue_id: str, _day: date, /) -> bool:
        return False


def session(opens: int = 9, closes: int = 12, capacity: int = 10, *set_aside: SetAside) -> Session:
    """Return a session in hours of the day, in slots of an hour."""
    return Session(
        opens=opens * HOUR_MIN,
        closes=closes * HOUR_MIN,
        capacity=capacity,
        slot_minutes=HOUR_MIN,
        set_aside=set_aside,
    )


def weekly(*sessions: Session, days: Sequence[int] = EVERY_DAY) -> Rule:
    return Rule(
        id=new_id("rul"),
        label="every day",
        when=Weekly(days=tuple(days)),
        what=Sessions(sessions=sessions),
        priority=DEFAULT_PRIORITY[ConditionKind.WEEKLY],
    )


@dataclass(kw_only=True)
class Place:
    """A venue whose slots are planned, by as many planners as there are processes."""

    mongo: Mongo
    venue_id: str
    clock: Clock
    calendar: Calendar
    desk: ForwardingDesk

    @classmethod
    async def open(cls, mongo: Mongo, *rules: Rule) -> "Place":
        venue = make_venue()
        await MongoVenues(mongo).put([], [venue])
        calendar = Calendar(venue_id=venue.id, version=1, rules=rules, plan_days_ahead=DAYS)
        return cls(
            mongo=mongo, venue_id=venue.id, clock=SystemClock(), calendar=calendar, desk=desk_on(MongoLedger(mongo))
        )

    def reading(self) -> CalendarReading:
        return CalendarReading(
            store=MongoCalendars(self.mongo),
            holidays=MongoHolidayYears(self.mongo),
            worship=MongoWorshipTimes(self.mongo),
            venues=VenueDirectory(store=MongoVenues(self.mongo), clock=self.clock),
        )

    def planner(self) -> Planner:
        """Return a planner as another process has it, with a desk of its own."""
        return Planner(
            calendars=self.reading(),
            slots=MongoSlots(self.mongo),
            desk=desk_on(MongoLedger(self.mongo), self.clock),
            drawn=NothingDrawn(),
            clock=self.clock,
        )

    def ruled(self, *rules: Rule) -> Calendar:
        """Return the calendar with other rules."""
        self.calendar = replace(self.calendar, version=self.calendar.version + 1, rules=rules)
        return self.calendar

    async def slots(self) -> list[Slot]:
        """Return all slots that have not begun, in order."""
        since = self.clock.now()
        return list(await MongoSlots(self.mongo).starting_between(self.venue_id, since, since + timedelta(days=99)))

    async def tomorrow(self) -> list[Slot]:
        day = city_day(self.clock.now()) + timedelta(days=1)
        return [slot for slot in await self.slots() if city_day(slot.starts_at) == day]

    async def book(self, slot: Slot, *, party: int = 1) -> Reservation:
        reservation = make_reservation(slot, party=party)
        event = booked_event(UlidSource().new("evt"), reservation, self.clock.now())
        return await self.desk.book(NewBooking(reservation=reservation, request=None, event=event))
