"""Tells the main system everything, whatever it was told before: after it was set up, or restored from a backup."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.common.errors import DatabaseUnavailable
from services.sync.envelopes import Envelope
from services.sync.model import RecordKind, RecordRef
from services.sync.records import Record, RecordSource
from services.sync.relay.model import DeadLetter
from services.sync.relay.ports import DeadLetters
from services.sync.relay.rules import BATCH, pause_s, rest_s
from services.sync.relay.sorting import Sorting
from services.sync.shelves.model import Put
from services.sync.shelves.ports import Shelf, ShelfUnavailable

# With the pauses between them, a target that is restarted has a minute.
TRIES = 8


@dataclass(frozen=True, kw_only=True)
class Step:
    """What became of a batch: so many records were `read`.

    Of these, `delivered` went to the main system, `known` had been there before, `dead` could not go, and the rest is
    of days that were not asked for.
    """

    read: int
    delivered: int
    known: int
    dead: int


class Backfilling:
    """Puts records on both shelves, as the relay does, and beside it: versions guard every one of them."""

    def __init__(
        self,
        *,
        sources: Mapping[RecordKind, RecordSource],
        sorting: Sorting,
        target: Shelf,
        marks: Shelf,
        dead: DeadLetters,
    ) -> None:
        self._sources = sources
        self._sorting = sorting
        self._target = target
        self._marks = marks
        self._dead = dead

    async def about(self, kind: RecordKind) -> int:
        """Return about how many records of a kind there are; raises DatabaseUnavailable."""
        return await self._sources[kind].about()

    async def deliver(self, kind: RecordKind, since: date | None) -> AsyncIterator[Step]:
        """Deliver all records of a kind, or those counted under days from `since` on; yield each batch when it is done.

        It may be done again from the start whatever became of it. Raises ShelfUnavailable, DatabaseUnavailable.
        """
        waiting: list[Record] = []
        async for some in self._sources[kind].everything():
            waiting += some
            if len(waiting) >= BATCH:
                yield await self._batch(waiting, since)
                waiting = []
        if waiting:
            yield await self._batch(waiting, since)

    async def _batch(self, records: Sequence[Record], since: date | None) -> Step:
        wanted = [record for record in records if since is None or record.day >= since]
        # Bookings need the same database: when it is slow, they go first.
        began = time.monotonic()
        any_dead = await self._dead.any()
        await asyncio.sleep(rest_s(time.monotonic() - began))
        made = [self._sorting.make(record) for record in wanted]
        envelopes = [one for one in made if isinstance(one, Envelope)]
        puts = await self._put(envelopes)
        outcomes = list(zip(envelopes, puts, strict=True))
        taken = [one for one, put in outcomes if put is not Put.REFUSED]
        letters = [one for one in made if isinstance(one, DeadLetter)]
        letters += [self._sorting.refused(one) for one, put in outcomes if put is Put.REFUSED]
        await self._mark(taken)
        await self._dead.keep(letters)
        if any_dead:
            await self._dead.forget([RecordRef(kind=one.kind, id=one.source_id) for one in taken])
        return Step(
            read=len(records),
            delivered=puts.count(Put.TAKEN),
            known=puts.count(Put.KNOWN),
            dead=len(letters),
        )

    async def _put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        for failures in range(1, TRIES):
            try:
                return await self._target.put(envelopes)
            except ShelfUnavailable:
                await asyncio.sleep(pause_s(failures))
        return await self._target.put(envelopes)

    async def _mark(self, taken: Sequence[Envelope]) -> None:
        try:
            await self._marks.put(taken)
        except ShelfUnavailable as error:  # our own database: the main system has done nothing wrong
            raise DatabaseUnavailable(retry_after_s=1) from error
