"""Reading crowd alerts, by whoever works at the venue or answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.admissions.batch import VenueDay
from services.admissions.crowds.model import CrowdAlert
from services.admissions.crowds.ports import CrowdStore
from services.admissions.ports import Ceilings
from services.common.clock import Clock, city_day
from services.identity.model import Actor
from services.identity.rules import may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

MOST_ALERTS = 1000


@dataclass(frozen=True, kw_only=True)
class CrowdReading:
    """Answers what was told of a venue on a day."""

    store: CrowdStore
    ceilings: Ceilings
    venues: VenueDirectory
    clock: Clock

    async def list(self, actor: Actor, venue_id: str, on: date | None) -> Sequence[CrowdAlert]:
        """Return the latest alerts of a day, today by default, the latest first; raises VenueUnknown."""
        if not may_see(actor, (await self.venues.get(venue_id)).owner):
            raise VenueUnknown
        found = await self.store.alerts_on(venue_id, city_day(self.clock.now()) if on is None else on)
        return tuple(reversed(found[-MOST_ALERTS:]))

    async def room_at(self, venue_id: str) -> int | None:
        """Return how many more may come in right now; None where there is no bound."""
        ceiling = await self.ceilings.ceiling_of(venue_id)
        if ceiling is None:
            return None
        day = VenueDay(venue_id=venue_id, day=city_day(self.clock.now()))
        return max(0, ceiling - (await self.store.inside({day})).get(day, 0))
