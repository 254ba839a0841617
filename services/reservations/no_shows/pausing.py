"""Pausing: whoever missed too many visits cannot book for some time."""

from collections.abc import Sequence

from services.common.batches import Batches
from services.common.clock import Clock
from services.common.stretches import IDS_AT_ONCE
from services.policies.model import VisitPolicy
from services.reservations.errors import BookingPaused
from services.reservations.no_shows.model import NoShow, Pause, Terms
from services.reservations.no_shows.ports import NoShowStore
from services.reservations.no_shows.rules import account_of, running_pauses, terms_of
from services.reservations.no_shows.withdrawing import Withdrawing

LONGEST_QUEUE = 5000
PATIENCE_S = 5.0


class NoShowPauses:
    """See `services.reservations.ports.Pauses`.

    Every booking asks, and almost nobody has a strike. So those who ask while a question is under way share the next
    one: a rush costs a hundredth of a question each, and a venue that counts nothing costs none.
    """

    def __init__(self, *, store: NoShowStore, withdrawing: Withdrawing, clock: Clock) -> None:
        self._withdrawing = withdrawing
        self._clock = clock
        self._store = store
        self._strikes = Batches[str, Sequence[NoShow]](
            self._of_citizens, largest=IDS_AT_ONCE, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def ensure_welcome(self, citizen_id: str, policy: VisitPolicy) -> None:
        """Raise BookingPaused when this account's booking is paused at the venue of the policy."""
        if policy.strikes is None:
            return
        terms = terms_of(policy)
        strikes = [one for one in await self._strikes.submit(citizen_id) if one.terms.group == terms.group]
        if not self._running(strikes, terms):
            return
        pauses = self._running(await self._withdrawing.reviewed(strikes), terms)
        if pauses:
            raise BookingPaused(max(one.until for one in pauses))

    def _running(self, strikes: Sequence[NoShow], terms: Terms) -> Sequence[Pause]:
        return running_pauses(account_of(strikes, terms), self._clock.now())

    async def _of_citizens(self, citizen_ids: Sequence[str]) -> Sequence[Sequence[NoShow]]:
        found = await self._store.of_citizens(set(citizen_ids))
        return [found.get(one, ()) for one in citizen_ids]
