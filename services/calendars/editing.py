"""Replacing a venue's calendar: read, judged, and written over the version that was read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.calendars.almanac import Almanac
from services.calendars.checking import ensure_sound
from services.calendars.drafting import read_rules
from services.calendars.drafts import Written
from services.calendars.errors import CalendarChanged
from services.calendars.model import DEFAULT_DAYS_AHEAD, Calendar
from services.calendars.ports import CalendarStore, HolidayStore
from services.common.clock import Clock, IdSource, city_day
from services.identity.model import Actor
from services.identity.rules import may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Venue

RULE_PREFIX = "rul"


@dataclass(frozen=True, kw_only=True)
class CalendarDraft:
    """A calendar as somebody wrote it; `version` is the one that they read, 0 for none.

    `plan_days_ahead` None leaves it as it is.
    """

    version: int
    rules: Sequence[Written]
    plan_days_ahead: int | None


async def venue_within(venues: VenueDirectory, actor: Actor, venue_id: str) -> Venue:
    """Return a venue of the actor's scope; raises VenueUnknown."""
    venue = await venues.get(venue_id)
    if not may_see(actor, venue.owner):
        raise VenueUnknown
    return venue


class CalendarEditing:
    """Writes calendars, for whoever answers for the venue."""

    def __init__(
        self,
        *,
        store: CalendarStore,
        holidays: HolidayStore,
        venues: VenueDirectory,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._holidays = holidays
        self._venues = venues
        self._clock = clock
        self._ids = ids

    async def put_calendar(self, actor: Actor, venue_id: str, draft: CalendarDraft) -> Calendar:
        """Return the calendar as it is from now on.

        Raises VenueUnknown, CalendarRefused, CalendarConflict, or CalendarChanged unless it is at the draft's version.
        """
        calendar = await self.judged(actor, venue_id, draft)
        if not await self._store.claim(calendar):
            raise CalendarChanged
        return calendar

    async def judged(self, actor: Actor, venue_id: str, draft: CalendarDraft) -> Calendar:
        """Return what would be written, without writing it; raises the same, from what is known before."""
        venue = await venue_within(self._venues, actor, venue_id)
        present = await self._store.find(venue.id)
        if (0 if present is None else present.version) != draft.version:
            raise CalendarChanged
        now = self._clock.now()
        planned_ahead = DEFAULT_DAYS_AHEAD if present is None else present.plan_days_ahead
        calendar = Calendar(
            venue_id=venue.id,
            version=draft.version + 1,
            rules=read_rules(draft.rules, lambda: self._ids.new(RULE_PREFIX)),
            plan_days_ahead=draft.plan_days_ahead or planned_ahead,
            changed_at=now,
            changed_by=actor.id,
        )
        almanac = Almanac(await self._holidays.all())
        # A thousand days times all rules: others are served meanwhile.
        await asyncio.to_thread(ensure_sound, calendar, city_day(now), almanac)
        return calendar
