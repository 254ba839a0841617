"""Staff see the quotas of a venue's slots, and change them while booking goes on."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from services.common.clock import Clock, city_day
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.changes import SlotChange
from services.reservations.errors import SlotDrawn, SlotUnknown
from services.reservations.model import Slot, SlotState
from services.reservations.ports import DrawnDays, ReservationDesk, SlotSource
from services.reservations.quotas import flowed
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown


class StaffState(StrEnum):
    """What staff can make of a slot: withdrawn ones come back by the calendar, drawn ones after their draw."""

    OPEN = "open"
    CLOSED = "closed"


STAFF_STATES = frozenset({SlotState.OPEN, SlotState.CLOSED})
# Nobody has a hand in what is drawn: how many places there are is fixed with the pool.
NOT_DRAWN = frozenset(SlotState) - {SlotState.DRAWN}


class SlotKeeping:
    """Raising is immediate, and those who wait are offered what came; lowering never takes a place from anybody."""

    def __init__(
        self, *, desk: ReservationDesk, slots: SlotSource, venues: VenueDirectory, drawn: DrawnDays, clock: Clock
    ) -> None:
        self._desk = desk
        self._slots = slots
        self._venues = venues
        self._drawn = drawn
        self._clock = clock

    async def list(self, actor: Actor, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots that start in a time, with what has flowed over by now; raises VenueUnknown."""
        venue = await self._venues.get(venue_id)
        if not may_see(actor, venue.owner):
            raise VenueUnknown
        now = self._clock.now()
        return [flowed(slot, now) for slot in await self._slots.starting_between(venue_id, since, until)]

    async def change(self, actor: Actor, change: SlotChange) -> Slot:
        """Return the slot as it is from now on.

        Raises SlotUnknown, also outside the actor's scope, QuotaInvalid, QuotaBelowBooked, SlotStateChanged, and
        SlotDrawn when it would be opened on a day whose places are drawn.
        """
        slot = await self._desk.find_slot(change.slot_id)
        if slot is None:
            raise SlotUnknown
        venue = await self._venues.get(slot.venue_id)
        if not may_see(actor, venue.owner):
            raise SlotUnknown
        if change.state is SlotState.OPEN and await self._drawn.is_drawn(venue.id, city_day(slot.starts_at)):
            raise SlotDrawn
        return await self._desk.change_slot(change)
