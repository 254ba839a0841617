"""Records of patrols in MongoDB: one transaction a write, guarded by versions and by the log's size."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pymongo import IndexModel, ReplaceOne
from pymongo.errors import DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicates_raise, translated_failures
from services.common.requests import MongoRequests
from services.common.stretches import stretches
from services.patrols.counting import code_of_event
from services.patrols.documents import read_document, to_document
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind, RecordedEvent, Versioned
from services.patrols.ports import Write
from services.sync.model import RecordKind, RecordRef
from services.sync.mongo import MongoOutbox
from services.transparency.model import LogName
from services.transparency.mongo import MongoLog
from services.transparency.ports import LogMoved
from services.transparency.tiles import Tail

LOG = LogName.PATROLS.value
PATROL_EVENTS = CollectionPlan(
    name="patrol_events", shard_key="_id", indexes=(IndexModel("index"), IndexModel("named"))
)
COLLECTIONS = (PATROL_EVENTS,)
# Beside the fields of a record: when its latest version was recorded.
RECORDED_AT = "recorded_at"
# Beside the fields of an event: the GB/T 2260 code that it is counted under.
COUNTED_UNDER = "counted_under"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where records of one kind lie; `derived` gives what a document has beside their fields, for indexes.

    `told_as` is what the main system knows them as, None for what it is not told of.
    """

    plan: CollectionPlan
    derived: Callable[[Any], Document] = lambda _: {}
    told_as: RecordKind | None = None


class _Beaten(Exception):
    """What was decided on is no longer so: roll back."""


