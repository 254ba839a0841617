"""Revoking the code of one reservation, and restoring it."""

from services.admissions.revocations.directory import Revocations
from services.admissions.revocations.model import CodeStanding, CodeWish
from services.admissions.revocations.ports import RevocationStore
from services.admissions.revocations.rules import changed
from services.common.clock import Clock
from services.common.errors import TooBusy
from services.identity.rules import may_see
from services.reservations.errors import ReservationUnknown
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

TRIES = 5


class CodeRevoking:
    """Staff of a venue decide whether a code opens anything."""

    def __init__(
        self, *, store: RevocationStore, revocations: Revocations, venues: VenueDirectory, clock: Clock
    ) -> None:
        self._store = store
        self._revocations = revocations
        self._venues = venues
        self._clock = clock

    async def change(self, wish: CodeWish) -> CodeStanding:
        """Return how the code stands now; the same wish again changes nothing.

        When this returns, this process knows; others know within two seconds. Raises VenueUnknown,
        ReservationUnknown or CodeChangedTooOften.
        """
        if not may_see(wish.actor, (await self._venues.get(wish.venue_id)).owner):
            raise VenueUnknown
        visit = await self._store.find_visit(wish.reservation_id)
        if visit is None or visit.venue_id != wish.venue_id:
            raise ReservationUnknown
        for _ in range(TRIES):
            standing = await self._store.find(wish.reservation_id) or CodeStanding(visit=visit)
            then = changed(standing, wish, self._clock.now())
            if then is None or await self._store.claim(then):
                await self._revocations.reload()
                return then or standing
        raise TooBusy(retry_after_s=1)
