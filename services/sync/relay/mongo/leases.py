"""Who leads, in MongoDB: every change is guarded by what was seen."""

from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.sync.relay.model import Bearing

LEASES = CollectionPlan(name="sync_leases", shard_key="_id")


class MongoLeases:
    """See `services.sync.relay.ports.Leases`."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(LEASES)

    async def read(self, name: str) -> Bearing | None:
        """Return who leads, None when nobody ever did."""
        async with translated_failures(2.0):
            found = await self._collection.find_one({"_id": name})
        return None if found is None else Bearing(holder=found["holder"], fence=found["fence"], beat=found["beat"])

    async def claim(self, name: str, holder: str, seen: Bearing | None) -> bool:
        """Become the leader if everything is as it was seen."""
        if seen is None:
            return await self._claim_first(name, holder)
        guard = {"_id": name, "fence": seen.fence, "beat": seen.beat}
        return await self._change(guard, {"$set": {"holder": holder, "fence": seen.fence + 1, "beat": 0}})

    async def beat(self, name: str, holder: str, fence: int) -> bool:
        """Give a sign of life; False for who does not lead any more."""
        return await self._change({"_id": name, "fence": fence, "holder": holder}, {"$inc": {"beat": 1}})

    async def release(self, name: str, holder: str, fence: int) -> None:
        """Let others lead at once."""
        await self._change({"_id": name, "fence": fence, "holder": holder}, {"$set": {"holder": None}})

    async def _claim_first(self, name: str, holder: str) -> bool:
        async with translated_failures(2.0):
            try:
                await self._collection.insert_one({"_id": name, "holder": holder, "fence": 1, "beat": 0})
            except DuplicateKeyError:
                return False
        return True

    async def _change(self, guard: Document, change: Document) -> bool:
        async with translated_failures(2.0):
            done = await self._collection.update_one(guard, change)
        return done.matched_count == 1
