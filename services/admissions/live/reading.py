"""How a venue stands: counts, slots, gates, devices and conflicts, put together."""

import asyncio
from datetime import datetime, timedelta

from services.admissions.live.model import VenueFacts, VenueState
from services.admissions.live.ports import Ceilings, CountStore, DeviceList
from services.admissions.live.rules import expected_now, gate_standings, standings
from services.common.clock import Clock, city_day, day_bounds
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.ports import SlotSource
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

# How old what changes seldom may be: it costs three questions.
FACTS_FOR = timedelta(seconds=5)
MOST_KNOWN = 1000


class LiveReading:
    """Reads what a venue's state is made of."""

    def __init__(
        self,
        *,
        counts: CountStore,
        slots: SlotSource,
        ceilings: Ceilings,
        devices: DeviceList,
        venues: VenueDirectory,
        clock: Clock,
    ) -> None:
        self._counts = counts
        self._slots = slots
        self._ceilings = ceilings
        self._devices = devices
        self._venues = venues
        self._clock = clock
        self._facts: dict[str, tuple[datetime, VenueFacts]] = {}

    async def ensure_within(self, actor: Actor, venue_id: str) -> None:
        """Raise VenueUnknown when there is no such venue, or not within the actor's scope."""
        if not may_see(actor, (await self._venues.get(venue_id)).owner):
            raise VenueUnknown

    async def look(self, venue_id: str) -> VenueState:
        """Return how the venue stands; raises VenueUnknown, DatabaseUnavailable."""
        venue = await self._venues.get(venue_id)
        now = self._clock.now()
        day = city_day(now)
        # The counts first: whoever is counted there has booked by then, so nobody is shown as come and not booked.
        counts = await self._counts.counts_of(venue_id, day)
        slots, facts = await asyncio.gather(
            self._slots.starting_between(venue_id, *day_bounds(day)), self._facts_of(venue_id, now)
        )
        standing = standings(slots, counts.starts)
        return VenueState(
            venue_id=venue_id,
            day=day,
            version=counts.version,
            admitted=counts.admitted,
            left=counts.left,
            inside=max(0, counts.inside),  # exits may be counted where entries are not
            expected_now=expected_now(slots, standing, now),
            slots=standing,
            gates=gate_standings(venue.gates, counts),
            facts=facts,
        )

    async def _facts_of(self, venue_id: str, now: datetime) -> VenueFacts:
        read_at, facts = self._facts.get(venue_id, (None, None))
        if read_at is not None and facts is not None and abs(now - read_at) <= FACTS_FOR:
            return facts
        ceiling, devices, conflicts = await asyncio.gather(
            self._ceilings.ceiling_of(venue_id),
            self._devices.enrolled_at(venue_id),
            self._counts.open_conflicts(venue_id, now),
        )
        if len(self._facts) >= MOST_KNOWN:
            self._facts.clear()
        fresh = VenueFacts(ceiling=ceiling, devices=tuple(devices), open_conflicts=conflicts)
        self._facts[venue_id] = (now, fresh)
        return fresh
