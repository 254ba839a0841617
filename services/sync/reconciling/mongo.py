"""Reconciliations in MongoDB, and which records wait to be delivered."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.cursor import AsyncCursor

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.sync.model import RecordKind
from services.sync.mongo import OUTBOX
from services.sync.reconciling.model import (
    Asker,
    Depth,
    KindReport,
    Listed,
    Reconciliation,
    Sort,
    State,
    Treatment,
    Wish,
)
from services.sync.relay.mongo.intake import ONWARD

KEPT_FOR = timedelta(days=400)
RECONCILIATIONS = CollectionPlan(
    name="reconciliations",
    shard_key="_id",
    indexes=(
        IndexModel([("state", ASCENDING)]),
        IndexModel([("asked_at", ASCENDING)], expireAfterSeconds=int(KEPT_FOR.total_seconds())),
    ),
)
COLLECTIONS = (RECONCILIATIONS,)
READ_WITHIN_S = 120.0
AT_ONCE = 1000
# A list of reports needs no lists of differences.
SUMMARY = {"listed": False}


class MongoReconciliations:
    """See `services.sync.reconciling.ports.Reconciliations`."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(RECONCILIATIONS)

    async def add(self, reconciliation: Reconciliation) -> None:
        """Keep a new one."""
        async with translated_failures():
            await self._collection.insert_one(_document(reconciliation))

    async def find(self, reconciliation_id: str) -> Reconciliation | None:
        """Return one."""
        async with translated_failures():
            document = await self._collection.find_one({"_id": reconciliation_id})
        return None if document is None else _read(document)

    async def latest(self, since: datetime) -> Sequence[Reconciliation]:
        """Return those that were asked for since then, newest first, without their lists of differences."""
        return (await self._several({"asked_at": {"$gte": since}}))[::-1]

    async def in_state(self, *states: str) -> Sequence[Reconciliation]:
        """Return those in these states, oldest first, without their lists of differences."""
        return await self._several({"state": {"$in": list(states)}})

    async def by(self, asker: Asker, since: datetime) -> Sequence[Reconciliation]:
        """Return those that somebody asked for since then, without their lists of differences."""
        return [one for one in await self._several({"asked_at": {"$gte": since}}) if one.wish.by is asker]

    async def _several(self, query: Document) -> Sequence[Reconciliation]:
        async with translated_failures():
            found = [_read(document) async for document in self._collection.find(query, SUMMARY)]
        return sorted(found, key=lambda one: (one.asked_at, one.id))

    async def begin(self, reconciliation_id: str, at: datetime) -> bool:
        """Let one that is requested run; False when it is not requested any more."""
        guard = {"_id": reconciliation_id, "state": State.REQUESTED}
        async with translated_failures():
            done = await self._collection.update_one(guard, {"$set": {"state": State.RUNNING, "started_at": at}})
        return done.matched_count == 1

    async def save(self, reconciliation: Reconciliation) -> bool:
        """Keep what became of a running one; False when it is not running any more."""
        guard = {"_id": reconciliation.id, "state": State.RUNNING}
        async with translated_failures():
            done = await self._collection.replace_one(guard, _document(reconciliation))
        return done.matched_count == 1

    async def break_off(self, at: datetime) -> None:
        """Note of all that run that their process is gone."""
        change = {"$set": {"state": State.BROKEN_OFF, "ended_at": at}}
        async with translated_failures():
            await self._collection.update_many({"state": State.RUNNING}, change)


class MongoWaiting:
    """See `services.sync.reconciling.ports.Waiting`: what the outbox names."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(OUTBOX)

    async def records(self, kind: RecordKind) -> AsyncIterator[Sequence[str]]:
        """Yield the ids here of the records of a kind that wait."""
        cursor = self._collection.find({}, {"records": True}, batch_size=AT_ONCE)
        while documents := await _more(cursor):
            refs = [ref for document in documents for ref in document["records"]]
            yield [its_id for its_kind, its_id in refs if its_kind == kind]


class MongoOnward:
    """See `services.sync.reconciling.ports.Waiting`: what lower instances delivered, and was not passed on yet."""

    def __init__(self, intake: Mongo) -> None:
        self._intake = intake

    async def records(self, kind: RecordKind) -> AsyncIterator[Sequence[str]]:
        """Yield the ids here of the records of a kind that wait."""
        collection = self._intake.collection(CollectionPlan(name=kind.value, shard_key="_id"))
        cursor = collection.find({ONWARD: True}, {"_id": True}, batch_size=AT_ONCE)
        while documents := await _more(cursor):
            yield [str(document["_id"]) for document in documents]


async def _more(cursor: AsyncCursor[Document]) -> Sequence[Document]:
    # Not around a `yield`: whoever gets what is yielded would get the bound as well.
    async with translated_failures(READ_WITHIN_S):
        return await cursor.to_list(AT_ONCE)


def _document(one: Reconciliation) -> Document:
    return {
        "_id": one.id,
        "wished_kinds": list(one.wish.kinds),
        "depth": one.wish.depth,
        "treatment": one.wish.treatment,
        "by": one.wish.by,
        "state": one.state,
        "asked_at": one.asked_at,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "failure": one.failure,
        "kinds": [vars(report) | {"found": dict(report.found)} for report in one.kinds],
        "listed": [vars(listed) for listed in one.listed],
    }


def _read(document: Mapping[str, Any]) -> Reconciliation:
    return Reconciliation(
        id=document["_id"],
        wish=Wish(
            kinds=tuple(map(RecordKind, document["wished_kinds"])),
            depth=Depth(document["depth"]),
            treatment=Treatment(document["treatment"]),
            by=Asker(document["by"]),
        ),
        state=State(document["state"]),
        asked_at=document["asked_at"],
        started_at=document["started_at"],
        ended_at=document["ended_at"],
        failure=document["failure"],
        kinds=tuple(map(_read_kind, document["kinds"])),
        listed=tuple(map(_read_listed, document.get("listed", ()))),
    )


def _read_kind(document: Mapping[str, Any]) -> KindReport:
    found = {Sort(sort): count for sort, count in document["found"].items()}
    return KindReport(**{**document, "kind": RecordKind(document["kind"]), "found": found})


def _read_listed(document: Mapping[str, Any]) -> Listed:
    return Listed(**{**document, "kind": RecordKind(document["kind"]), "sort": Sort(document["sort"])})
