"""Watching how full venues are, in the background."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.admissions.batch import VenueDay
from services.admissions.crowds.model import CALM, CrowdAlert
from services.admissions.crowds.ports import Alerting, CrowdStore
from services.admissions.crowds.rules import find_alert
from services.common.clock import Clock, IdSource, city_day
from services.common.errors import Unavailable
from services.sync.model import EventKind, OutboxEvent

# People hear within two seconds: a look takes two questions for a hundred venues.
EVERY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class CrowdWatching:
    """Looks at venues that have a ceiling and want alerts; of several processes at it, one keeps each alert."""

    store: CrowdStore
    policies: Alerting
    clock: Clock
    ids: IdSource
    noticed: Callable[[CrowdAlert], None]
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Unavailable:
                pass  # whoever is inside is so at the next look as well
            except Exception as error:  # a defect must not end the looking
                self.tell(error)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Tell of each venue that has come to another level; return how many this process told of."""
        now = self.clock.now()
        policies = {VenueDay(venue_id=one.venue_id, day=city_day(now)): one for one in await self.policies.alerting()}
        if not policies:
            return 0
        inside, standings = await asyncio.gather(
            self.store.inside(policies.keys()), self.store.standings(policies.keys())
        )
        found = (
            find_alert(policies[day], day, inside.get(day, 0), standings.get(day, CALM), now)
            for day in inside.keys() | standings.keys()
        )
        return sum([await self._keep(alert) for alert in found if alert is not None])

    async def _keep(self, alert: CrowdAlert) -> bool:
        event = OutboxEvent(
            id=self.ids.new("evt"),
            kind=EventKind.VENUE_CROWDED,
            subject_id=alert.of.venue_id,
            occurred_at=alert.noticed_at,
            payload={
                "venue_id": alert.of.venue_id,
                "level": alert.level,
                "change": alert.change.value,
                "inside": alert.inside,
                "ceiling": alert.ceiling,
            },
        )
        kept = await self.store.claim(alert, event)
        if kept:
            self.noticed(alert)
        return kept
