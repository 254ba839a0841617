"""What instances below this one delivered here, on its way to the next level."""

from collections.abc import Mapping, Sequence
from datetime import date

from pymongo import IndexModel, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection

from services.common.clock import Clock
from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.sync.model import RecordKind, RecordRef
from services.sync.records import Record, RecordSource
from services.sync.relay.model import Parcel
from services.sync.sources.mongo import MongoSource

# Senders write it into everything that they deliver to an instance that forwards; it goes when this was done.
ONWARD = "onward"
MOST_AT_ONCE = 1000
MARK_WITHIN_S = 600.0
FIELDS = {"_id": str, "sender": str, "version": int, "district": str, "day": str, "data": dict, "path": list}


def intake_plans() -> Sequence[CollectionPlan]:
    """Return what an intake needs beside what senders create."""
    return [CollectionPlan(name=kind.value, shard_key="_id", indexes=(IndexModel(ONWARD),)) for kind in RecordKind]


async def mark_all(mongo: Mongo) -> None:
    """Let everything go on that senders laid down without a mark, since nobody had told them that it should."""
    for kind in RecordKind:
        unmarked = {"sender": {"$exists": True}, ONWARD: {"$exists": False}}
        async with translated_failures(MARK_WITHIN_S):
            await mongo.collection(_plan(kind)).update_many(unmarked, {"$set": {ONWARD: True}})


class MongoIntakeFeed:
    """See `services.sync.relay.ports.Feed`. A record that changes on its way is marked anew, and goes again."""

    def __init__(self, mongo: Mongo, *, sources: Mapping[RecordKind, RecordSource], clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock
        self._seen: dict[str, tuple[RecordKind, Document]] = {}
        self.sources = sources

    async def ping(self) -> None:
        """Ask our own database for a trifle."""
        await self._mongo.ping()

    async def oldest(self, wanted: int) -> Sequence[Parcel]:
        """Return what waits to go on, of some kind; there is no order among records."""
        now = self._clock.now()
        self._seen.clear()
        for kind in RecordKind:
            async with translated_failures():
                cursor = self._collection(kind).find({ONWARD: True}, {"version": True, "digest": True})
                found = await cursor.limit(min(wanted, MOST_AT_ONCE)).to_list()
            self._seen.update((f"{kind}:{one['_id']}", (kind, one)) for one in found)
            if len(self._seen) >= wanted:
                break
        return [
            Parcel(id=key, told_at=now, events=(), records=(RecordRef(kind=kind, id=str(one["_id"])),))
            for key, (kind, one) in self._seen.items()
        ]

    async def untold(self, wanted: int) -> Sequence[Parcel]:  # noqa: ARG002 -- the shape of all feeds
        """Return nothing: events are told where they happen."""
        return ()

    async def note_told(self, parcels: Sequence[Parcel]) -> None:
        """Do nothing: there never is any."""

    async def done(self, parcels: Sequence[Parcel]) -> None:
        """Take the marks away from what is still as it was seen."""
        for kind in RecordKind:
            seen = [self._seen[parcel.id][1] for parcel in parcels if self._seen[parcel.id][0] is kind]
            if seen:
                writes = [UpdateOne(one, {"$unset": {ONWARD: True}}) for one in seen]
                async with translated_failures():
                    await self._collection(kind).bulk_write(writes, ordered=False)

    def _collection(self, kind: RecordKind) -> AsyncCollection[Document]:
        return self._mongo.collection(_plan(kind))


def _plan(kind: RecordKind) -> CollectionPlan:
    return CollectionPlan(name=kind.value, shard_key="_id")


def intake_sources(mongo: Mongo, clock: Clock) -> Mapping[RecordKind, RecordSource]:
    """Return where delivered records are read."""
    return {kind: _source(mongo, kind, clock) for kind in RecordKind}


def _source(mongo: Mongo, kind: RecordKind, clock: Clock) -> RecordSource:
    async def read(documents: Sequence[Document]) -> Sequence[Record]:
        return [_record(kind, document, clock) for document in documents if _is_record(document)]

    return MongoSource(mongo, kind=kind, plan=_plan(kind), read=read)


def _is_record(document: Document) -> bool:
    """Tell whether a sender laid it there; what else may lie there has any shape, and stays where it is."""
    return FIELDS.keys() <= document.keys() and all(type(document[name]) is FIELDS[name] for name in FIELDS)


def _record(kind: RecordKind, document: Document, clock: Clock) -> Record:
    return Record(
        kind=kind,
        id=document["_id"],
        version=document["version"],
        district_id=document["district"],
        day=date.fromisoformat(document["day"]),
        changed_at=clock.now(),  # when it changed is not told
        data=document["data"],
        path=tuple(document["path"]),
    )
