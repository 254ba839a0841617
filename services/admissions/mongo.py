"""Scans in MongoDB; an entry, its scan and its event are one transaction."""

from dataclasses import asdict
from datetime import timedelta

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.admissions.model import Decision, Entry, PassRecord, RefusalReason, Scan
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.reservations.mongo import PASSES
from services.sync.model import OutboxEvent
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
COLLECTIONS = (SCANS,)
KEEP_REFUSALS = timedelta(days=7)


class MongoScans:
    """Scans and the passes they change. `passes` documents appear with the first entry or the cancellation."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._scans = mongo.collection(SCANS)
        self._passes = mongo.collection(PASSES)

    async def find(self, scan_id: str) -> Scan | None:
        """Return the answer given to this scan before, if any."""
        async with translated_failures():
            document = await self._scans.find_one({"_id": scan_id})
        return None if document is None else _read_scan(document)

    async def get_pass(self, reservation_id: str, party_size: int) -> PassRecord:
        """Return what the gate remembers; a record of nobody inside for an unknown reservation."""
        async with translated_failures():
            document = await self._passes.find_one({"_id": reservation_id})
        if document is None:
            return PassRecord(
                reservation_id=reservation_id, party_size=party_size, admitted_count=0, cancelled_at=None, entries=()
            )
        return PassRecord(
            reservation_id=reservation_id,
            party_size=document["party_size"],
            admitted_count=document["admitted_count"],
            cancelled_at=document["cancelled_at"],
            entries=tuple(Entry(**entry) for entry in document["entries"]),
        )

    async def claim_entry(self, record: PassRecord, entry: Entry, scan: Scan, event: OutboxEvent) -> bool:
        """Let `entry` in on top of `record`, keeping scan and event with it: all or nothing."""

        async def work(session: Session) -> bool:
            await self._scans.insert_one(_scan_document(scan), session=session)
            result = await self._passes.update_one(
                {"_id": record.reservation_id, "cancelled_at": None, "admitted_count": record.admitted_count},
                {
                    "$inc": {"admitted_count": entry.count},
                    "$push": {"entries": asdict(entry)},
                    "$setOnInsert": {"venue_id": scan.venue_id, "party_size": record.party_size},
                },
                upsert=record.admitted_count == 0,
                session=session,
            )
            if result.matched_count == 0 and result.upserted_id is None:
                await session.abort_transaction()
                return False
            await self._outbox.append([event], session)
            return True

        try:
            return await self._mongo.transact(work)
        except DuplicateKeyError:
            return False

    async def keep_refusal(self, scan: Scan) -> Scan:
        """Keep a refusal; return the first answer when this scan has one."""
        try:
            async with translated_failures():
                await self._scans.insert_one(_scan_document(scan))
        except DuplicateKeyError:
            return await self.find(scan.id) or scan
        return scan


def _scan_document(scan: Scan) -> Document:
    document = asdict(scan)
    document["_id"] = document.pop("id")
    if scan.decision is Decision.REFUSED:
        # Whoever repeats a refused scan after that long gets a fresh answer; a scanner gone mad fills no disk.
        document["expires_at"] = scan.scanned_at + KEEP_REFUSALS
    return document


def _read_scan(document: Document) -> Scan:
    fields = dict(document)
    reason = fields["reason"]
    fields["id"] = fields.pop("_id")
    fields.pop("expires_at", None)
    fields["decision"] = Decision(fields["decision"])
    fields["reason"] = None if reason is None else RefusalReason(reason)
    return Scan(**fields)
