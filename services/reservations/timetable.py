"""The slots of venues by days, read once for all who look within the same second."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from services.common.batches import Batches
from services.common.clock import Clock
from services.reservations.ledgers import is_fresh
from services.reservations.model import Slot
from services.reservations.ports import ReservationDesk, SlotStore

LOOKS_AT_ONCE = 50
LONGEST_QUEUE = 5000
PATIENCE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days of a venue from `first` to `last`, both included, in UTC."""

    venue_id: str
    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class _Seen:
    slots: Sequence[Slot]
    at: datetime


class Timetable:
    """Slots as pages show them: at the release of a popular day everybody looks, again and again.

    What this process has booked itself is there at once, what others have within a second. Whole days are read, so
    that all who ask "from now on" ask for the same.
    """

    def __init__(self, *, slots: SlotStore, desk: ReservationDesk, clock: Clock) -> None:
        self._slots = slots
        self._desk = desk
        self._clock = clock
        self._seen: OrderedDict[Days, _Seen] = OrderedDict()
        self._looks = Batches(self._look, largest=LOOKS_AT_ONCE, longest=LONGEST_QUEUE, patience_s=PATIENCE_S)

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots of a venue with since <= starts_at < until, in order of start; `until` is after `since`."""
        days = Days(venue_id=venue_id, first=since.astimezone(UTC).date(), last=until.astimezone(UTC).date())
        slots = self._find_fresh(days)
        if slots is None:
            slots = await self._looks.submit(days)
        return [self._desk.newest(slot) for slot in slots if since <= slot.starts_at < until]

    def _find_fresh(self, days: Days) -> Sequence[Slot] | None:
        seen = self._seen.get(days)
        return seen.slots if seen is not None and is_fresh(seen.at, self._clock.now()) else None

    async def _look(self, wanted: Sequence[Days]) -> list[Sequence[Slot]]:
        self._forget_stale()
        unknown = [days for days in dict.fromkeys(wanted) if self._find_fresh(days) is None]
        found = {days: self._seen[days].slots for days in wanted if days not in unknown}
        found |= zip(unknown, await asyncio.gather(*(self._read(days) for days in unknown)), strict=True)
        return [found[days] for days in wanted]

    async def _read(self, days: Days) -> Sequence[Slot]:
        looked_at = self._clock.now()
        first, end = datetime.combine(days.first, time.min, UTC), datetime.combine(days.last, time.max, UTC)
        slots = await self._slots.starting_between(days.venue_id, first, end)
        self._seen[days] = _Seen(slots=slots, at=looked_at)
        self._seen.move_to_end(days)
        return slots

    def _forget_stale(self) -> None:
        now = self._clock.now()
        while self._seen:
            oldest = next(iter(self._seen))
            if is_fresh(self._seen[oldest].at, now):
                return
            del self._seen[oldest]
