"""Two shelves in the database, and everything that reconciles them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time
from typing import Any

from ulid import ULID

from services.common.clock import SystemClock, UlidSource
from services.common.mongo import CollectionPlan, Mongo
from services.sync.model import RecordKind
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.reconciling.bisecting import Bisecting
from services.sync.reconciling.model import (
    Asker,
    Depth,
    Overview,
    Treatment,
    Wish,
)
from services.sync.reconciling.mongo import MongoReconciliations
from services.sync.reconciling.nightly import Nightly
from services.sync.reconciling.running import TURN, Reconciling
from services.sync.relay.leading import Leadership
from services.sync.relay.mongo import MongoLeases
from services.sync.shelves.documents import AtTheRecipient, OnOurOwnShelf
from services.sync.shelves.mongo import MARKS, MongoShelf
from tests.reconciling import Pair
from tests.shelves import KIND, LONG_AGO, SENDER, make_record

WANTED = Wish(kinds=(KIND,), depth=Depth.SUMS, treatment=Treatment.REPAIR, by=Asker.API)
THREE = time(3, 0)
OUTLETS = CollectionPlan(name=KIND.value, shard_key="_id")


class MovedClock(SystemClock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 22, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant


class HinderedBisecting(Bisecting):
    """Meets with something before each look."""

    def __init__(self, pair: Pair, hindrance: Callable[[], Awaitable[None]]) -> None:
        super().__init__(pair.ours, pair.theirs)
        self._hindrance = hindrance

    async def survey(self, kind: RecordKind) -> Overview:
        await self._hindrance()
        return await super().survey(kind)


class Office:
    """Two shelves in the database, and everything that reconciles them."""

    def __init__(self, mongo: Mongo, count: int = 300) -> None:
        clock = SystemClock()
        self.mongo = mongo
        self.clock = MovedClock()
        shelves = [
            MongoShelf(mongo, sender=SENDER, layout=layout, clock=clock)
            for layout in (OnOurOwnShelf(), AtTheRecipient(marks={}))
        ]
        self.pair = Pair(shelves[0], shelves[1], [make_record(number, version=2) for number in range(count)])
        self.store = MongoReconciliations(mongo)
        self.desk = ReconciliationDesk(store=self.store, clock=self.clock, ids=UlidSource())
        self.defects: list[Exception] = []
        self.reconciling = self.process()
        self.nightly = Nightly(
            reconciling=self.reconciling, desk=self.desk, store=self.store, at=THREE, clock=self.clock
        )

    def process(self) -> Reconciling:
        """Return what reconciles in another process."""
        return Reconciling(
            comparing=self.pair.comparing,
            store=self.store,
            turn=Leadership(MongoLeases(self.mongo), name=TURN, holder=str(ULID()), silent_for_s=2),
            kinds=(KIND,),
            clock=self.clock,
            ids=UlidSource(),
            tell=lambda _, error: self.defects.append(error),
        )

    def hinder(self, hindrance: Callable[[], Awaitable[None]]) -> None:
        """Let every look meet with something first."""
        self.pair.comparing._bisecting = HinderedBisecting(self.pair, hindrance)

    async def settle(self) -> None:
        """Let everything have been delivered long ago."""
        await self.mongo.collection(MARKS).update_many({}, {"$set": {"delivered_at": LONG_AGO}})

    async def theirs(self, its_id: str, change: dict[str, Any]) -> None:
        """Change a document at the recipient past everybody."""
        await self.mongo.collection(OUTLETS).update_one({"_id": its_id}, change)
