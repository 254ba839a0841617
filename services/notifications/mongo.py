"""Calls, notices and accepts in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.clock import Clock, IdSource, SystemClock, UlidSource
from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import DUPLICATE_KEY, CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.stretches import stretches
from services.notifications.documents import KEEP, call_document, notice_document, read_notice, read_parcel
from services.notifications.model import (
    AcceptFate,
    Attempt,
    Claim,
    Grant,
    Notice,
    NoticeCall,
    NoticeKind,
    NoticeState,
    Parcel,
    Settlement,
)
from services.notifications.rules import granted, left_of

CALLS = CollectionPlan(
    name="notice_calls",
    shard_key="_id",
    indexes=(IndexModel("told_at", expireAfterSeconds=int(KEEP.total_seconds())),),
)
# Its `_id` is made of what it tells: no fact makes a second one.
NOTICES = CollectionPlan(
    name="notices",
    shard_key="_id",
    indexes=(
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("citizen_id", ASCENDING), ("notice_id", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
ACCEPTS = CollectionPlan(name="notice_accepts", shard_key="_id")
GRANTS = CollectionPlan(name="notice_grants", shard_key="_id", indexes=(IndexModel("forget_at", expireAfterSeconds=0),))
COLLECTIONS = (CALLS, NOTICES, ACCEPTS, GRANTS)
HELD = [NoticeState.SENDING.value, NoticeState.UNCERTAIN.value]


class MongoNoticeCalls:
    """What people shall be told of: one document for the calls of one transaction."""

    def __init__(self, mongo: Mongo, clock: Clock | None = None, ids: IdSource | None = None) -> None:
        self._collection = mongo.collection(CALLS)
        self._clock = clock or SystemClock()
        self._ids = ids or UlidSource()

    async def append(self, calls: Sequence[NoticeCall], session: Session | None = None) -> None:
        """Write the calls, if there are any, in the transaction of their facts, whose failures are its caller's."""
        if not calls:
            return
        document = {
            "_id": self._ids.new("ncl"),
            "told_at": self._clock.now(),
            "calls": [call_document(call) for call in calls],
        }
        if session is not None:
            await self._collection.insert_one(document, session=session)
            return
        async with translated_failures():
            await self._collection.insert_one(document)

    async def waiting(self, since: datetime, until: datetime, most: int) -> Sequence[Parcel]:
        """Return at most `most` of those with since <= told_at < until, the earliest first."""
        query = {"told_at": {"$gte": since, "$lt": until}}
        async with translated_failures():
            documents = await self._collection.find(query).sort("told_at", ASCENDING).limit(most).to_list()
        return [read_parcel(document) for document in documents]

    async def remove(self, parcel_ids: Collection[str]) -> None:
        """Remove those that became notices."""
        async with translated_failures():
            for some in stretches(parcel_ids):
                await self._collection.delete_many({"_id": {"$in": some}})


