"""How items were checked, in MongoDB: a document an item, of counts and instants, and of nobody."""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.common.mongo import DUPLICATE_KEY, CollectionPlan, Document, Mongo, translated_failures
from services.items.public.model import Cell, Checks, Sighting
from services.items.public.rules import RECENT

ITEM_CHECKS = CollectionPlan(name="item_checks", shard_key="_id")
COLLECTIONS = (ITEM_CHECKS,)


class MongoChecks:
    """The store of checks; see `services.items.public.ports.CheckStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._checks = mongo.collection(ITEM_CHECKS)

    async def find(self, item_ids: Collection[str]) -> Mapping[str, Checks]:
        """Return the checks of those that were ever checked, by item id."""
        async with translated_failures():
            cursor = self._checks.find({"_id": {"$in": list(item_ids)}}, batch_size=len(item_ids) + 1)
            return {document["_id"]: _read(document) async for document in cursor}

    async def add(self, more: Mapping[str, Checks]) -> None:
        """Add what was counted; after a DatabaseUnavailable some of it may be added, and be added twice later."""
        left = [UpdateOne({"_id": item_id}, _update(checks), upsert=True) for item_id, checks in more.items()]
        async with translated_failures():
            while left:
                try:
                    await self._checks.bulk_write(left, ordered=False)
                except BulkWriteError as error:
                    # Another process began the same document in the same moment: now there is one to update.
                    left = [left[failure["index"]] for failure in _only_duplicates(error)]
                else:
                    return


def _only_duplicates(error: BulkWriteError) -> list[dict[str, Any]]:
    details = error.details or {}
    failures: list[dict[str, Any]] = details.get("writeErrors", [])
    if not failures or details.get("writeConcernErrors") or any(one["code"] != DUPLICATE_KEY for one in failures):
        raise error
    return failures


def _update(checks: Checks) -> Document:
    changed: Document = {}
    if checks.last_seen is not None:
        cell = checks.last_seen.cell
        changed["last_seen"] = {"cell": [cell.lng, cell.lat], "at": checks.last_seen.at}
    if checks.travelled_at is not None:
        changed["travelled_at"] = checks.travelled_at
    update: Document = {
        "$min": {"first_checked_at": checks.first_checked_at},
        "$inc": {"count": checks.count},
        "$push": {"recent": {"$each": list(checks.recent), "$slice": -RECENT}},
    }
    return update | {"$set": changed} if changed else update


def _read(document: Document) -> Checks:
    seen = document.get("last_seen")
    return Checks(
        first_checked_at=document["first_checked_at"],
        count=document["count"],
        recent=tuple(document["recent"]),
        last_seen=None
        if seen is None
        else Sighting(cell=Cell(lng=seen["cell"][0], lat=seen["cell"][1]), at=seen["at"]),
        travelled_at=document.get("travelled_at"),
    )
