"""When venues are open: calendars, opening days, holiday years, and times of worship."""

from datetime import date, timedelta
from typing import Any

from handlers.calendar_views import shown_calendar, shown_days
from handlers.item_tables import CSV, XLSX
from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import FieldsInvalid
from handlers.schemas.calendars import (
    LONGEST_WINDOW_DAYS,
    HolidayYearSchema,
    ImportedTimesSchema,
    NewHolidayYearSchema,
    NewVenueCalendarSchema,
    OpeningDaysQuery,
    OpeningDaysSchema,
    VenueCalendarSchema,
)
from services.calendars import errors
from services.calendars.editing import CalendarDraft
from services.calendars.importing import ImportedTimes
from services.calendars.model import HolidayYear
from services.calendars.years import HolidayYearDraft
from services.common.clock import city_day
from services.common.errors import FieldError, TooBusy
from services.identity.model import Role
from services.tables.errors import TableRefused, TablesUnavailable, TableUnreadable
from services.venues.errors import VenueUnknown

TAG = "Calendars"
EDITORS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
CITY = frozenset({Role.CITY_ADMIN})
LARGEST_TABLE = 1024 * 1024
DEFAULT_WINDOW = timedelta(days=13)


class CalendarHandler(ApiHandler):
    """`/venues/{venue_id}/calendar`."""

    @operation(
        Operation(
            summary="See a venue's calendar",
            description="The rules that its opening follows. A venue without a calendar has version 0 and no rules.",
            tag=TAG,
            reply=VenueCalendarSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a calendar."""
        return shown_calendar(await self.services.visits.calendars.reading.get(venue_id))

    @operation(
        Operation(
            summary="Replace a venue's calendar",
            description="All of it; a rule that keeps its `id` is known again. `version` says which one was read; a "
            "change in between is a conflict. Refused are rules that hold or open on no day of the coming three years, "
            "and rules of equal priority that want different things on one day. See docs/calendars.md.",
            tag=TAG,
            roles=EDITORS,
            body=NewVenueCalendarSchema,
            reply=VenueCalendarSchema,
            refusals=(VenueUnknown, errors.CalendarRefused, errors.CalendarConflict, errors.CalendarChanged),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Write a calendar."""
        editing = self.services.visits.calendars.editing
        calendar = await editing.put_calendar(self.actor, venue_id, CalendarDraft(**content))
        self.services.visits.planning.keeping.wake()
        return shown_calendar(calendar)


class OpeningDaysHandler(ApiHandler):
    """`/venues/{venue_id}/opening-days`."""

    @operation(
        Operation(
            summary="See when a venue is open",
            description=f"Day by day, at most {LONGEST_WINDOW_DAYS}, with what the day is by the lunar calendar and "
            "by the State Council's arrangement, and by which rule it is open or closed. `unknown`: something is "
            "missing, and no slots are made; `why` says what.",
            tag=TAG,
            query=OpeningDaysQuery,
            reply=OpeningDaysSchema,
            refusals=(VenueUnknown,),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return days."""
        first, last = self._window()
        return shown_days(await self.services.visits.calendars.reading.opening_days(venue_id, first, last))

    def _window(self) -> tuple[date, date]:
        first = self.parameters["first"] or city_day(self.services.clock.now())
        last = self.parameters["last"] or first + DEFAULT_WINDOW
        if not timedelta(0) <= last - first < timedelta(days=LONGEST_WINDOW_DAYS):
            detail = f"`to` is not before `from`, and {LONGEST_WINDOW_DAYS} days are the most"
            raise FieldsInvalid(errors=(FieldError(path="to", code="out_of_range", detail=detail),))
        return first, last


class HolidayYearHandler(ApiHandler):
    """`/holiday-years/{year}`."""

    @operation(
        Operation(
            summary="See the holidays of a year",
            description="Days off and make-up workdays (调休), and who knows them: the city entered them, or the "
            "installed package has them, or nobody does.",
            tag=TAG,
            reply=HolidayYearSchema,
            refusals=(errors.HolidayYearUnknown,),
        )
    )
    async def get(self, year: str) -> HolidayYear:
        """Return a year."""
        return await self.services.visits.calendars.years.get(year)

    @operation(
        Operation(
            summary="Enter the holidays of a year",
            description="As the State Council's notice has them, which comes in November before. All of the year is "
            "replaced; `version` says which one was read, 0 for none of the city's own.",
            tag=TAG,
            roles=CITY,
            body=NewHolidayYearSchema,
            reply=HolidayYearSchema,
            refusals=(errors.HolidayYearUnknown, errors.HolidayYearRefused, errors.HolidayYearChanged),
        )
    )
    async def post(self, year: str, content: dict[str, Any]) -> HolidayYear:
        """Write a year."""
        draft = HolidayYearDraft(
            version=content["version"],
            days_off=tuple(content["days_off"]),
            makeup_workdays=tuple(content["makeup_workdays"]),
        )
        return await self.services.visits.calendars.years.put(self.actor, year, draft)


class WorshipTimesHandler(ApiHandler):
    """`/venues/{venue_id}/worship-times`."""

    max_body_bytes = LARGEST_TABLE
    media_types = frozenset({XLSX, CSV})

    @operation(
        Operation(
            summary="Import times of worship",
            description="Takes an .xlsx or `text/csv` (UTF-8) file of at most 1 MB and 4,000 rows, with the columns "
            "`date`, `name`, `starts`, `ends`: days like 2026-11-27, times like 12:00. Each month that it names is "
            "replaced as a whole; with any faulty row nothing is, and all faults are named.",
            tag=TAG,
            roles=EDITORS,
            file=XLSX,
            reply=ImportedTimesSchema,
            refusals=(VenueUnknown, TableUnreadable, TableRefused, TooBusy, TablesUnavailable),
        )
    )
    async def post(self, venue_id: str, content: bytes) -> ImportedTimes:
        """Take a table."""
        sent_as = self.request.headers.get("Content-Type", "").partition(";")[0].strip().casefold()
        form = "csv" if sent_as == CSV else "xlsx"
        return await self.services.visits.calendars.importing.take(self.actor, venue_id, content, form)
