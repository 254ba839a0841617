"""Subscriptions and deliveries in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import (
    DUPLICATE_KEY,
    CollectionPlan,
    Document,
    Mongo,
    Session,
    translated_failures,
)
from services.common.requests import MongoRequests
from services.webhooks.documents import (
    delivery_document,
    delivery_id,
    outcome_fields,
    read_delivery,
    read_subscription,
    subscription_document,
)
from services.webhooks.model import Delivery, DeliveryState, Subscription

WEBHOOKS = CollectionPlan(name="webhooks", shard_key="_id")
DELIVERIES = CollectionPlan(
    name="webhook_deliveries",
    shard_key="_id",
    indexes=(
        IndexModel([("subscription_id", ASCENDING), ("next_try_at", ASCENDING)]),
        IndexModel([("subscription_id", ASCENDING), ("event_id", ASCENDING)]),
        IndexModel("forget_at", expireAfterSeconds=0),
    ),
)
COLLECTIONS = (WEBHOOKS, DELIVERIES)


class MongoSubscriptions:
    """The store of subscriptions."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._webhooks = mongo.collection(WEBHOOKS)
        self._requests = MongoRequests(mongo)

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the subscription that the request made, if it did; raises IdempotencyKeyReused."""
        found = await self._requests.first_answer(request)
        return None if found is None else _its_id(found)

    async def add(self, subscription: Subscription, request: IdempotentRequest | None) -> str:
        """Add it and return its id, or that of what the request made first; raises IdempotencyKeyReused."""

        async def work(session: Session) -> None:
            # Its id is enough: the secret is not to outlive the subscription.
            await self._requests.claim(request, {"_id": subscription.id}, session)
            await self._webhooks.insert_one(subscription_document(subscription), session=session)

        first = await self.first_answer(request)
        if first is None:
            try:
                await self._mongo.transact(work)
            except DuplicateKeyError:  # in the same moment; or ours, and only the answer to the commit got lost
                first = await self.first_answer(request)
        return first or subscription.id

    async def find(self, subscription_id: str) -> Subscription | None:
        """Return the subscription."""
        async with translated_failures():
            document = await self._webhooks.find_one({"_id": subscription_id})
        return None if document is None else read_subscription(document)

    async def all(self) -> Sequence[Subscription]:
        """Return all of them, oldest first."""
        async with translated_failures():
            documents = await self._webhooks.find({}).to_list()
        return [read_subscription(document) for document in sorted(documents, key=_its_id)]

    async def replace(self, subscription: Subscription, version: int) -> bool:
        """Put it in the place of its version `version`; False when it has another one, or is gone."""
        changes = subscription_document(subscription)
        guard = {"_id": changes.pop("_id"), "version": version}
        async with translated_failures():
            result = await self._webhooks.update_one(guard, {"$set": changes})
        return result.matched_count == 1

    async def remove(self, subscription_id: str) -> bool:
        """Remove it; False when it is gone."""
        async with translated_failures():
            result = await self._webhooks.delete_one({"_id": subscription_id})
        return result.deleted_count == 1


class MongoDeliveries:
    """The store of deliveries."""

    def __init__(self, mongo: Mongo) -> None:
        self._deliveries = mongo.collection(DELIVERIES)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Add those that are not there yet: their names are made of subscription and event."""
        if not deliveries:
            return
        async with translated_failures():
            try:
                await self._deliveries.insert_many([delivery_document(one) for one in deliveries], ordered=False)
            except BulkWriteError as error:
                if any(one.get("code") != DUPLICATE_KEY for one in (error.details or {}).get("writeErrors", [{}])):
                    raise

    async def find(self, subscription_id: str, event_id: str) -> Delivery | None:
        """Return the delivery."""
        async with translated_failures():
            document = await self._deliveries.find_one({"_id": delivery_id(subscription_id, event_id)})
        return None if document is None else read_delivery(document)

    async def due(self, subscription_id: str, since: datetime, until: datetime, most: int) -> Sequence[Delivery]:
        """Return the first `most` of those to be tried after `since`, up to and with `until`, the earliest first."""
        query = {"subscription_id": subscription_id, "next_try_at": {"$gt": since, "$lte": until}}
        async with translated_failures():
            documents = await self._deliveries.find(query).sort("next_try_at", ASCENDING).limit(most).to_list()
        return [read_delivery(document) for document in documents]

    async def between(self, subscription_id: str, since: str, until: str, most: int) -> Sequence[Delivery]:
        """Return the last `most` of those with since <= event id < until, without the texts of their messages."""
        query = {"subscription_id": subscription_id, "event_id": {"$gte": since, "$lt": until}}
        async with translated_failures():
            found = self._deliveries.find(query, {"body": 0}).sort("event_id", DESCENDING).limit(most)
            documents = await found.to_list()
        return [read_delivery(document) for document in documents]

    async def claim(self, delivery: Delivery, until: datetime) -> bool:
        """Hold it until then, as it was read: its fence grows by one; False when somebody else did."""
        guard = {**_held(delivery, delivery.fence), "state": DeliveryState.WAITING}
        return await self._change(guard, {"$set": {"next_try_at": until}, "$inc": {"fence": 1}})

    async def settle(self, delivery: Delivery, fence: int) -> bool:
        """Keep what became of it, if it is still held under `fence`; a fence of its own ends that hold."""
        changes = {**outcome_fields(delivery), "fence": delivery.fence}
        return await self._change(_held(delivery, fence), {"$set": changes})

    async def _change(self, guard: Document, changes: Mapping[str, Any]) -> bool:
        async with translated_failures():
            result = await self._deliveries.update_one(guard, changes)
        return result.matched_count == 1


def _held(delivery: Delivery, fence: int) -> Document:
    return {"_id": delivery_id(delivery.subscription_id, delivery.event_id), "fence": fence}


def _its_id(document: Document) -> str:
    return str(document["_id"])
