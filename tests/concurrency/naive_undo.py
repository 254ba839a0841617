"""Gates without the guards that undoing and ceilings rest on."""

import asyncio
from dataclasses import replace

from ulid import ULID

from services.admissions.batch import ScanBatch
from services.admissions.documents import entry_document
from services.admissions.mongo import MongoScans
from services.common.mongo import Mongo, Session
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox


class NaiveUndo(MongoScans):
    """Looks, waits until all others have looked too, and takes back what it saw: one more scan, a pass overwritten."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo, outbox)
        self._everybody = everybody
        self._all_passes = mongo.collection(PASSES)

    async def claim(self, batch: ScanBatch) -> bool:
        await self._everybody.wait()
        named = replace(batch.scans[0], id=f"{batch.scans[0].id}:{ULID()}")
        kept = await super().claim(replace(batch, scans=(named,), changes=()))
        for change in batch.changes:
            fields = {"admitted_count": change.after.admitted_count, "party_size": change.after.party_size}
            entries = [entry_document(one) for one in change.after.entries]
            await self._all_passes.update_one(
                {"_id": change.after.reservation_id}, {"$set": {**fields, "entries": entries}}, upsert=True
            )
        return kept


class NaiveCeiling(MongoScans):
    """Trusts its look: adds to the count whatever is inside by then."""

    async def _count(self, changes: object, session: Session) -> None:
        assert isinstance(changes, tuple)
        await super()._count([replace(change, inside_at_most=None) for change in changes], session)
