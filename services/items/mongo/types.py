"""Item types in MongoDB."""

import json
from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.requests import MongoRequests
from services.items.model import ItemType, LabelDesign, RequiredInspection
from services.venues.scopes import read_scope, scope_name

TYPES = CollectionPlan(
    name="item_types",
    shard_key="_id",
    indexes=(IndexModel([("seen_by", ASCENDING)]), IndexModel([("owner", ASCENDING)])),
)


class MongoTypes:
    """The store of item types."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._types = mongo.collection(TYPES)
        self._requests = MongoRequests(mongo)

    async def add(self, item_type: ItemType, request: IdempotentRequest | None) -> ItemType:
        """Add the type, or return what the request was answered with first; raises IdempotencyKeyReused."""
        document = _document(item_type)

        async def work(session: Session) -> None:
            await self._requests.claim(request, document, session)
            await self._types.insert_one(document, session=session)

        first = await self._requests.first_answer(request)
        if first is None:
            try:
                await self._mongo.transact(work)
            except DuplicateKeyError:  # in the same moment; or ours, and only the answer to the commit got lost
                first = await self._requests.first_answer(request)
        return item_type if first is None else _read(first)

    async def add_missing(self, item_types: Sequence[ItemType]) -> None:
        """Add those whose ids are not there yet."""
        async with translated_failures():
            for item_type in item_types:
                await self._types.update_one({"_id": item_type.id}, {"$setOnInsert": _document(item_type)}, upsert=True)

    async def find(self, type_id: str) -> ItemType | None:
        """Return the type."""
        async with translated_failures():
            document = await self._types.find_one({"_id": type_id})
        return None if document is None else _read(document)

    async def within(self, scopes: Sequence[str], owners: Sequence[str]) -> Sequence[ItemType]:
        """Return the types that any of `scopes` covers or any of `owners` owns, all as `level:id`."""
        queries = [*({"seen_by": scope} for scope in scopes), *({"owner": owner} for owner in owners)]
        found: dict[str, ItemType] = {}
        async with translated_failures():
            for query in queries:
                async for document in self._types.find(query):
                    found[document["_id"]] = _read(document)
        return list(found.values())

    async def replace(self, item_type: ItemType, version: int) -> bool:
        """Put the type in the place of its version `version`; False when it has another one."""
        changes = _document(item_type)
        async with translated_failures():
            result = await self._types.update_one({"_id": changes.pop("_id"), "version": version}, {"$set": changes})
        return result.matched_count == 1


def _document(item_type: ItemType) -> Document:
    return {
        "_id": item_type.id,
        "owner": scope_name(item_type.owner),
        "seen_by": list(item_type.seen_by),
        "name": item_type.name,
        "name_en": item_type.name_en,
        # As text: a schema may hold names and numbers that a document cannot.
        "attributes_schema": json.dumps(item_type.attributes_schema, ensure_ascii=False),
        "public_attributes": list(item_type.public_attributes),
        "label": vars(item_type.label).copy(),
        "required_inspections": [vars(one).copy() for one in item_type.required_inspections],
        "version": item_type.version,
        "created_at": item_type.created_at,
    }


def _read(document: Document) -> ItemType:
    return ItemType(
        id=document["_id"],
        owner=read_scope(document["owner"]),
        seen_by=tuple(document["seen_by"]),
        name=document["name"],
        name_en=document["name_en"],
        attributes_schema=json.loads(document["attributes_schema"]),
        public_attributes=tuple(document["public_attributes"]),
        label=LabelDesign(**document["label"]),
        required_inspections=tuple(RequiredInspection(**one) for one in document["required_inspections"]),
        version=document["version"],
        created_at=document["created_at"],
    )
