"""Slots as they are planned and shown."""

from collections.abc import Sequence
from datetime import datetime

from pymongo.errors import BulkWriteError

from services.common.mongo import Mongo, duplicate_key_value, translated_failures
from services.reservations.documents import read_slot, slot_document
from services.reservations.model import Slot
from services.reservations.mongo.plans import SLOTS


class MongoSlots:
    """Slots as they are planned and shown; what becomes of them is the ledger's."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(SLOTS)

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots of a venue with since <= starts_at < until, in order of start."""
        async with translated_failures():
            found = self._collection.find({"venue_id": venue_id, "starts_at": {"$gte": since, "$lt": until}})
            slots = [read_slot(document) async for document in found]
        return sorted(slots, key=lambda slot: (slot.starts_at.isoformat(), slot.id))

    async def add_missing(self, slots: Sequence[Slot]) -> int:
        """Add the slots whose ids are not there yet; return how many were added."""
        if not slots:
            return 0
        async with translated_failures(60.0):
            try:
                result = await self._collection.insert_many([slot_document(slot) for slot in slots], ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise
                return int((error.details or {}).get("nInserted", 0))
        return len(result.inserted_ids)
