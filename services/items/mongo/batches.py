"""Batches in MongoDB, each written in one transaction with its job."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.items.model import ItemBatch
from services.items.ports import NumberTaken
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.venues.scopes import read_scope, scope_name

# `listed` names each list that shows the batch: a scope's, and that of a scope and type, so that one index serves both.
BATCHES = CollectionPlan(
    name="item_batches",
    shard_key="_id",
    indexes=(IndexModel([("listed", ASCENDING), ("number", ASCENDING)]),),
)


class MongoBatches:
    """The store of batches; `_id` is made of the number, so that two batches never have the same."""

    def __init__(self, mongo: Mongo, jobs: MongoJobs) -> None:
        self._mongo = mongo
        self._jobs = jobs
        self._batches = mongo.collection(BATCHES)
        self._requests = MongoRequests(mongo)

    async def add(self, batch: ItemBatch, job: Job, request: IdempotentRequest | None) -> ItemBatch:
        """Add the batch and its job, or return what the request was answered with first.

        Raises NumberTaken, or IdempotencyKeyReused.
        """
        document = _document(batch)

        async def work(session: Session) -> None:
            await self._requests.claim(request, document, session)
            await self._batches.insert_one(document, session=session)
            await self._jobs.add(job, session)

        first = await self._requests.first_answer(request)
        if first is None:
            try:
                await self._mongo.transact(work)
            except DuplicateKeyError:
                first = await self._requests.first_answer(request)
                if first is None:
                    first = await self._find_own(batch)
        return batch if first is None else _read(first)

    async def _find_own(self, batch: ItemBatch) -> Document:
        """Return the batch of this number where it is this one, and only the answer to its commit got lost."""
        async with translated_failures():
            document = await self._batches.find_one({"_id": batch.id})
        if document is None or document["job_id"] != batch.job_id:
            raise NumberTaken
        return document

    async def find(self, batch_id: str) -> ItemBatch | None:
        """Return the batch."""
        async with translated_failures():
            document = await self._batches.find_one({"_id": batch_id})
        return None if document is None else _read(document)

    async def numbered_between(self, scope: str, type_id: str | None, since: int, until: int) -> Sequence[ItemBatch]:
        """Return the batches that `scope` covers, of one type unless None, with since <= number < until."""
        listed = scope if type_id is None else _of_type(scope, type_id)
        query = {"listed": listed, "number": {"$gte": since, "$lt": until}}
        async with translated_failures():
            return [_read(document) async for document in self._batches.find(query)]


def _of_type(scope: str, type_id: str) -> str:
    return f"{scope}/{type_id}"


def _document(batch: ItemBatch) -> Document:
    return {
        "_id": batch.id,
        "number": batch.number,
        "kid": batch.kid,
        "type_id": batch.type_id,
        "owner": scope_name(batch.owner),
        "seen_by": list(batch.seen_by),
        "listed": [*batch.seen_by, *(_of_type(scope, batch.type_id) for scope in batch.seen_by)],
        "quantity": batch.quantity,
        "job_id": batch.job_id,
        "created_at": batch.created_at,
    }


def _read(document: Document) -> ItemBatch:
    return ItemBatch(
        id=document["_id"],
        number=document["number"],
        kid=document["kid"],
        type_id=document["type_id"],
        owner=read_scope(document["owner"]),
        seen_by=tuple(document["seen_by"]),
        quantity=document["quantity"],
        job_id=document["job_id"],
        created_at=document["created_at"],
    )
