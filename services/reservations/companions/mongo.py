"""Companions in MongoDB. Two unique keys bound the list: a document once, and each of its places once."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.reservations.companions.model import Companion
from services.reservations.model import DocumentType, ProtectedVisitor

COMPANIONS = CollectionPlan(
    name="companions",
    shard_key="citizen_id",
    indexes=(
        IndexModel([("citizen_id", ASCENDING), ("place", ASCENDING)], unique=True),
        IndexModel([("citizen_id", ASCENDING), ("document_digest", ASCENDING)], unique=True),
    ),
)
COLLECTIONS = (COMPANIONS,)


class MongoCompanions:
    """See `services.reservations.companions.ports.CompanionStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._companions = mongo.collection(COMPANIONS)
        self._requests = MongoRequests(mongo)

    async def of(self, citizen_id: str) -> Sequence[Companion]:
        """Return all of a citizen's companions, in any order."""
        async with translated_failures():
            return [_read(one) async for one in self._companions.find({"citizen_id": citizen_id})]

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the companion that the request made, if it did; raises IdempotencyKeyReused."""
        found = await self._requests.first_answer(request)
        return None if found is None else str(found["_id"])

    async def add(self, companion: Companion, request: IdempotentRequest | None) -> bool:
        """Keep a companion; False when its place or its document is in the list, or the request was answered."""

        async def work(session: Session) -> None:
            await self._requests.claim(request, {"_id": companion.id}, session)
            await self._companions.insert_one(_document(companion), session=session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            # A commit whose answer was lost is tried again, and meets itself.
            async with translated_failures():
                found = await self._companions.find_one({"citizen_id": companion.citizen_id, "_id": companion.id})
            return found is not None
        return True

    async def remove(self, citizen_id: str, companion_id: str) -> bool:
        """Remove a companion; False when there is none."""
        async with translated_failures():
            result = await self._companions.delete_one({"citizen_id": citizen_id, "_id": companion_id})
        return result.deleted_count == 1


def _document(companion: Companion) -> Document:
    return {
        "_id": companion.id,
        "citizen_id": companion.citizen_id,
        "place": companion.place,
        "identity": companion.visitor.identity,
        "id_type": companion.visitor.id_type.value,
        "document_digest": companion.visitor.document_digest,
        "added_at": companion.added_at,
    }


def _read(document: Document) -> Companion:
    return Companion(
        id=document["_id"],
        citizen_id=document["citizen_id"],
        place=document["place"],
        visitor=ProtectedVisitor(
            identity=document["identity"],
            id_type=DocumentType(document["id_type"]),
            document_digest=document["document_digest"],
        ),
        added_at=document["added_at"],
    )
