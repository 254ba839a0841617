"""Gates without their guards: each looks, waits until all others have looked too, and then acts on what it saw."""

import asyncio
from dataclasses import replace

from ulid import ULID

from services.admissions.batch import PassChange, ScanBatch
from services.admissions.mongo import MongoScans
from services.common.mongo import CollectionPlan, Mongo
from services.reservations.mongo.ledger import MongoLedger
from services.sync.mongo import MongoOutbox


class OpenGate(MongoLedger):
    """Cancels and tells a gate that nobody goes to."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo)
        passes = mongo.collection(CollectionPlan(name="passes_of_no_gate", shard_key="_id"))
        self._facts._passes = self._objections._passes = passes


class NaiveScans(MongoScans):
    """Looks whether somebody else was let in meanwhile, and then lets in."""

    def __init__(self, mongo: Mongo, outbox: MongoOutbox, everybody: asyncio.Barrier) -> None:
        super().__init__(mongo, outbox)
        self._everybody = everybody

    async def claim(self, batch: ScanBatch) -> bool:
        present = await self.find_passes([change.after.reservation_id for change in batch.changes])
        still_so = all(present.get(change.after.reservation_id) == change.before for change in batch.changes)
        await self._everybody.wait()
        done = not still_so
        while not done:
            done = await super().claim(await self._on_top(batch))
        return still_so

    async def _on_top(self, batch: ScanBatch) -> ScanBatch:
        """Return the entries of a batch on top of whatever there is."""
        present = await self.find_passes([change.after.reservation_id for change in batch.changes])
        changes = []
        for change in batch.changes:
            before = present.get(change.after.reservation_id)
            entries = (*(before.entries if before else ()), *change.entries)
            after = replace(change.after, entries=entries, admitted_count=sum(entry.count for entry in entries))
            changes.append(PassChange(venue_id=change.venue_id, before=before, after=after))
        return replace(batch, changes=tuple(changes))


class ManyScans(MongoScans):
    """Takes each sending of a scan for a new one."""

    async def claim(self, batch: ScanBatch) -> bool:
        return await super().claim(
            replace(batch, scans=tuple(replace(scan, id=f"{scan.id}:{ULID()}") for scan in batch.scans))
        )
