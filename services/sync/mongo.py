"""The outbox in MongoDB; stores of facts append to it within their own transactions."""

from collections.abc import Sequence

from pymongo import IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session
from services.sync.documents import event_document
from services.sync.model import OutboxEvent

OUTBOX = CollectionPlan(name="outbox", shard_key="_id", indexes=(IndexModel("occurred_at"),))
COLLECTIONS = (OUTBOX,)


class MongoOutbox:
    """Events waiting to be relayed: one document for the events of one transaction, in their order."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(OUTBOX)

    async def append(self, events: Sequence[OutboxEvent], session: Session) -> None:
        """Write the events, at least one, as part of the transaction that writes their facts."""
        document: Document = {
            "_id": events[0].id,
            "occurred_at": events[0].occurred_at,
            "events": [event_document(event) for event in events],
        }
        await self._collection.insert_one(document, session=session)
