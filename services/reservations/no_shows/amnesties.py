"""Amnesties: a storm, a closed metro, a venue that stayed shut. Staff pardon a stretch of time, never a person."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.clock import Clock
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.no_shows.model import Amnesty, AmnestyWish, NoShow, State
from services.reservations.no_shows.ports import AmnestyStore, NoShowStore
from services.reservations.no_shows.rules import ensure_pardonable
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

# What somebody else changes meanwhile is looked at again; more often than this, it is left to the next look.
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Pardoning:
    """Pardons what lies in an amnesty: at once, and in the background where whoever began was killed."""

    store: NoShowStore
    amnesties: AmnestyStore

    async def finish(self) -> None:
        """Apply what was declared and not applied."""
        for amnesty in await self.amnesties.to_apply():
            await self.apply(amnesty)

    async def apply(self, amnesty: Amnesty) -> None:
        """Pardon all strikes there are for visits in an amnesty."""
        for _ in range(TRIES):
            found = await self.store.starting_between(amnesty.venue_id, amnesty.from_at, amnesty.to_at)
            standing = [one for one in found if one.counts]
            if all([await self._pardon(one, amnesty) for one in standing]):
                await self.amnesties.mark_applied(amnesty.id)
                return

    async def _pardon(self, strike: NoShow, amnesty: Amnesty) -> bool:
        return await self.store.claim(strike, replace(strike, state=State.PARDONED, answer=amnesty.reason))


@dataclass(frozen=True, kw_only=True)
class Amnesties:
    """Declares amnesties; staff answer for the venue."""

    amnesties: AmnestyStore
    pardoning: Pardoning
    venues: VenueDirectory
    clock: Clock

    async def declare(self, wish: AmnestyWish) -> Amnesty:
        """Return the amnesty; the same stretch of time again is the same amnesty.

        Raises VenueUnknown, AmnestyRefused.
        """
        await self._ensure_within(wish.actor, wish.venue_id)
        ensure_pardonable(wish)
        amnesty = Amnesty(
            id=_id_of(wish),
            venue_id=wish.venue_id,
            from_at=wish.from_at,
            to_at=wish.to_at,
            reason=wish.reason,
            declared_by=wish.actor.id,
            declared_at=self.clock.now(),
        )
        kept = await self.amnesties.claim(amnesty)
        await self.pardoning.apply(kept)
        return kept

    async def list(self, actor: Actor, venue_id: str) -> Sequence[Amnesty]:
        """Return the amnesties of a venue, the latest stretch of time first; raises VenueUnknown."""
        await self._ensure_within(actor, venue_id)
        found = await self.amnesties.at(venue_id)
        return sorted(found, key=lambda one: (one.from_at, one.id), reverse=True)

    async def _ensure_within(self, actor: Actor, venue_id: str) -> None:
        venue = await self.venues.get(venue_id)
        if not may_see(actor, venue.owner):
            raise VenueUnknown


def _id_of(wish: AmnestyWish) -> str:
    named = f"{wish.venue_id}:{wish.from_at.timestamp()}:{wish.to_at.timestamp()}"
    return f"amn_{hashlib.sha256(named.encode()).hexdigest()[:32]}"
