"""Drafts in MongoDB."""

from collections.abc import Sequence

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Mongo, translated_failures
from services.patrols.day.model import SealedDraft
from services.patrols.documents import to_document
from services.patrols.mongo import MongoShelf

DRAFTS = CollectionPlan(
    name="patrol_drafts",
    shard_key="_id",
    indexes=(IndexModel("account_id"), IndexModel("forgotten_at", expireAfterSeconds=0)),
)
COLLECTIONS = (DRAFTS,)


class MongoDrafts:
    """See `services.patrols.day.ports.DraftStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._shelf = MongoShelf(mongo, DRAFTS)

    async def put(self, draft: SealedDraft) -> SealedDraft:
        """Keep the draft unless one that was saved as late or later is there; return the one that is kept."""
        document = to_document(draft)
        older = {"_id": document.pop("_id"), "saved_at": {"$lt": draft.saved_at}}
        async with translated_failures():
            try:
                await self._shelf.collection.update_one(older, {"$set": document}, upsert=True)
            except DuplicateKeyError:
                return await self._shelf.find(SealedDraft, draft.id) or draft
        return draft

    async def of_account(self, account_id: str) -> Sequence[SealedDraft]:
        """Return the drafts of an account, in any order."""
        return await self._shelf.matching(SealedDraft, {"account_id": account_id})

    async def remove(self, account_id: str, submission_id: str) -> bool:
        """Remove the draft; tell whether there was one."""
        async with translated_failures():
            result = await self._shelf.collection.delete_one({"_id": f"{account_id}:{submission_id}"})
        return result.deleted_count > 0
