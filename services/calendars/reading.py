"""Reading calendars: rules, opening days, and the slots that they plan."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.calendars.almanac import Almanac
from services.calendars.model import DEFAULT_DAYS_AHEAD, Calendar
from services.calendars.ports import CalendarStore, HolidayStore, WorshipStore
from services.calendars.resolving import DayPlan, PlannedSlot, plan_slots, resolve
from services.calendars.worship import WorshipTable, months_between
from services.venues.directory import VenueDirectory

ONE_DAY = timedelta(days=1)


class CalendarReading:
    """Answers about calendars; whoever plans slots asks here too."""

    def __init__(
        self, *, store: CalendarStore, holidays: HolidayStore, worship: WorshipStore, venues: VenueDirectory
    ) -> None:
        self._store = store
        self._holidays = holidays
        self._worship = worship
        self._venues = venues

    async def all(self) -> Sequence[Calendar]:
        """Return every calendar that was written."""
        return await self._store.all()

    async def get(self, venue_id: str) -> Calendar:
        """Return the calendar, of version 0 and without rules if there is none; raises VenueUnknown."""
        venue = await self._venues.get(venue_id)
        found = await self._store.find(venue.id)
        if found is not None:
            return found
        return Calendar(venue_id=venue.id, version=0, rules=(), plan_days_ahead=DEFAULT_DAYS_AHEAD)

    async def almanac(self) -> Almanac:
        """Return what is known of days now."""
        return Almanac(await self._holidays.all())

    async def opening_days(self, venue_id: str, first: date, last: date) -> Sequence[DayPlan]:
        """Return the days from `first` to `last`; raises VenueUnknown."""
        calendar = await self.get(venue_id)
        almanac, worship = await self.almanac(), await self._times(venue_id, first, last)
        days = [first + offset * ONE_DAY for offset in range((last - first).days + 1)]
        return [resolve(calendar, day, almanac, worship) for day in days]

    async def planned(self, calendar: Calendar, first_day: date, days: int) -> Sequence[PlannedSlot]:
        """Return the slots that `calendar`, written or not, has on `days` days from `first_day` on."""
        last = first_day + (days - 1) * ONE_DAY
        almanac, worship = await self.almanac(), await self._times(calendar.venue_id, first_day, last)
        return plan_slots(calendar, first_day, days, almanac, worship)

    async def _times(self, venue_id: str, first: date, last: date) -> WorshipTable:
        # Worship around midnight takes some of the neighbouring day.
        months = months_between(first - ONE_DAY, last + ONE_DAY)
        return WorshipTable(await self._worship.find(venue_id, months))