class MongoPatrolRecords:
    """All records of patrols; see `services.patrols.ports.RecordStore`."""

    def __init__(self, mongo: Mongo, *, log: MongoLog, outbox: MongoOutbox, shelves: Mapping[type[Any], Shelf]) -> None:
        self._mongo = mongo
        self._log = log
        self._outbox = outbox
        self._shelves = shelves
        self._requests = MongoRequests(mongo)
        self._events = mongo.collection(PATROL_EVENTS)

    async def tail(self) -> Tail:
        """Return the log's right edge."""
        return await self._log.tail(LOG)

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id that the request was answered with, if it was; raises IdempotencyKeyReused."""
        found = await self._requests.first_answer(request)
        return None if found is None else str(found["_id"])

    async def stale(self, drafts: Sequence[Draft[Any]]) -> Collection[int]:
        """Return the places of those drafts that something they build on is no longer what it was."""
        kinds = sorted({type(record) for draft in drafts for record in draft.records}, key=lambda kind: kind.__name__)
        used = await self._requests.used([draft.repeat.id for draft in drafts if draft.repeat is not None])
        found = await asyncio.gather(*(self._versions(kind, drafts) for kind in kinds))
        present = dict(zip(kinds, found, strict=True))
        return {
            at
            for at, draft in enumerate(drafts)
            if (draft.repeat is not None and draft.repeat.id in used)
            or any(present[type(record)].get(record.id, 0) != record.version - 1 for record in draft.records)
        }

    async def _versions(self, kind: type[Any], drafts: Sequence[Draft[Any]]) -> Mapping[str, int]:
        collection = self._mongo.collection(self._shelves[kind].plan)
        found: dict[str, int] = {}
        async with translated_failures():
            for ids in stretches({one.id for draft in drafts for one in draft.records if type(one) is kind}):
                cursor = collection.find({"_id": {"$in": ids}}, {"version": 1}, batch_size=len(ids) + 1)
                found.update({document["_id"]: document["version"] async for document in cursor})
        return found

    async def claim(self, write: Write) -> bool:
        """Write all or nothing; False when the log or a record is no longer what was decided on."""
        records: dict[type[Any], list[Versioned]] = defaultdict(list)
        for draft in write.drafts:
            for record in draft.records:
                records[type(record)].append(record)

        async def work(session: Session) -> None:
            # The log first: it is where two processes that record at once meet.
            await self._log.append(write.growth, session)
            with duplicates_raise(_Beaten):
                for draft in write.drafts:
                    await self._requests.claim(draft.repeat, {"_id": draft.answer_id}, session)
                for kind, some in records.items():
                    await self._keep(kind, some, write.events[0].recorded_at, session)
                await self._events.insert_many(_event_documents(write), session=session)
            await self._outbox.append(write.told, self._changed(write), session)

        try:
            await self._mongo.transact(work)
        except (_Beaten, DuplicateKeyError, LogMoved):
            return False
        return True

    def _changed(self, write: Write) -> Sequence[RecordRef]:
        """Return which records the main system has to be told of again."""
        events = [RecordRef(kind=RecordKind.PATROL_EVENT, id=one.event.id) for one in write.events]
        records = [(self._shelves[type(one)].told_as, one.id) for draft in write.drafts for one in draft.records]
        return [*events, *(RecordRef(kind=kind, id=its_id) for kind, its_id in records if kind is not None)]

    async def _keep(self, kind: type[Any], records: Sequence[Versioned], at: datetime, session: Session) -> None:
        shelf = self._shelves[kind]
        collection = self._mongo.collection(shelf.plan)
        documents = [to_document(record) | shelf.derived(record) | {RECORDED_AT: at} for record in records]
        new = [one for one in documents if one["version"] == 1]
        changed = [
            ReplaceOne({"_id": one["_id"], "version": one["version"] - 1}, one)
            for one in documents
            if one["version"] > 1
        ]
        if new:
            await collection.insert_many(new, session=session)
        if changed:
            result = await collection.bulk_write(changed, session=session)
            if result.matched_count != len(changed):
                raise _Beaten

    async def history(self, subject_id: str) -> Sequence[RecordedEvent]:
        """Return the events about a thing, or at a site, in the order of recording."""
        async with translated_failures():
            found = [read_event_document(document) async for document in self._events.find({"named": subject_id})]
        return sorted(found, key=lambda one: one.index)


class MongoShelf:
    """Reading records of one kind, for the stores of the rooms."""

    def __init__(self, mongo: Mongo, plan: CollectionPlan) -> None:
        self.collection = mongo.collection(plan)

    async def find(self, kind: type[T], its_id: str) -> T | None:
        """Return the record with this id."""
        async with translated_failures():
            document = await self.collection.find_one({"_id": its_id})
        return None if document is None else read_document(kind, document)

    async def several(self, kind: type[T], ids: Collection[str]) -> Mapping[str, T]:
        """Return the records there are, by id."""
        found: dict[str, T] = {}
        async with translated_failures():
            for some in stretches(ids):
                cursor = self.collection.find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found.update({document["_id"]: read_document(kind, document) async for document in cursor})
        return found

    async def matching(self, kind: type[T], query: Mapping[str, Any]) -> Sequence[T]:
        """Return all that match, in any order; the query must be bounded on an indexed field."""
        async with translated_failures():
            return [read_document(kind, document) async for document in self.collection.find(query, batch_size=1000)]


def _event_documents(write: Write) -> list[Document]:
    drafts = {event.id: draft for draft in write.drafts for event in draft.events}
    codes = {one.event.id: code_of_event(one.event, drafts[one.event.id]) for one in write.events}
    return [_event_document(one) | {COUNTED_UNDER: codes[one.event.id]} for one in write.events]


def _event_document(one: RecordedEvent) -> Document:
    event = one.event
    return {
        "_id": event.id,
        "index": one.index,
        "body": one.text,
        "salt": one.salt,
        "commitment": one.commitment,
        "recorded_at": one.recorded_at,
        "recorded_by": event.told_by,
        "kind": event.kind.value,
        "subject_id": event.subject_id,
        "site_id": event.site_id,
        "occurred_at": event.occurred_at,
        "data": dict(event.data),
        "named": [event.subject_id] if event.site_id in {None, event.subject_id} else [event.subject_id, event.site_id],
    }


def read_event_document(document: Document) -> RecordedEvent:
    """Return the event of a document."""
    event = PatrolEvent(
        id=document["_id"],
        kind=PatrolEventKind(document["kind"]),
        subject_id=document["subject_id"],
        site_id=document["site_id"],
        occurred_at=document["occurred_at"],
        told_by=document["recorded_by"],
        data=document["data"],
    )
    return RecordedEvent(
        event=event,
        text=document["body"],
        index=document["index"],
        recorded_at=document["recorded_at"],
        salt=bytes(document["salt"]),
        commitment=bytes(document["commitment"]),
    )
