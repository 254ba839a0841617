"""The parts of ratings, put together."""

from dataclasses import dataclass
from datetime import date

import structlog

from handlers.visit_context import RatingServices
from server.visits.parts import VisitParts
from services.calendars.almanac import Almanac
from services.calendars.mongo import MongoHolidayYears
from services.calendars.ports import EnteredYears
from services.ratings.answering import Answering
from services.ratings.escalating import Escalating
from services.ratings.model import Workday
from services.ratings.mongo import MongoRatings
from services.ratings.rating import RatingVisits
from services.ratings.reading import RatingReading
from services.ratings.rules import is_weekday

log = structlog.get_logger("ratings")


@dataclass(frozen=True, kw_only=True)
class AlmanacWorkdays:
    """Working days as far as the city or the package knows the holidays; beyond, by weekday."""

    holidays: EnteredYears

    async def known(self) -> Workday:
        """Return what tells of a day whether people work on it."""
        almanac = Almanac(await self.holidays.all())

        def is_workday(day: date) -> bool:
            facts = almanac.facts(day)
            return facts.is_makeup_workday or (facts.holiday is None and is_weekday(day))

        return is_workday


def build_ratings(parts: VisitParts) -> tuple[RatingServices, Escalating]:
    """Return the services, and what marks overdue tickets in the background."""
    store, clock = MongoRatings(parts.mongo), parts.clock
    reading = RatingReading(store=store, venues=parts.venues, clock=clock)
    rating = RatingVisits(
        store=store,
        reservations=parts.reading,
        entries=parts.gate.admitting,
        venues=parts.venues,
        workdays=AlmanacWorkdays(holidays=MongoHolidayYears(parts.mongo)),
        digest=parts.digest,
        clock=clock,
    )
    answering = Answering(reading=reading, store=store, clock=clock)
    escalating = Escalating(store=store, clock=clock, tell=_tell_defect)
    return RatingServices(rating=rating, reading=reading, answering=answering), escalating


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
