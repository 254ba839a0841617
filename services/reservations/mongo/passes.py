"""Which parties have entered, as the gate keeps it."""

from collections.abc import Sequence

from services.common.mongo import Mongo, translated_failures
from services.reservations.mongo.plans import PASSES


class MongoVisits:
    """Reads passes; admissions write them."""

    def __init__(self, mongo: Mongo) -> None:
        self._passes = mongo.collection(PASSES)

    async def begun(self, reservation_ids: Sequence[str]) -> Sequence[str]:
        """Return those of the reservations of which somebody was admitted; at most a hundred."""
        # A pass that was closed by a cancellation is none that anybody entered by, nor is one all of whose entries were
        # undone.
        query = {"_id": {"$in": list(reservation_ids)}, "cancelled_at": None, "admitted_count": {"$ne": 0}}
        async with translated_failures():
            return [one["_id"] async for one in self._passes.find(query, {"_id": True})]
