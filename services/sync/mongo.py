"""The outbox in MongoDB; stores of facts append to it within their own transactions."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session
from services.sync.documents import event_document, told_at
from services.sync.model import OutboxEvent, RecordRef

OUTBOX = CollectionPlan(name="outbox", shard_key="_id", indexes=(IndexModel("told_at"),))
COLLECTIONS = (OUTBOX,)


class MongoOutbox:
    """What waits to be told: one document for the events of one transaction, in their order."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(OUTBOX)

    async def append(self, events: Sequence[OutboxEvent], changed: Sequence[RecordRef], session: Session) -> None:
        """Write the events, at least one, and which records they changed, in the transaction of their facts."""
        parcel = parcel_document(events[0].id, told_at(events[0]), changed)
        await self._collection.insert_one(
            {**parcel, "events": [event_document(event) for event in events]}, session=session
        )

    async def name(
        self, parcel_id: str, changed: Sequence[RecordRef], now: datetime, session: Session | None = None
    ) -> None:
        """Write which records changed where no event tells of it, or are to be delivered again."""
        await self._collection.insert_one(parcel_document(parcel_id, now, changed), session=session)


def parcel_document(parcel_id: str, now: datetime, changed: Sequence[RecordRef]) -> Document:
    """Return what waits to be told, without events."""
    return {
        "_id": parcel_id,
        "told_at": now,
        "events": [],
        "records": [[ref.kind, ref.id] for ref in dict.fromkeys(changed)],
    }
