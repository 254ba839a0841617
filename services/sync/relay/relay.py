"""The relay itself: from feeds to the main system, a batch at a time, for as long as it leads."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.sync.envelopes import Envelope
from services.sync.model import RecordRef
from services.sync.relay.model import DeadLetter, Parcel
from services.sync.relay.ports import DeadLetters, Feed, Telling, Watch
from services.sync.relay.rules import BATCH, batches_of, pause_s, rest_s
from services.sync.relay.sorting import Sorting
from services.sync.shelves.model import Put
from services.sync.shelves.ports import Shelf, ShelfUnavailable

LOOK_EVERY_S = 0.5


@dataclass(kw_only=True)
class Tally:
    """What the relay has done since it began to lead: `known` are records that had arrived before, or newer ones."""

    delivered: int = 0
    known: int = 0
    last_delivered_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    failures: int = 0
    not_before: float = field(default=0.0, repr=False)


class Relay:
    """Delivers parcels: target first, then our own shelf, then they are let go. Every step may happen twice."""

    def __init__(
        self,
        *,
        feeds: Sequence[Feed],
        sorting: Sorting,
        target: Shelf | None,
        marks: Shelf,
        dead: DeadLetters,
        telling: Telling,
        watch: Watch,
        clock: Clock,
    ) -> None:
        """Without a `target`, parcels are told to other platforms and let go: a later backfill sends everything."""
        self._feeds = feeds
        self._sorting = sorting
        self._target = target
        self._marks = marks
        self._dead = dead
        self._telling = telling
        self._watch = watch
        self._clock = clock
        self.tally = Tally()

    async def run(self) -> None:
        """Deliver until cancelled."""
        task = asyncio.current_task()
        # A cancellation that meets an answer of the database gets lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            rest = LOOK_EVERY_S
            with suppress(DatabaseUnavailable):
                if await self.work_once():
                    rest = rest_s(await self._answered_in_s())
            await asyncio.sleep(rest)

    async def _answered_in_s(self) -> float:
        """Return how long our own database takes for a trifle."""
        began = time.monotonic()
        await self._feeds[0].ping()
        return time.monotonic() - began

    async def work_once(self) -> bool:
        """Deliver a batch of each feed; False when nothing waited, or the main system does not answer."""
        worked = False
        for feed in self._feeds:
            if self._target is not None and time.monotonic() < self.tally.not_before:
                worked |= await self._tell_only(feed)
                continue
            parcels = await feed.oldest(BATCH)
            if parcels:
                worked |= await self._convey(feed, parcels)
        return worked

    async def _tell_only(self, feed: Feed) -> bool:
        """Let other platforms hear of what the main system cannot be told now."""
        parcels = await feed.untold(BATCH)
        if not parcels:
            return False
        await self._tell(parcels)
        await feed.note_told(parcels)
        return True

    async def _tell(self, parcels: Sequence[Parcel]) -> None:
        events = [event for parcel in parcels if not parcel.told for event in parcel.events]
        if events:
            await self._telling.tell(events)

    async def _convey(self, feed: Feed, parcels: Sequence[Parcel]) -> bool:
        await self._tell(parcels)
        if self._target is not None:
            try:
                for refs in batches_of(parcels):
                    await self.deliver(feed, refs, self._target)
            except ShelfUnavailable as error:
                self._fail(error.reason)
                return False
            self._recover()
        await feed.done(parcels)
        return True

    async def deliver(self, feed: Feed, refs: Sequence[RecordRef], target: Shelf) -> Sequence[DeadLetter]:
        """Bring these records to the target as they are now; return those that could not go."""
        envelopes, dead = await self._sorting.sort(refs, feed.sources)
        puts = await target.put(envelopes)
        taken = [one for one, put in zip(envelopes, puts, strict=True) if put is not Put.REFUSED]
        refused = [self._sorting.refused(one) for one, put in zip(envelopes, puts, strict=True) if put is Put.REFUSED]
        await self._mark(taken)
        letters = [*dead, *refused]
        if letters:
            await self._dead.keep(letters)
            self._watch.died(letters)
        self._count(puts)
        return letters

    async def _mark(self, taken: Sequence[Envelope]) -> None:
        try:
            await self._marks.put(taken)
        except ShelfUnavailable as error:  # our own database: the main system has done nothing wrong
            raise DatabaseUnavailable(retry_after_s=1) from error
        if await self._dead.any():
            await self._dead.forget([RecordRef(kind=one.kind, id=one.source_id) for one in taken])

    def _count(self, puts: Sequence[Put]) -> None:
        self.tally.delivered += sum(put is Put.TAKEN for put in puts)
        self.tally.known += sum(put is Put.KNOWN for put in puts)
        if puts:
            self.tally.last_delivered_at = self._clock.now()

    def _fail(self, reason: str) -> None:
        tally = self.tally
        tally.failures += 1
        tally.not_before = time.monotonic() + pause_s(tally.failures) * random.uniform(0.5, 1)  # noqa: S311 -- no secret
        tally.failure = reason
        if tally.failing_since is None:
            tally.failing_since = self._clock.now()
            self._watch.target_away(reason)

    def _recover(self) -> None:
        tally = self.tally
        if tally.failing_since is not None:
            self._watch.target_back()
        tally.failures, tally.failure, tally.failing_since = 0, None, None
