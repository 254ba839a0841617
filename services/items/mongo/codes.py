"""Minted codes in MongoDB: no index but `_id`, so that a million go in at the driver's own speed."""

from collections.abc import Sequence

from pymongo.errors import BulkWriteError

from services.common.mongo import DUPLICATE_KEY, CollectionPlan, Mongo, translated_failures

CODES = CollectionPlan(name="item_codes", shard_key="_id")


class MongoCodes:
    """The store of minted codes."""

    def __init__(self, mongo: Mongo) -> None:
        self._codes = mongo.collection(CODES)

    async def add(self, batch_id: str, item_ids: Sequence[str]) -> None:
        """Note that these were minted; what was noted before stays."""
        async with translated_failures():
            try:
                await self._codes.insert_many([{"_id": one, "batch": batch_id} for one in item_ids], ordered=False)
            except BulkWriteError as error:
                details = error.details or {}
                failures = details.get("writeErrors", [])
                if details.get("writeConcernErrors") or any(one["code"] != DUPLICATE_KEY for one in failures):
                    raise

    async def find_batch(self, item_id: str) -> str | None:
        """Return the batch that the item's code was minted in, None when it was not."""
        async with translated_failures():
            document = await self._codes.find_one({"_id": item_id})
        return None if document is None else str(document["batch"])
