"""Deciding appeals: by who answers for the venue, and without a name before them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.clock import Clock
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.no_shows.errors import NoShowUnknown
from services.reservations.no_shows.model import NoShow, Verdict
from services.reservations.no_shows.ports import NoShowStore
from services.reservations.no_shows.rules import decided
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

# More than anybody decides in one sitting; those that are left show when these are decided.
SHOWN_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """Shows and decides appeals of one venue at a time; there is no question that leads along a person's visits."""

    store: NoShowStore
    venues: VenueDirectory
    clock: Clock

    async def open_at(self, actor: Actor, venue_id: str) -> Sequence[NoShow]:
        """Return the appeals at a venue that wait longest; raises VenueUnknown."""
        venue = await self.venues.get(venue_id)
        if not may_see(actor, venue.owner):
            raise VenueUnknown
        found = await self.store.appeals_at(venue_id)
        return sorted(found, key=lambda one: (one.appeal.made_at if one.appeal else one.at, one.id))[:SHOWN_AT_ONCE]

    async def decide(self, verdict: Verdict) -> NoShow:
        """Return the strike with its appeal decided; raises NoShowUnknown, AppealNotOpen."""
        while True:
            strike = await self._get(verdict)
            after = decided(strike, verdict, self.clock.now())
            if after is strike or await self.store.claim(strike, after):
                return after

    async def _get(self, verdict: Verdict) -> NoShow:
        strike = await self.store.find(verdict.no_show_id)
        # An appeal that was never made is nothing that staff could have heard of.
        if strike is None or strike.appeal is None:
            raise NoShowUnknown
        try:
            venue = await self.venues.get(strike.venue_id)
        except VenueUnknown:
            raise NoShowUnknown from None
        if not may_see(verdict.actor, venue.owner):
            raise NoShowUnknown
        return strike
