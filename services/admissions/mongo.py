"""Scans in MongoDB; a batch of scans, the passes they change and their events are one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import IndexModel, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.admissions.batch import OccupancyChange, PassChange, ScanBatch, VenueDay
from services.admissions.documents import (
    conflict_document,
    entry_document,
    occupancy_counts,
    pass_document,
    read_pass,
    read_scan,
    scan_document,
)
from services.admissions.model import Movement, PassRecord, Scan
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicates_raise, translated_failures
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox

# `_id` is gate and nonce: the same scan twice is one document.
SCANS = CollectionPlan(
    name="scans",
    shard_key="_id",
    indexes=(
        IndexModel([("venue_id", 1), ("scanned_at", 1)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ),
)
# `_id` is the reservation.
TAIL_TRIES = CollectionPlan(name="tail_tries", shard_key="_id", indexes=(IndexModel("ends_at", expireAfterSeconds=0),))
# `_id` is venue and day: how many came in and went out, by gate and by slot. No visitor is in it.
OCCUPANCY = CollectionPlan(name="occupancy", shard_key="_id")
# `_id` is the scan and what is wrong with it.
CONFLICTS = CollectionPlan(name="conflicts", shard_key="_id", indexes=(IndexModel([("venue_id", 1), ("found_at", 1)]),))
COLLECTIONS = (SCANS, TAIL_TRIES, OCCUPANCY, CONFLICTS)


class _Beaten(Exception):
    """What was decided on is no longer so, or is kept already: roll back."""


class MongoScans:
    """Scans and the passes they change. `passes` documents appear with the first entry or the cancellation."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._scans = mongo.collection(SCANS)
        self._passes = mongo.collection(PASSES)
        self._occupancy = mongo.collection(OCCUPANCY)
        self._conflicts = mongo.collection(CONFLICTS)

    async def find_many(self, scan_ids: Collection[str]) -> Mapping[str, Scan]:
        """Return the answers given to these scans before, by scan id; nothing for a scan without one."""
        documents = await _all_of(self._scans, scan_ids)
        return {document["_id"]: read_scan(document) for document in documents}

    async def find_passes(self, reservation_ids: Collection[str]) -> Mapping[str, PassRecord]:
        """Return what the gate remembers, by reservation id; nothing for a party that neither came nor cancelled."""
        documents = await _all_of(self._passes, reservation_ids)
        return {document["_id"]: read_pass(document) for document in documents}

    async def find_inside(self, days: Collection[VenueDay]) -> Mapping[VenueDay, int]:
        """Return how many people are inside, for those days on which somebody was."""
        of = {day.key: day for day in days}
        documents = await _all_of(self._occupancy, of.keys())
        return {of[document["_id"]]: document["inside"] for document in documents}

    async def claim(self, batch: ScanBatch) -> bool:
        """Keep a batch whole, or nothing of it; refusals that come without entries are kept each for itself.

        False when what the gate remembers of a party is no longer what it was `before`, when a scan has its answer
        already, or when more people are inside than may be for those who enter: whoever decided must look again.
        """

        async def work(session: Session) -> None:
            # The passes first: where somebody else was quicker, the least has been done in vain. The counts of the
            # venues last, since all who write them wait for one another from then on.
            await self._change_passes(batch.changes, session)
            await self._keep_scans(batch.scans, session)
            if batch.conflicts:
                await self._conflicts.insert_many([conflict_document(one) for one in batch.conflicts], session=session)
            await self._tell(batch, session)
            await self._count(batch.occupancies, session)

        try:
            if batch.changes or batch.occupancies or batch.conflicts:
                await self._mongo.transact(work)
            else:
                await self._keep_refusals(batch.scans)
        except _Beaten:
            return False
        return True

    async def _change_passes(self, changes: Sequence[PassChange], session: Session) -> None:
        """Write the movements of parties; those that had no pass get one.

        A cancellation adds one as well, and one of the two must fail. An insert, since it costs the database a fourth
        of an upsert (measured).
        """
        new = [pass_document(change) for change in changes if change.before is None]
        guarded = [_guarded(change, change.before) for change in changes if change.before is not None]
        if new:
            with duplicates_raise(_Beaten):
                await self._passes.insert_many(new, session=session)
        if guarded:
            result = await self._passes.bulk_write(guarded, session=session)
            if result.matched_count != len(guarded):
                raise _Beaten

    async def _keep_scans(self, scans: Sequence[Scan], session: Session) -> None:
        if scans:
            with duplicates_raise(_Beaten):
                await self._scans.insert_many([scan_document(scan) for scan in scans], session=session)

    async def _tell(self, batch: ScanBatch, session: Session) -> None:
        changed = batch.changed
        if batch.events:
            await self._outbox.append(batch.events, changed, session)
        elif changed:  # what was undone is no event of its own: the records say what is true now
            await self._outbox.name(f"scans:{batch.scans[0].id}", changed, batch.scans[0].scanned_at, session)

    async def _count(self, changes: Sequence[OccupancyChange], session: Session) -> None:
        if changes:
            # Whoever would make a venue too full is not matched, so the upsert meets that day's `_id`.
            with duplicates_raise(_Beaten):
                await self._occupancy.bulk_write([_counting(change) for change in changes], session=session)

    async def _keep_refusals(self, scans: Sequence[Scan]) -> None:
        async with translated_failures():
            with duplicates_raise(_Beaten):
                await self._scans.insert_many([scan_document(scan) for scan in scans], ordered=False)


