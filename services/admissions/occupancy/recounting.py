"""Recounting: staff say how many are inside, and gates count on from there."""

from dataclasses import dataclass

from services.admissions.occupancy.model import Recount, RecountWish
from services.admissions.occupancy.ports import RecountStore
from services.common.clock import Clock, IdSource, city_day
from services.common.errors import TooBusy
from services.common.idempotency import ensure_same_content
from services.identity.rules import may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

# A lost race is another recount of the same venue at the same moment.
TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Recounting:
    """Puts counts right; staff answer for the venue."""

    store: RecountStore
    venues: VenueDirectory
    clock: Clock
    ids: IdSource

    async def recount(self, wish: RecountWish) -> Recount:
        """Return what was put right; raises VenueUnknown, IdempotencyKeyReused, TooBusy."""
        if not may_see(wish.actor, (await self.venues.get(wish.venue_id)).owner):
            raise VenueUnknown
        recount_id = self.ids.new("rct") if wish.request is None else wish.request.id
        for _ in range(TRIES):
            first = await self._first(recount_id, wish)
            if first is not None:
                return first
            now = self.clock.now()
            seen = await self.store.standing_of(wish.venue_id, city_day(now))
            recount = Recount(
                id=recount_id,
                venue_id=wish.venue_id,
                day=city_day(now),
                before=0 if seen is None else seen.inside,
                inside=wish.inside,
                reason=wish.reason,
                counted_by=wish.actor.id,
                counted_at=now,
                fingerprint=None if wish.request is None else wish.request.fingerprint,
            )
            if await self.store.claim(recount, seen):
                return recount
        raise TooBusy(retry_after_s=1)

    async def _first(self, recount_id: str, wish: RecountWish) -> Recount | None:
        """Return the first answer to this request."""
        if wish.request is None:
            return None
        first = await self.store.find(recount_id)
        if first is not None and first.fingerprint is not None:
            ensure_same_content(wish.request, first.fingerprint)
        return first
