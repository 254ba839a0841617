"""Applications of groups and their rosters in MongoDB."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.notifications.model import NoticeCall
from services.notifications.mongo import MongoNoticeCalls
from services.reservations.groups.model import ENDED, OPEN, Application, ApplicationStatus, Purpose
from services.reservations.model import DocumentType, ProtectedVisitor

# As long as visitors' identities are kept after a visit.
KEEP = timedelta(days=30)
# What says which slot an application is for.
PLACED = ("slot_id", "starts_at", "ends_at", "last_entry_at")
EVER = {"$gte": datetime(2026, 1, 1, tzinfo=UTC), "$lt": datetime(3000, 1, 1, tzinfo=UTC)}

# `place` is the id again: a range on `_id` itself would read the collection. `waits_at`, when the visit would begin, is
# there only as long as something is to be decided.
APPLICATIONS = CollectionPlan(
    name="group_applications",
    shard_key="_id",
    indexes=(
        IndexModel([("citizen_id", ASCENDING), ("place", ASCENDING)]),
        IndexModel([("venue_id", ASCENDING), ("place", ASCENDING)]),
        IndexModel([("venue_id", ASCENDING), ("status", ASCENDING), ("place", ASCENDING)]),
        IndexModel("waits_at", sparse=True),
        IndexModel("ends_at"),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
# `_id` is the application's.
ROSTERS = CollectionPlan(
    name="group_rosters", shard_key="_id", indexes=(IndexModel("forget_at", expireAfterSeconds=0),)
)
COLLECTIONS = (APPLICATIONS, ROSTERS)


class _Beaten(Exception):
    """The application is not what it was: roll back."""


class MongoApplications:
    """See `services.reservations.groups.ports.ApplicationStore`."""

    def __init__(self, mongo: Mongo, clock: Clock, ids: IdSource) -> None:
        self._mongo = mongo
        self._applications = mongo.collection(APPLICATIONS)
        self._rosters = mongo.collection(ROSTERS)
        self._requests = MongoRequests(mongo)
        self._calls = MongoNoticeCalls(mongo, clock, ids)

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the application that the request made, if it did; raises IdempotencyKeyReused."""
        found = await self._requests.first_answer(request)
        return None if found is None else str(found["_id"])

    async def add(self, application: Application, request: IdempotentRequest | None) -> bool:
        """Keep an application; False when the request was answered before."""

        async def work(session: Session) -> None:
            await self._requests.claim(request, {"_id": application.id}, session)
            await self._applications.insert_one(_document(application), session=session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            # A commit whose answer was lost is tried again, and meets itself.
            return await self.find(application.id) is not None
        return True

    async def find(self, application_id: str) -> Application | None:
        """Return the application."""
        async with translated_failures():
            document = await self._applications.find_one({"_id": application_id})
        return None if document is None else _read(document)

    async def own_between(self, citizen_id: str, since: str, until: str) -> Sequence[Application]:
        """Return a leader's applications with since <= id < until, in any order."""
        return await self._matching({"citizen_id": citizen_id, "place": {"$gte": since, "$lt": until}})

    async def of_venue_between(
        self, venue_id: str, status: ApplicationStatus | None, since: str, until: str
    ) -> Sequence[Application]:
        """Return a venue's applications with since <= id < until, in any order; None means any status."""
        query: Document = {"venue_id": venue_id}
        query |= {} if status is None else {"status": status.value}
        return await self._matching(query | {"place": {"$gte": since, "$lt": until}})

    async def count_open(self, citizen_id: str) -> int:
        """Return how many of a leader's applications are not decided."""
        query = {"citizen_id": citizen_id, "status": {"$in": [one.value for one in OPEN]}}
        async with translated_failures():
            return await self._applications.count_documents(query)

    async def all_open(self) -> Sequence[Application]:
        """Return all applications that are not decided."""
        return await self._matching({"waits_at": EVER})

    async def all_approved(self, since: datetime) -> Sequence[Application]:
        """Return all approved applications for slots that end at `since` or later."""
        coming = {"ends_at": {**EVER, "$gte": since}}
        return await self._matching(coming | {"status": ApplicationStatus.APPROVED.value})

    async def claim(self, before: Application, after: Application, calls: Sequence[NoticeCall] = ()) -> bool:
        """Make `after` of `before`, with its notices, in one transaction; False when it has another version by now.

        With an application that ends, its roster goes; that of one that is moved is kept for as long as it is.
        """

        async def work(session: Session) -> None:
            guard = {"_id": before.id, "version": before.version, "holder": before.holder}
            result = await self._applications.update_one(guard, _change(after), session=session)
            if result.modified_count != 1:
                raise _Beaten
            if after.status in ENDED:
                await self._rosters.delete_one({"_id": before.id}, session=session)
            elif after.ends_at != before.ends_at:
                kept = {"$set": {"forget_at": after.ends_at + KEEP}}
                await self._rosters.update_one({"_id": before.id}, kept, session=session)
            await self._calls.append(calls, session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            # By ourselves, perhaps, and only the answer to the commit was lost.
            found = await self.find(before.id)
            return found is not None and (found.version, found.holder) == (after.version, after.holder)
        return True

    async def put_roster(self, application: Application, visitors: Sequence[ProtectedVisitor], at: datetime) -> bool:
        """Keep a roster in place of the former one; False when the application has ended meanwhile."""
        living = [one.value for one in ApplicationStatus if one not in ENDED]
        roster = {
            "_id": application.id,
            "visitors": [_visitor_document(one) for one in visitors],
            "uploaded_at": at,
            "forget_at": application.ends_at + KEEP,
        }

        async def work(session: Session) -> None:
            guard = {"_id": application.id, "status": {"$in": living}}
            named = {"$set": {"roster_size": len(visitors), "roster_at": at}}
            if (await self._applications.update_one(guard, named, session=session)).matched_count != 1:
                raise _Beaten
            await self._rosters.replace_one({"_id": application.id}, roster, upsert=True, session=session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            return False
        return True

    async def find_roster(self, application_id: str) -> Sequence[ProtectedVisitor] | None:
        """Return who was named, in the order of the table; None when nobody was."""
        async with translated_failures():
            document = await self._rosters.find_one({"_id": application_id})
        return None if document is None else [_read_visitor(one) for one in document["visitors"]]

    async def _matching(self, query: Document) -> Sequence[Application]:
        async with translated_failures():
            return [_read(document) async for document in self._applications.find(query)]


def _document(application: Application) -> Document:
    fields = {name: value for name, value in vars(application).items() if name != "id"}
    fields["status"], fields["purpose"] = application.status.value, application.purpose.value
    return {
        "_id": application.id,
        "place": application.id,
        **fields,
        "waits_at": application.starts_at,
        "forget_at": application.ends_at + KEEP,
    }


def _change(after: Application) -> dict[str, Any]:
    named = ("version", "holder", "reservation_id", "attempted_at", "decided_at", "decided_by", "reason")
    fields = {name: getattr(after, name) for name in (*named, *PLACED)} | {"status": after.status.value}
    fields["forget_at"] = after.ends_at + KEEP
    if after.status in ENDED:
        fields["roster_size"] = 0
    return {"$set": fields} if after.status in OPEN else {"$set": fields, "$unset": {"waits_at": ""}}


def _read(document: Document) -> Application:
    beside = {"_id", "place", "waits_at", "forget_at", "roster_at"}
    fields = {name: value for name, value in document.items() if name not in beside}
    fields["status"], fields["purpose"] = ApplicationStatus(fields["status"]), Purpose(fields["purpose"])
    return Application(id=document["_id"], **fields)


def _visitor_document(visitor: ProtectedVisitor) -> Document:
    return {
        "identity": visitor.identity,
        "id_type": visitor.id_type.value,
        "document_digest": visitor.document_digest,
    }


def _read_visitor(document: Document) -> ProtectedVisitor:
    return ProtectedVisitor(**{**document, "id_type": DocumentType(document["id_type"])})