def _guarded(change: PassChange, before: PassRecord) -> UpdateOne:
    """Return the movements as a write that matches only what they were decided on; who cancelled is not let in."""
    let_in = any(entry.movement is Movement.ENTRY and not entry.offline for entry in change.entries)
    decided_on = {
        "_id": before.reservation_id,
        "cancelled_at": None if let_in else before.cancelled_at,
        "party_size": before.party_size,
        "entries": {"$size": len(before.entries)},
    }
    after = change.after
    return UpdateOne(
        decided_on,
        {
            "$set": {
                "admitted_count": after.admitted_count,
                "left_count": after.left_count,
                "surplus_count": after.surplus_count,
            },
            "$push": {"entries": {"$each": [entry_document(entry) for entry in change.entries]}},
        },
    )


def _counting(change: OccupancyChange) -> UpdateOne:
    guard: Document = {"_id": change.of.key}
    if change.inside_at_most is not None:
        guard["inside"] = {"$lte": change.inside_at_most}
    increments, instants = occupancy_counts(change)
    first = {"venue_id": change.of.venue_id, "day": change.of.day.isoformat()}
    return UpdateOne(guard, {"$inc": increments, "$max": instants, "$setOnInsert": first}, upsert=True)


class MongoTailTries:
    """See `services.admissions.ports.TailTries`."""

    def __init__(self, mongo: Mongo) -> None:
        self._tries = mongo.collection(TAIL_TRIES)

    async def claim(self, reservation_id: str, most: int, now: datetime, until: datetime) -> datetime | None:
        """Count a try; None when it may be made, else until when none may. The first one counts until `until`."""
        async with translated_failures():
            while True:
                open_ones = {"_id": reservation_id, "ends_at": {"$gt": now}, "tries": {"$lt": most}}
                if (await self._tries.update_one(open_ones, {"$inc": {"tries": 1}})).modified_count:
                    return None
                found = await self._tries.find_one({"_id": reservation_id})
                if found is None:
                    if await self._begin(reservation_id, until):
                        return None
                elif found["ends_at"] > now and found["tries"] >= most:
                    ends_at: datetime = found["ends_at"]
                    return ends_at
                elif found["ends_at"] <= now:
                    over = {"_id": reservation_id, "ends_at": found["ends_at"]}
                    anew = {"$set": {"tries": 1, "ends_at": until}}
                    if (await self._tries.update_one(over, anew)).modified_count:
                        return None

    async def _begin(self, reservation_id: str, until: datetime) -> bool:
        try:
            await self._tries.insert_one({"_id": reservation_id, "tries": 1, "ends_at": until})
        except DuplicateKeyError:
            return False
        return True

    async def give_back(self, reservation_id: str) -> None:
        """Uncount a try that was right."""
        counted = {"_id": reservation_id, "tries": {"$gt": 0}}
        async with translated_failures():
            await self._tries.update_one(counted, {"$inc": {"tries": -1}})


class MongoGateUse:
    """See `services.reservations.no_shows.ports.GateUse`."""

    def __init__(self, mongo: Mongo) -> None:
        self._scans = mongo.collection(SCANS)

    async def was_used(self, venue_id: str, since: datetime, until: datetime) -> bool:
        """Tell whether anybody showed a code at the venue's gates in that time, whatever the answer was."""
        query = {"venue_id": venue_id, "scanned_at": {"$gte": since, "$lt": until}}
        async with translated_failures():
            return await self._scans.find_one(query, {"_id": 1}) is not None


async def _all_of(collection: AsyncCollection[Document], ids: Collection[str]) -> Sequence[Document]:
    """Return the documents with these ids in one round trip; the driver else takes one for the first 101."""
    if not ids:
        return []
    async with translated_failures():
        return await collection.find({"_id": {"$in": list(ids)}}, batch_size=len(ids) + 1).to_list()
