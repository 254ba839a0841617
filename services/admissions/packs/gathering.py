"""Gathers what all gates of a venue must know of a day, once for all who ask in the same moment."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from qr.identifiers import venue_tag
from services.admissions.batch import VenueDay
from services.admissions.packs.model import DayReading, VenueDayFacts
from services.admissions.packs.ports import Ceilings, EntryCodeKeys, GateRecords, RevokedCodes, SlipTails
from services.admissions.packs.rules import day_facts, scanned_between, still_entered, tail_marks, whole
from services.common.batches import Batches
from services.common.clock import Clock, day_bounds
from services.common.deadlines import deadline
from services.reservations.ports import SlotSource

MOST_TOGETHER = 100
LONGEST_QUEUE = 1000
PATIENCE_S = 7.0
# Each reads up to some ten thousand documents.
DAYS_AT_ONCE = 2
DAYS_REMEMBERED = 64


class Gathering:
    """Reads what the gates of a venue must know.

    Whoever asks gets what was read after they asked, and never something older: a device forgets what it did itself
    and was heard of, once it has a newer pack. So those who ask while others are served wait for the next reading.
    """

    def __init__(
        self,
        *,
        records: GateRecords,
        slots: SlotSource,
        revoked: RevokedCodes,
        tails: SlipTails,
        ceilings: Ceilings,
        keys: EntryCodeKeys,
        clock: Clock,
    ) -> None:
        self._records = records
        self._slots = slots
        self._revoked = revoked
        self._slips = tails
        self._ceilings = ceilings
        self._keys = keys
        self._clock = clock
        self._turn = asyncio.Semaphore(DAYS_AT_ONCE)
        # Documents do not change, and each costs a decryption: by day and its key, then by reservation.
        self._tails: OrderedDict[tuple[VenueDay, bytes], dict[str, Collection[bytes]]] = OrderedDict()
        self._batches = Batches[VenueDay, VenueDayFacts](
            self._gather_all, largest=MOST_TOGETHER, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def facts_of(self, day: VenueDay) -> VenueDayFacts:
        """Return what is true of a day from now on; raises TooBusy, DatabaseUnavailable."""
        return await self._batches.submit(day)

    async def _gather_all(self, days: Sequence[VenueDay]) -> Sequence[VenueDayFacts | Exception]:
        distinct = list(dict.fromkeys(days))
        with deadline(PATIENCE_S):
            found = await asyncio.gather(*(self._gather(day) for day in distinct), return_exceptions=True)
        by_day: Mapping[VenueDay, VenueDayFacts | BaseException] = dict(zip(distinct, found, strict=True))
        return [_outcome(by_day[day]) for day in days]

    async def _gather(self, day: VenueDay) -> VenueDayFacts:
        async with self._turn:
            now = whole(self._clock.now())
            first, end = day_bounds(day.day)
            slots = await self._slots.starting_between(day.venue_id, first, end)
            since, until = scanned_between(slots, first, end)
            moved, freed, revoked, people, ceiling, tails = await asyncio.gather(
                self._records.moved(day.venue_id, since, until),
                self._records.freed([slot.id for slot in slots if still_entered(slot.ends_at, now)]),
                self._revoked.of_day(day.venue_id, day.day),
                self._records.people_inside(day.venue_id, day.day),
                self._ceilings.ceiling_of(day.venue_id),
                self._tails_of(day),
            )
            reading = DayReading(
                venue_id=day.venue_id,
                day=day.day,
                read_at=now,
                slots=slots,
                moved=moved,
                freed=freed,
                revoked=revoked,
                tails=tails,
                people_inside=people,
                ceiling=ceiling,
            )
            # In a thread: of tens of thousands of parties that is a tenth of a second in which nobody else is served.
            return await asyncio.to_thread(day_facts, reading)

    async def _tails_of(self, day: VenueDay) -> Collection[bytes]:
        key = self._keys.venue_day_key(venue_tag(day.venue_id), day.day)
        known = self._tails.setdefault((day, key), {})
        self._tails.move_to_end((day, key))
        while len(self._tails) > DAYS_REMEMBERED:
            self._tails.popitem(last=False)
        new = await self._slips.tails_on(day.venue_id, day.day, known.keys())
        known.update((one, tail_marks(one, tails, key)) for one, tails in new.items())
        return frozenset(mark for several in known.values() for mark in several)


def _outcome(found: VenueDayFacts | BaseException) -> VenueDayFacts | Exception:
    if isinstance(found, BaseException) and not isinstance(found, Exception):
        raise found
    return found
