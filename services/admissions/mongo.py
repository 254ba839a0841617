"""Scans in MongoDB; a batch of scans, the passes they change and their events are one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from pymongo import IndexModel, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.admissions.model import Decision, Entry, PassChange, PassRecord, RefusalReason, Scan, ScanBatch
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
COLLECTIONS = (SCANS, TAIL_TRIES)
KEEP_REFUSALS = timedelta(days=7)


class _Beaten(Exception):
    """What was decided on is no longer so, or is kept already: roll back."""


class MongoScans:
    """Scans and the passes they change. `passes` documents appear with the first entry or the cancellation."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._scans = mongo.collection(SCANS)
        self._passes = mongo.collection(PASSES)

    async def find_many(self, scan_ids: Collection[str]) -> Mapping[str, Scan]:
        """Return the answers given to these scans before, by scan id; nothing for a scan without one."""
        documents = await _all_of(self._scans, scan_ids)
        return {document["_id"]: read_scan(document) for document in documents}

    async def find_passes(self, reservation_ids: Collection[str]) -> Mapping[str, PassRecord]:
        """Return what the gate remembers, by reservation id; nothing for a party that neither came nor cancelled."""
        documents = await _all_of(self._passes, reservation_ids)
        return {document["_id"]: _read_pass(document) for document in documents}

    async def claim(self, batch: ScanBatch) -> bool:
        """Keep a batch whole, or nothing of it; refusals that come without entries are kept each for itself.

        False when what the gate remembers of a party is no longer what it was `before`, or when a scan has its
        answer already: whoever decided must look again.
        """
        new = [_pass_document(change) for change in batch.changes if change.before is None]
        guarded = [_guarded(change, change.before) for change in batch.changes if change.before is not None]

        async def work(session: Session) -> None:
            # The passes first: where somebody else was quicker, the least has been done in vain.
            await self._issue_passes(new, session)
            await self._change_passes(guarded, session)
            await self._keep_scans(batch.scans, session)
            await self._outbox.append(batch.events, batch.changed, session)

        try:
            if batch.changes:
                await self._mongo.transact(work)
            else:
                await self._keep_refusals(batch.scans)
        except _Beaten:
            return False
        return True

    async def _issue_passes(self, new: Sequence[Document], session: Session) -> None:
        """Add the passes of parties that had none: a cancellation adds one as well, and one of the two must fail.

        An insert, since it costs the database a fourth of an upsert (measured).
        """
        if new:
            with duplicates_raise(_Beaten):
                await self._passes.insert_many(new, session=session)

    async def _change_passes(self, guarded: Sequence[UpdateOne], session: Session) -> None:
        if guarded:
            result = await self._passes.bulk_write(guarded, session=session)
            if result.matched_count != len(guarded):
                raise _Beaten

    async def _keep_scans(self, scans: Sequence[Scan], session: Session) -> None:
        with duplicates_raise(_Beaten):
            await self._scans.insert_many([_scan_document(scan) for scan in scans], session=session)

    async def _keep_refusals(self, scans: Sequence[Scan]) -> None:
        async with translated_failures():
            with duplicates_raise(_Beaten):
                await self._scans.insert_many([_scan_document(scan) for scan in scans], ordered=False)


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


def _pass_document(change: PassChange) -> Document:
    return {
        "_id": change.after.reservation_id,
        "venue_id": change.venue_id,
        "party_size": change.after.party_size,
        "admitted_count": change.after.admitted_count,
        "entries": [dict(vars(entry)) for entry in change.entries],
        "cancelled_at": None,
    }


def _guarded(change: PassChange, before: PassRecord) -> UpdateOne:
    """Return the entries as a write that matches only what they were decided on."""
    return UpdateOne(
        {"_id": before.reservation_id, "cancelled_at": None, "admitted_count": before.admitted_count},
        {
            "$set": {"admitted_count": change.after.admitted_count},
            "$push": {"entries": {"$each": [dict(vars(entry)) for entry in change.entries]}},
        },
    )


def _read_pass(document: Document) -> PassRecord:
    return PassRecord(
        reservation_id=document["_id"],
        party_size=document["party_size"],
        admitted_count=document["admitted_count"],
        cancelled_at=document["cancelled_at"],
        entries=tuple(Entry(**entry) for entry in document["entries"]),
    )


def _scan_document(scan: Scan) -> Document:
    document = dict(vars(scan))
    document["_id"] = document.pop("id")
    if scan.decision is Decision.REFUSED:
        # Whoever repeats a refused scan after that long gets a fresh answer; a scanner gone mad fills no disk.
        document["expires_at"] = scan.scanned_at + KEEP_REFUSALS
    return document


def read_scan(document: Document) -> Scan:
    """Return the scan of a document."""
    fields = dict(document)
    reason = fields["reason"]
    fields["id"] = fields.pop("_id")
    fields.pop("expires_at", None)
    fields["decision"] = Decision(fields["decision"])
    fields["reason"] = None if reason is None else RefusalReason(reason)
    return Scan(**fields)
