"""Withdrawing strikes of who came after all: a gate without network tells of it days later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.reservations.no_shows.model import NoShow, State
from services.reservations.no_shows.ports import NoShowStore, VisitRecords


@dataclass(frozen=True, kw_only=True)
class Withdrawing:
    """Looks again before a strike is held against somebody."""

    store: NoShowStore
    visits: VisitRecords

    async def reviewed(self, strikes: Sequence[NoShow]) -> list[NoShow]:
        """Return the strikes as they are now that the gate was asked again."""
        passes = await self.visits.passes([one.reservation_id for one in strikes if one.counts])
        came = {its_id for its_id, known in passes.items() if known.admitted_count > 0}
        return [await self._withdrawn(one) if one.counts and one.reservation_id in came else one for one in strikes]

    async def _withdrawn(self, strike: NoShow) -> NoShow:
        withdrawn = replace(strike, state=State.WITHDRAWN)
        # Whoever was quicker has pardoned it, or met an appeal: the next look finds that.
        await self.store.claim(strike, withdrawn)
        return withdrawn
