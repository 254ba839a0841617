"""The parts of calendars, put together."""

from handlers.visit_context import CalendarServices
from server.visits.parts import VisitParts
from services.calendars.editing import CalendarEditing
from services.calendars.importing import WorshipImporting
from services.calendars.mongo import MongoCalendars, MongoHolidayYears, MongoWorshipTimes
from services.calendars.reading import CalendarReading
from services.calendars.years import HolidayYears


def build_calendars(parts: VisitParts) -> CalendarServices:
    """Return the services."""
    store, holidays, worship = (
        MongoCalendars(parts.mongo),
        MongoHolidayYears(parts.mongo),
        MongoWorshipTimes(parts.mongo),
    )
    return CalendarServices(
        reading=CalendarReading(store=store, holidays=holidays, worship=worship, venues=parts.venues),
        editing=CalendarEditing(store=store, holidays=holidays, venues=parts.venues, clock=parts.clock, ids=parts.ids),
        years=HolidayYears(store=holidays, clock=parts.clock),
        importing=WorshipImporting(store=worship, tables=parts.tables, venues=parts.venues),
    )
