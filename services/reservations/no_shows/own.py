"""A citizen's own no-shows: what is counted, what is paused, and what they say to it."""

from dataclasses import dataclass

from services.common.clock import Clock
from services.policies.directory import PolicyDirectory
from services.reservations.no_shows.errors import NoShowUnknown
from services.reservations.no_shows.model import AppealWish, NoShow, OwnStrikes, Pause
from services.reservations.no_shows.ports import NoShowStore
from services.reservations.no_shows.rules import (
    account_of,
    appealed,
    by_group,
    running_pauses,
    still_counting,
    terms_of_group,
)
from services.reservations.no_shows.withdrawing import Withdrawing
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class OwnNoShows:
    """Shows citizens what is counted against them, and hears them."""

    store: NoShowStore
    withdrawing: Withdrawing
    policies: PolicyDirectory
    venues: VenueDirectory
    clock: Clock

    async def standing(self, citizen_id: str) -> OwnStrikes:
        """Return what stands against an account, after a look whether it came after all."""
        now = self.clock.now()
        found = await self.store.of_citizens({citizen_id})
        strikes = await self.withdrawing.reviewed(found.get(citizen_id, ()))
        counting: set[str] = set()
        pauses: list[Pause] = []
        for group, some in by_group(strikes).items():
            terms = terms_of_group(await self.policies.terms(group))
            account = account_of(some, terms)
            counting.update(one.id for one in still_counting(account, terms, now))
            pauses += running_pauses(account, now)
        return OwnStrikes(
            strikes=tuple(sorted(strikes, key=lambda one: (one.starts_at, one.id), reverse=True)),
            counting=frozenset(counting),
            pauses=tuple(sorted(pauses, key=lambda one: (one.group, one.since))),
            venues={one.group: await self._venues_of(one.group) for one in pauses},
        )

    async def _venues_of(self, group: str) -> tuple[str, ...]:
        policies = [await self.policies.get(venue.id) for venue in await self.venues.all()]
        return tuple(sorted(one.venue_id for one in policies if one.ledger == group))

    async def appeal(self, wish: AppealWish) -> tuple[NoShow, OwnStrikes]:
        """Return the strike with its appeal, or withdrawn where the party came after all, and how the account stands.

        Raises NoShowUnknown, AppealedBefore, NothingCounted, AppealTooLate.
        """
        while True:
            strike = await self._get(wish)
            [seen] = await self.withdrawing.reviewed([strike])
            after = seen if seen is not strike else appealed(strike, wish.words, self.clock.now())
            if after in (strike, seen) or await self.store.claim(strike, after):
                return after, await self.standing(wish.citizen_id)

    async def _get(self, wish: AppealWish) -> NoShow:
        strike = await self.store.find(wish.no_show_id)
        if strike is None or strike.citizen_id != wish.citizen_id:
            raise NoShowUnknown
        return strike
