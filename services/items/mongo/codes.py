"""Minted codes in MongoDB: no index but `_id`, so that a million go in at the driver's own speed."""

from collections.abc import Collection, Mapping, Sequence

from pymongo.errors import BulkWriteError

from services.common.mongo import DUPLICATE_KEY, CollectionPlan, Mongo, translated_failures
from services.common.stretches import stretches
from services.items.model import ItemBatch
from services.items.ports import BatchStore

CODES = CollectionPlan(name="item_codes", shard_key="_id")


class MongoCodes:
    """The store of minted codes."""

    def __init__(self, mongo: Mongo, batches: BatchStore) -> None:
        self._codes = mongo.collection(CODES)
        self._batches = batches
        self._known: dict[str, ItemBatch] = {}

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

    async def batches_of(self, item_ids: Collection[str]) -> Mapping[str, ItemBatch]:
        """Return the batches in which these codes were minted, by item id; nothing for what was never minted."""
        found: dict[str, str] = {}
        async with translated_failures():
            for ids in stretches(item_ids):
                cursor = self._codes.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1)
                found.update({document["_id"]: document["batch"] async for document in cursor})
        batches = {batch_id: await self._batch(batch_id) for batch_id in set(found.values())}
        return {item_id: batches[batch_id] for item_id, batch_id in found.items()}

    async def _batch(self, batch_id: str) -> ItemBatch:
        """Return the batch, read once: batches never change."""
        batch = self._known.get(batch_id) or await self._batches.find(batch_id)
        if batch is None:
            raise LookupError("a minted code has no batch")
        self._known[batch_id] = batch
        return batch
