"""Stock-takes in MongoDB: a count's version guards every batch of scans, and an item's key its first scan."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.model import IdempotentRequest
from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicate_key_value, translated_failures
from services.common.requests import MongoRequests
from services.common.stretches import stretches
from services.items.model import ItemState
from services.items.mongo.records import ITEMS
from services.items.places import Place, place_uri
from services.items.stock.documents import (
    changing,
    list_name,
    read_scan,
    read_sighting,
    read_take,
    scan_document,
    scan_key,
    sighting_document,
    sighting_key,
    take_document,
)
from services.items.stock.model import CountedItem, ScanRecord, Sighting, StockTake, Verdict
from services.items.stock.ports import Placed
from services.items.stock.rules import Growth, part_of

STOCK_TAKES = CollectionPlan(
    name="stock_takes",
    shard_key="_id",
    indexes=(IndexModel([("seen_by", ASCENDING), ("_id", ASCENDING)]),),
)
# `_id` is the count and the number of the part; ids, names, serials and places lie side by side in four lists.
STOCK_EXPECTED = CollectionPlan(name="stock_expected", shard_key="_id")
STOCK_SCANS = CollectionPlan(
    name="stock_scans",
    shard_key="_id",
    indexes=(IndexModel([("listed", ASCENDING), ("position", ASCENDING)]),),
)
STOCK_SIGHTINGS = CollectionPlan(name="stock_sightings", shard_key="_id")
COLLECTIONS = (STOCK_TAKES, STOCK_EXPECTED, STOCK_SCANS, STOCK_SIGHTINGS)
PARTS_AT_ONCE = 50
LOOKED_AT = {"name": 1, "serial": 1, "place": 1, "type_id": 1, "state": 1, "seen_by": 1}
READ_AT_ONCE = 10_000


class _Beaten(Exception):
    """What was decided on is no longer so: roll back."""


class MongoStockTakes:
    """Counts; see `services.items.stock.ports.StockStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._takes = mongo.collection(STOCK_TAKES)
        self._expected = mongo.collection(STOCK_EXPECTED)
        self._scans = mongo.collection(STOCK_SCANS)
        self._sightings = mongo.collection(STOCK_SIGHTINGS)
        self._items = mongo.collection(ITEMS)
        self._requests = MongoRequests(mongo)

    async def at_place(self, place: Place) -> Sequence[Placed]:
        """Return the items that are recorded at a place; a venue without a spot covers all its spots."""
        uri = place_uri(place)
        # A spot follows a colon, and the semicolon is the character after it.
        query = {"place": uri} if place.spot is not None else {"place": {"$gte": uri, "$lt": f"{uri};"}}
        return await self._placed(query)

    async def inside(self, epcs: Collection[str]) -> Sequence[Placed]:
        """Return the items that are aggregated in any of these."""
        found: list[Placed] = []
        for some in stretches(epcs):
            found += await self._placed({"inside": {"$in": some}})
        return found

    async def _placed(self, query: Mapping[str, Any]) -> list[Placed]:
        async with translated_failures():
            return [_placed(one) async for one in self._items.find(query, LOOKED_AT, batch_size=READ_AT_ONCE)]

    async def add(
        self, take: StockTake, parts: Sequence[Sequence[CountedItem]], request: IdempotentRequest | None
    ) -> StockTake:
        """Add a count with what it expects, or return what the request was answered with first."""
        document = take_document(take)

        async def work(session: Session) -> None:
            await self._requests.claim(request, document, session)
            await self._takes.insert_one(document, session=session)

        first = await self._requests.first_answer(request)
        if first is None:
            # Before the count itself, which nobody can see until all of them are there.
            await self._add_parts(take.id, parts)
            try:
                await self._mongo.transact(work)
            except DuplicateKeyError:
                first = await self._requests.first_answer(request)
        return take if first is None else read_take(first)

    async def _add_parts(self, take_id: str, parts: Sequence[Sequence[CountedItem]]) -> None:
        documents = [_part_document(take_id, number, part) for number, part in enumerate(parts)]
        for start in range(0, len(documents), PARTS_AT_ONCE):
            async with translated_failures():
                await self._expected.insert_many(documents[start : start + PARTS_AT_ONCE], ordered=False)

    async def find(self, take_id: str) -> StockTake | None:
        """Return the count."""
        async with translated_failures():
            document = await self._takes.find_one({"_id": take_id})
        return None if document is None else read_take(document)

    async def between(self, scope: str, since: str, until: str) -> Sequence[StockTake]:
        """Return the counts that `scope` covers with since <= id < until, in any order."""
        async with translated_failures():
            found = self._takes.find({"seen_by": scope, "_id": {"$gte": since, "$lt": until}})
            return [read_take(document) async for document in found]

    async def expected_among(self, take: StockTake, item_ids: Collection[str]) -> Collection[str]:
        """Return those of the items that are expected."""
        numbers = {part_of(take.starts, one) for one in item_ids}
        keys = [_part_key(take.id, number) for number in numbers if number is not None]
        found: set[str] = set()
        async with translated_failures():
            async for part in self._expected.find({"_id": {"$in": keys}}, {"ids": 1}):
                found.update(one for one in part["ids"] if one in item_ids)
        return found

    async def part(self, take_id: str, number: int) -> Sequence[CountedItem]:
        """Return a part of what is expected, in the order of ids."""
        async with translated_failures():
            found = await self._expected.find_one({"_id": _part_key(take_id, number)})
        if found is None:
            return ()
        columns = zip(found["ids"], found["names"], found["serials"], found["places"], strict=True)
        return [
            CountedItem(id=item_id, name=name, serial=serial, place=place) for item_id, name, serial, place in columns
        ]

    async def scans(self, take_id: str, scan_ids: Collection[str]) -> Mapping[str, ScanRecord]:
        """Return the scans there are, by scan_id."""
        found: dict[str, ScanRecord] = {}
        async with translated_failures():
            for keys in stretches([scan_key(take_id, one) for one in scan_ids]):
                async for document in self._scans.find({"_id": {"$in": keys}}, batch_size=len(keys) + 1):
                    found[document["scan"]["scan_id"]] = read_scan(document)
        return found

    async def sightings(self, take_id: str, item_ids: Collection[str]) -> Mapping[str, Sighting]:
        """Return the first scans of items, by item id."""
        found: dict[str, Sighting] = {}
        async with translated_failures():
            for keys in stretches([sighting_key(take_id, one) for one in item_ids]):
                async for document in self._sightings.find({"_id": {"$in": keys}}, batch_size=len(keys) + 1):
                    found[document["item_id"]] = read_sighting(document)
        return found

    async def listed(self, take_id: str, verdict: Verdict, since: int, until: int) -> Sequence[ScanRecord]:
        """Return the scans of a verdict with since <= position < until, in their order."""
        query = {"listed": list_name(take_id, verdict), "position": {"$gte": since, "$lt": until}}
        async with translated_failures():
            found = [read_scan(document) async for document in self._scans.find(query)]
        return sorted(found, key=lambda record: record.position)

    async def claim(self, growth: Growth) -> bool:
        """Write scans, sightings and the count after them, all or nothing."""
        take = growth.take
        scans = [scan_document(take.id, record) for record in growth.records]
        sightings = [sighting_document(take.id, sighting) for sighting in growth.sightings]

        async def work(session: Session) -> None:
            await self._replace(take, session)
            await self._scans.insert_many(scans, session=session)
            if sightings:
                await self._sightings.insert_many(sightings, session=session)

        try:
            await self._mongo.transact(work)
        except _Beaten:
            return False
        except BulkWriteError as error:
            if duplicate_key_value(error) is None:
                raise
            return False
        return True

    async def replace(self, take: StockTake) -> bool:
        """Put the count in the place of the version before it; False when it has another one."""
        try:
            async with translated_failures():
                await self._replace(take, None)
        except _Beaten:
            return False
        return True

    async def _replace(self, take: StockTake, session: Session | None) -> None:
        guard = {"_id": take.id, "version": take.version - 1}
        result = await self._takes.update_one(guard, {"$set": changing(take)}, session=session)
        if result.matched_count != 1:
            raise _Beaten


def _part_key(take_id: str, number: int) -> str:
    return f"{take_id}:{number}"


def _part_document(take_id: str, number: int, part: Sequence[CountedItem]) -> Document:
    return {
        "_id": _part_key(take_id, number),
        "ids": [item.id for item in part],
        "names": [item.name for item in part],
        "serials": [item.serial for item in part],
        "places": [item.place for item in part],
    }


def _placed(document: Document) -> Placed:
    return Placed(
        item=CountedItem(id=document["_id"], name=document["name"], serial=document["serial"], place=document["place"]),
        type_id=document["type_id"],
        state=ItemState(document["state"]),
        seen_by=tuple(document["seen_by"]),
    )
