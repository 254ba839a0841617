"""Reading the outbox: the oldest first, in windows of time, so that a long backlog costs no more than a short one."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.documents import read_event
from services.sync.model import RecordKind, RecordRef
from services.sync.mongo import OUTBOX
from services.sync.records import RecordSource
from services.sync.relay.model import Parcel
from services.sync.relay.mongo.standings import MongoStandings
from services.sync.relay.rules import LATE_COMMITS

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # before there was anything
LONG_AGO, FAR_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
FIRST_WINDOW = timedelta(seconds=1)
SHORTEST_WINDOW = timedelta(milliseconds=20)
# A window that holds more is read as far as this: memory stays bounded whatever waits.
MOST_IN_WINDOW = 3000
# The embedded database reads all of a window, whatever the limit: where that takes longer, the next one is shorter.
QUICK_LOOK_S = 0.3
AHEAD = timedelta(hours=1)  # whose clock is fast writes into the future
SWEEP_EVERY = timedelta(minutes=5)


@dataclass(kw_only=True)
class _Search:
    """Where one sort of parcels is looked for: nothing of it waits before `since`, as far as is known."""

    more: Document
    since: datetime | None = None
    swept_at: datetime = EARLIEST


class MongoOutboxFeed:
    """See `services.sync.relay.ports.Feed`.

    The embedded database reads all that matches, whatever the limit, so each question is about a stretch of time.
    Nothing waits before `read_from`, but for what was written there too late to be expected: a sweep finds that. A
    process that starts begins where the last leader said that it was, since a look at everything may take minutes.
    """

    def __init__(self, mongo: Mongo, *, sources: Mapping[RecordKind, RecordSource], clock: Clock) -> None:
        self._mongo = mongo
        self._collection = mongo.collection(OUTBOX)
        self._clock = clock
        self._waiting = _Search(more={})
        self._untold = _Search(more={"told": {"$ne": True}})
        self._standings = MongoStandings(mongo)
        self.sources = sources

    @property
    def read_from(self) -> datetime:
        """Return an instant before which nothing waits."""
        return self._waiting.since or EARLIEST

    async def ping(self) -> None:
        """Ask our own database for a trifle."""
        await self._mongo.ping()

    async def oldest(self, wanted: int) -> Sequence[Parcel]:
        """Return the oldest parcels, until they name `wanted` records or there are no more."""
        return await self._first(self._waiting, wanted)

    async def untold(self, wanted: int) -> Sequence[Parcel]:
        """Return the oldest parcels whose events were not told yet."""
        return await self._first(self._untold, wanted)

    async def note_told(self, parcels: Sequence[Parcel]) -> None:
        """Remember that their events were told."""
        for ids in stretches([parcel.id for parcel in parcels]):
            async with translated_failures():
                await self._collection.update_many({"_id": {"$in": ids}}, {"$set": {"told": True}})

    async def done(self, parcels: Sequence[Parcel]) -> None:
        """Delete the parcels. What is told twice changes nothing, so it does not matter when this is repeated."""
        for ids in stretches([parcel.id for parcel in parcels]):
            async with translated_failures():
                await self._collection.delete_many({"_id": {"$in": ids}})

    async def backlog(self) -> int:
        """Return about how many parcels wait."""
        async with translated_failures():
            return await self._collection.estimated_document_count()

    async def oldest_at(self) -> datetime | None:
        """Return when the oldest parcel was made, None when none waits."""
        found = await self._first(self._waiting, 1)
        return found[0].told_at if found else None

    async def _first(self, search: _Search, wanted: int) -> Sequence[Parcel]:
        now = self._clock.now()
        if search.since is None:
            search.since = await self._beginning()
        late = await self._sweep(search, now)
        found, search.since = await self._on_from(search.since, search.more, wanted, now)
        return _enough([*late, *found], wanted)

    async def _beginning(self) -> datetime:
        if self._waiting.since is not None:
            return self._waiting.since
        said = await self._standings.find()
        return EARLIEST if said is None else said.read_from

    async def _sweep(self, search: _Search, now: datetime) -> Sequence[Parcel]:
        """Return what waits where nothing should, now and then: what clocks wrote that are wrong by years, too."""
        if search.since is None or now - search.swept_at <= SWEEP_EVERY:
            return ()
        late = await self._between(LONG_AGO, search.since, search.more)
        astray = [*late, *await self._between(now + AHEAD, FAR_AHEAD, search.more)]
        if not astray:
            search.swept_at = now
        return astray

    async def _on_from(
        self, since: datetime, more: Document, wanted: int, now: datetime
    ) -> tuple[Sequence[Parcel], datetime]:
        """Return what waits from `since` on, enough or all of it, and an instant before which nothing does."""
        window, found, counted, nothing_before = FIRST_WINDOW, list[Parcel](), 0, since
        while since < now + AHEAD and counted < wanted:
            began = time.monotonic()
            try:
                some = await self._between(since, since + window, more)
            except DatabaseUnavailable:
                if window <= FIRST_WINDOW:
                    raise
                window = max(window / 16, FIRST_WINDOW)  # perhaps it was too much for once
                continue
            if not found:
                nothing_before = min(some[0].told_at if some else since + window, now - LATE_COMMITS)
            found += some
            counted += sum(max(1, len(parcel.records)) for parcel in some)
            if len(some) == MOST_IN_WINDOW:
                break
            quick = time.monotonic() - began < QUICK_LOOK_S
            since, window = since + window, window * 2 if quick else max(window / 2, SHORTEST_WINDOW)
        return found, nothing_before

    async def _between(self, since: datetime, until: datetime, more: Document) -> Sequence[Parcel]:
        """Return what waits in a stretch of time, oldest first, at most MOST_IN_WINDOW."""
        query = {"told_at": {"$gte": since, "$lt": until}, **more}
        async with translated_failures():
            cursor = self._collection.find(query, batch_size=1000).sort("told_at", 1).limit(MOST_IN_WINDOW)
            found = await cursor.to_list()
        return sorted(map(_read, found), key=lambda parcel: (parcel.told_at, parcel.id))


def _enough(found: Sequence[Parcel], wanted: int) -> Sequence[Parcel]:
    counted = 0
    for at, parcel in enumerate(found):
        counted += max(1, len(parcel.records))
        if counted >= wanted:
            return found[: at + 1]
    return found


def _read(document: Mapping[str, Any]) -> Parcel:
    return Parcel(
        id=document["_id"],
        told_at=document["told_at"],
        events=tuple(read_event(one) for one in document["events"]),
        records=tuple(RecordRef(kind=RecordKind(kind), id=its_id) for kind, its_id in document["records"]),
        told=document.get("told", False),
    )