class MongoNotices:
    """The store of notices; a claim and its accept are one fact."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._notices = mongo.collection(NOTICES)
        self._accepts = mongo.collection(ACCEPTS)

    async def add_missing(self, notices: Sequence[Notice]) -> None:
        """Add those whose keys are not there yet."""
        if not notices:
            return
        async with translated_failures():
            try:
                await self._notices.insert_many([notice_document(one) for one in notices], ordered=False)
            except BulkWriteError as error:
                if any(one.get("code") != DUPLICATE_KEY for one in (error.details or {}).get("writeErrors", [{}])):
                    raise

    async def due(self, since: datetime, until: datetime, most: int) -> Sequence[Notice]:
        """Return at most `most` that wait and have since <= due_at < until, the earliest first."""
        async with translated_failures():
            found = self._notices.find(_within(NoticeState.WAITING, since, until))
            documents = await found.sort("due_at", ASCENDING).limit(most).to_list()
        return [read_notice(document) for document in documents]

    async def count_due(self, since: datetime, until: datetime) -> int:
        """Return how many wait and have since <= due_at < until."""
        async with translated_failures():
            return await self._notices.count_documents(_within(NoticeState.WAITING, since, until))

    async def claim(self, attempt: Attempt, until: datetime) -> Claim:
        """Hold a waiting notice until then and take an accept for it, both or neither."""
        notice = attempt.notice
        # While it is held, `due_at` is when the hold ends: one index serves both looks.
        changes = {
            "$set": {"state": NoticeState.SENDING.value, "holder": attempt.id, "due_at": until},
            "$inc": {"fence": 1, "tries": 1},
        }

        async def work(session: Session) -> Claim:
            taken = await self._notices.update_one(_waiting(notice), changes, session=session)
            if taken.modified_count == 0:
                held = await self._notices.find_one({"_id": notice.key}, {"holder": 1}, session=session)
                ours = held is not None and held["holder"] == attempt.id  # only the answer to the commit got lost
                return Claim.CLAIMED if ours else Claim.LOST
            if not await self._take_accept(notice, session):
                raise _NoneLeft
            return Claim.CLAIMED

        try:
            return await self._mongo.transact(work)
        except _NoneLeft:
            return Claim.NO_ACCEPT

    async def _take_accept(self, notice: Notice, session: Session) -> bool:
        left = f"left.{notice.kind.value}"
        guard = {"_id": notice.citizen_id, left: {"$gte": 1}}
        result = await self._accepts.update_one(guard, {"$inc": {left: -1}}, session=session)
        return result.modified_count == 1

    async def settle(self, attempt: Attempt, settlement: Settlement) -> bool:
        """Keep what became of it, accept included; False when it is not this attempt's (any more)."""
        guard = {"_id": attempt.notice.key, "holder": attempt.id, "state": {"$in": HELD}}
        waits = settlement.state is NoticeState.WAITING
        changes: Document = {"state": settlement.state.value, "code": settlement.code, "holder": None}
        if waits:
            # What was given up meanwhile has no end after all.
            changes |= {"due_at": settlement.due_at, "ended_at": None, "forget_at": attempt.notice.expires_at + KEEP}
        else:
            changes |= {"ended_at": settlement.at, "forget_at": settlement.at + KEEP}

        async def work(session: Session) -> bool:
            result = await self._notices.update_one(guard, {"$set": changes}, session=session)
            if result.modified_count == 1:
                await self._settle_accept(attempt.notice, settlement.accept, session)
            return result.modified_count == 1

        return await self._mongo.transact(work)

    async def _settle_accept(self, notice: Notice, fate: AcceptFate, session: Session) -> None:
        left = f"left.{notice.kind.value}"
        if fate is AcceptFate.GIVEN_BACK:
            await self._accepts.update_one({"_id": notice.citizen_id}, {"$inc": {left: 1}}, session=session)
        elif fate is AcceptFate.CLEARED:
            await self._accepts.update_one({"_id": notice.citizen_id}, {"$set": {left: 0}}, session=session)

    async def put_off(self, notice: Notice, due_at: datetime) -> None:
        """Let a notice wait longer, if it still waits as it was read."""
        async with translated_failures():
            await self._notices.update_one(_waiting(notice), {"$set": {"due_at": due_at}})

    async def end(self, notice: Notice, state: NoticeState, at: datetime, code: str | None = None) -> bool:
        """End a notice that nobody sends, if it still waits as it was read."""
        async with translated_failures():
            result = await self._notices.update_one(_waiting(notice), {"$set": _ended(state, at, code)})
        return result.modified_count == 1

    async def give_up_stale(self, since: datetime, now: datetime) -> Sequence[NoticeKind]:
        """Make uncertain whose hold ended within since <= until < now; return the kind of each."""
        given_up = []
        async with translated_failures():
            for document in await self._notices.find(_within(NoticeState.SENDING, since, now)).to_list():
                guard = {"_id": document["_id"], "fence": document["fence"], "state": NoticeState.SENDING.value}
                # The holder stays: should it come back, what it knows is better than what we guess.
                changes = _ended(NoticeState.UNCERTAIN, now, "worker_gone")
                if (await self._notices.update_one(guard, {"$set": changes})).modified_count == 1:
                    given_up.append(NoticeKind(document["kind"]))
        return given_up

    async def between(self, citizen_id: str, since: str, until: str) -> Sequence[Notice]:
        """Return a citizen's notices with since <= id < until."""
        query = {"citizen_id": citizen_id, "notice_id": {"$gte": since, "$lt": until}}
        async with translated_failures():
            return [read_notice(document) async for document in self._notices.find(query)]


class MongoAccepts:
    """The ledger of accepts: one document a citizen, and for a month the answers that it was made of."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._accepts = mongo.collection(ACCEPTS)
        self._grants = mongo.collection(GRANTS)

    async def left(self, citizen_id: str) -> Mapping[NoticeKind, int]:
        """Return what is left, by kind; kinds that were never accepted may be missing."""
        async with translated_failures():
            document = await self._accepts.find_one({"_id": citizen_id})
        return left_of({} if document is None else document["left"])

    async def grant(self, grant: Grant, fingerprint: str, now: datetime) -> None:
        """Add one for each accepted kind, once for each id; raises IdempotencyKeyReused for another content."""
        key = f"{grant.citizen_id}:{grant.id}"

        async def work(session: Session) -> None:
            note = {"_id": key, "fingerprint": fingerprint, "forget_at": now + KEEP}
            await self._grants.insert_one(note, session=session)
            mine = {"_id": grant.citizen_id}
            found = await self._accepts.find_one(mine, session=session)
            left = granted(left_of({} if found is None else found["left"]), grant.accepts)
            changes = {"$set": {f"left.{kind.value}": count for kind, count in left.items()}}
            if left:
                await self._accepts.update_one(mine, changes, upsert=True, session=session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:  # said before; or by us, and only the answer to the commit got lost
            async with translated_failures():
                first = await self._grants.find_one({"_id": key})
            if first is not None:
                ensure_same_content(IdempotentRequest(id=key, fingerprint=fingerprint), first["fingerprint"])


class _NoneLeft(Exception):
    """The person has no accept left for this kind; what was written is rolled back."""


def _within(state: NoticeState, since: datetime, until: datetime) -> Document:
    return {"state": state.value, "due_at": {"$gte": since, "$lt": until}}


def _waiting(notice: Notice) -> Document:
    return {"_id": notice.key, "state": NoticeState.WAITING.value, "fence": notice.fence}


def _ended(state: NoticeState, at: datetime, code: str | None) -> Document:
    return {"state": state.value, "code": code, "ended_at": at, "forget_at": at + KEEP}
