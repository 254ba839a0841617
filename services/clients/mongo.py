"""Clients in MongoDB, and the marks of what was delivered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.clients.model import Client, ClientScope, ClientSecret, Mark
from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.sync.model import RecordKind
from services.sync.shelves.mongo import MARKS

CLIENTS = CollectionPlan(name="clients", shard_key="_id", indexes=(IndexModel("city_id"),))
COLLECTIONS = (CLIENTS,)
MARK_FIELDS = {"source_id": True, "delivered_at": True}


class MongoClients:
    """See `services.clients.ports.ClientStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._clients = mongo.collection(CLIENTS)
        self._requests = MongoRequests(mongo)

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the client that the request made, if it did; raises IdempotencyKeyReused."""
        found = await self._requests.first_answer(request)
        return None if found is None else str(found["_id"])

    async def add(self, client: Client, request: IdempotentRequest | None) -> bool:
        """Add a client; False when the request made one meanwhile."""

        async def work(session: Session) -> None:
            await self._requests.claim(request, {"_id": client.id}, session)
            await self._clients.insert_one(_document(client), session=session)

        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            # A commit whose answer was lost is tried again, and meets itself.
            return await self.find(client.id) is not None
        return True

    async def find(self, client_id: str) -> Client | None:
        """Return the client."""
        async with translated_failures():
            document = await self._clients.find_one({"_id": client_id})
        return None if document is None else _read(document)

    async def of_cities(self, city_ids: Collection[str]) -> Sequence[Client]:
        """Return all clients of these cities, in any order."""
        async with translated_failures():
            return [_read(one) async for one in self._clients.find({"city_id": {"$in": list(city_ids)}})]

    async def claim_change(self, client: Client) -> bool:
        """Keep the client in place of its version before; False when that is not there any more."""
        before = {"_id": client.id, "version": client.version - 1}
        async with translated_failures():
            result = await self._clients.replace_one(before, _document(client))
        return result.matched_count == 1

    async def remove(self, client_id: str) -> None:
        """Remove the client."""
        async with translated_failures():
            await self._clients.delete_one({"_id": client_id})


class MongoMarks:
    """See `services.clients.ports.MarkList`: the marks that the relay makes of what it has delivered."""

    def __init__(self, mongo: Mongo) -> None:
        self._marks = mongo.collection(MARKS)

    async def at(self, kind: RecordKind, districts: Sequence[str], instant: datetime) -> Sequence[Mark]:
        """Return the marks of one instant, in any order: at most a batch of the relay."""
        async with translated_failures():
            cursor = self._marks.find(_within(kind, districts, instant), MARK_FIELDS)
            return [_mark(document) async for document in cursor]

    async def between(
        self, kind: RecordKind, districts: Sequence[str], since: datetime, until: datetime, wanted: int
    ) -> Sequence[Mark]:
        """Return the first `wanted` marks with since <= their instant < until, by instant and key."""
        query = _within(kind, districts, {"$gte": since, "$lt": until})
        async with translated_failures():
            cursor = self._marks.find(query, MARK_FIELDS, sort=[("delivered_at", ASCENDING), ("_id", ASCENDING)])
            return [_mark(document) async for document in cursor.limit(wanted)]


def _within(kind: RecordKind, districts: Sequence[str], delivered_at: Any) -> Document:
    # The embedded database takes the index of the first field that has one: with the kind first, it reads all of a kind
    # (5 s of 100,000 instead of 0.03 s).
    return {"delivered_at": delivered_at, "kind": kind.value, "district": {"$in": list(districts)}}


def _mark(document: Document) -> Mark:
    return Mark(key=document["_id"], source_id=document["source_id"], delivered_at=document["delivered_at"])


def _document(client: Client) -> Document:
    values = vars(client)
    return {
        "_id": client.id,
        **{name: value for name, value in values.items() if name not in {"id", "secrets", "scopes", "districts"}},
        "scopes": [scope.value for scope in client.scopes],
        "districts": None if client.districts is None else list(client.districts),
        "secrets": [dict(vars(one)) for one in client.secrets],
    }


def _read(document: Document) -> Client:
    rest = {name: value for name, value in document.items() if name not in {"_id", "secrets", "scopes", "districts"}}
    return Client(
        id=document["_id"],
        scopes=tuple(ClientScope(one) for one in document["scopes"]),
        districts=None if document["districts"] is None else tuple(document["districts"]),
        secrets=tuple(ClientSecret(**one) for one in document["secrets"]),
        **rest,
    )
