"""Marking the tickets whose deadline has passed, so that districts see them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.common.clock import Clock, city_day
from services.common.errors import Unavailable
from services.ratings.ports import RatingStore

EVERY_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Escalating:
    """Looks in the background; several processes at it do no harm, as what one has marked no other finds."""

    store: RatingStore
    clock: Clock
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                while await self.look():
                    pass
            except Unavailable:
                pass  # it is overdue at the next look as well
            except Exception as error:  # a defect must not end the looking at what is overdue tomorrow
                self.tell(error)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Mark some tickets; return how many this process marked."""
        now = self.clock.now()
        found = await self.store.to_escalate(city_day(now))
        return sum([await self.store.claim_escalation(rating, now) for rating in found])
