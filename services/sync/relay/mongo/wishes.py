"""Records that are to be delivered again, as parcels without events in the outbox."""

from collections.abc import Sequence

from services.common.mongo import Mongo, translated_failures
from services.sync.mongo import OUTBOX, parcel_document
from services.sync.relay.model import Parcel


class MongoWishes:
    """See `services.sync.relay.ports.Wishes`."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(OUTBOX)

    async def add(self, parcels: Sequence[Parcel]) -> None:
        """Let the parcels wait with what happens."""
        if parcels:
            documents = [parcel_document(one.id, one.told_at, one.records) for one in parcels]
            async with translated_failures():
                await self._collection.insert_many(documents, ordered=False)
