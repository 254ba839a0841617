"""The outbox in MongoDB; stores of facts append to it within their own transactions."""

from pymongo import IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session
from services.sync.model import OutboxEvent

OUTBOX = CollectionPlan(name="outbox", shard_key="_id", indexes=(IndexModel("occurred_at"),))
COLLECTIONS = (OUTBOX,)


class MongoOutbox:
    """Events waiting to be relayed."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(OUTBOX)

    async def append(self, event: OutboxEvent, session: Session) -> None:
        """Write the event as part of the transaction that writes its fact."""
        document: Document = {
            "_id": event.id,
            "kind": event.kind,
            "subject_id": event.subject_id,
            "occurred_at": event.occurred_at,
            "payload": dict(event.payload),
        }
        await self._collection.insert_one(document, session=session)
