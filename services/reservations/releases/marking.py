"""The slots of a day that is drawn: kept from ordinary booking until the draw is settled, and then opened to all."""

from collections.abc import Sequence
from datetime import date

from services.reservations.changes import SlotChange
from services.reservations.errors import SlotStateChanged, SlotUnknown
from services.reservations.model import Slot, SlotState
from services.reservations.ports import ReservationDesk, SlotSource
from services.reservations.releases.model import Release, ReleaseState
from services.reservations.releases.ports import ReleaseStore
from services.reservations.releases.rules import day_ends_at, day_starts_at, is_markable, release_id


class Marking:
    """Turns open slots into drawn ones and back; again and again, by whoever looks, comes to the same.

    Places that somebody books in the very moment of the marking stay theirs: the others of that slot are drawn.
    """

    def __init__(self, *, desk: ReservationDesk, slots: SlotSource, store: ReleaseStore) -> None:
        self._desk = desk
        self._slots = slots
        self._store = store

    async def of_day(self, venue_id: str, day: date) -> Sequence[Slot]:
        """Return all slots of a day in the city, in order of start."""
        return await self._slots.starting_between(venue_id, day_starts_at(day), day_ends_at(day))

    async def mark(self, release: Release) -> int:
        """Keep the open and unbooked slots of the day for the draw; return how many these were."""
        marked = [
            one
            for one in await self.of_day(release.venue_id, release.visit_on)
            if is_markable(one) and await self._change(one, SlotState.OPEN, SlotState.DRAWN)
        ]
        if marked and await self._is_settled(release):
            await self.reopen(release)  # somebody has settled the release in the meantime
        return len(marked)

    async def reopen(self, release: Release) -> int:
        """Open the drawn slots of the day to all; return how many these were."""
        drawn = [one for one in await self.of_day(release.venue_id, release.visit_on) if one.state is SlotState.DRAWN]
        return sum([await self._change(one, SlotState.DRAWN, SlotState.OPEN) for one in drawn])

    async def is_drawn(self, venue_id: str, day: date) -> bool:
        """Tell whether new slots of that day are to be drawn ones."""
        found = await self._store.find(release_id(venue_id, day))
        return found is not None and found.state is not ReleaseState.SETTLED

    async def _is_settled(self, release: Release) -> bool:
        found = await self._store.find(release.id)
        return found is not None and found.state is ReleaseState.SETTLED

    async def _change(self, slot: Slot, before: SlotState, after: SlotState) -> bool:
        change = SlotChange(slot_id=slot.id, state=after, expected=frozenset({before}))
        try:
            await self._desk.change_slot(change)
        except (SlotStateChanged, SlotUnknown):
            return False
        return True
