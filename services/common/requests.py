"""Repeatable requests: what was made first under an Idempotency-Key, in one fact with it."""

from collections.abc import Collection

from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures

REQUESTS = CollectionPlan(name="requests", shard_key="_id")
COLLECTIONS = (REQUESTS,)


class MongoRequests:
    """Requests by their names; each keeps the document that answered it, as it was then."""

    def __init__(self, mongo: Mongo) -> None:
        self._requests = mongo.collection(REQUESTS)

    async def claim(self, request: IdempotentRequest | None, answer: Document, session: Session) -> None:
        """Keep the answer in the transaction that makes it; the driver's DuplicateKeyError says that there is one."""
        if request is not None:
            document = {"_id": request.id, "fingerprint": request.fingerprint, "answer": answer}
            await self._requests.insert_one(document, session=session)

    async def used(self, ids: Collection[str]) -> Collection[str]:
        """Return those of the requests, by their ids, that were answered."""
        if not ids:
            return ()
        async with translated_failures():
            return [one["_id"] async for one in self._requests.find({"_id": {"$in": list(ids)}}, {"_id": 1})]

    async def first_answer(self, request: IdempotentRequest | None) -> Document | None:
        """Return what the request was answered with, if it was; raises IdempotencyKeyReused."""
        if request is None:
            return None
        async with translated_failures():
            found = await self._requests.find_one({"_id": request.id})
        if found is None:
            return None
        ensure_same_content(request, found["fingerprint"])
        answer: Document = found["answer"]
        return answer
