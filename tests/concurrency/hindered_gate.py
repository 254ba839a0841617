"""Stores of the gate to which something happens at a chosen moment."""

import asyncio
from collections.abc import Sequence

from qr.entry_code import EntryPass
from services.admissions.batch import ScanBatch
from services.admissions.mongo import MongoScans
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox
from tests.factories import NOW


async def cancel(mongo: Mongo, visitors: EntryPass) -> None:
    """Tell the gate what a cancellation tells it."""
    closed = {"_id": visitors.reservation_id, "venue_id": "ven_example", "party_size": visitors.party_size}
    await mongo.collection(PASSES).insert_one(closed | {"admitted_count": 0, "entries": [], "cancelled_at": NOW})


class Overtaken(MongoScans):
    """Keeps a batch only after the citizens named have cancelled: between the decision and the write."""

    def __init__(self, mongo: Mongo, cancelling: Sequence[EntryPass]) -> None:
        super().__init__(mongo, MongoOutbox(mongo))
        self._connection = mongo
        self._cancelling = list(cancelling)
        self.claims = 0

    async def claim(self, batch: ScanBatch) -> bool:
        self.claims += 1
        while self._cancelling:
            await cancel(self._connection, self._cancelling.pop())
        return await super().claim(batch)


class Slow(MongoScans):
    """Keeps nothing before it may."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo, MongoOutbox(mongo))
        self.reached, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def claim(self, batch: ScanBatch) -> bool:
        self.reached.set()
        await self.may_go_on.wait()
        return await super().claim(batch)


class Unlucky(MongoScans):
    """Is beaten whenever it keeps a certain scan."""

    def __init__(self, mongo: Mongo, scan_id: str) -> None:
        super().__init__(mongo, MongoOutbox(mongo))
        self._scan_id = scan_id

    async def claim(self, batch: ScanBatch) -> bool:
        return not any(scan.id == self._scan_id for scan in batch.scans) and await super().claim(batch)


class Breaking(MongoScans):
    """Keeps scans one at a time only, and loses the database over one of them."""

    def __init__(self, mongo: Mongo, scan_id: str) -> None:
        super().__init__(mongo, MongoOutbox(mongo))
        self._scan_id = scan_id

    async def claim(self, batch: ScanBatch) -> bool:
        if [scan.id for scan in batch.scans] == [self._scan_id]:
            raise DatabaseUnavailable(retry_after_s=1)
        return len(batch.scans) == 1 and await super().claim(batch)


class Repeating(MongoScans):
    """Keeps each batch twice: the transaction took effect, its answer got lost, and it ran again."""

    async def claim(self, batch: ScanBatch) -> bool:
        return await super().claim(batch) and await super().claim(batch)
