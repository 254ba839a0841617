"""Items and their events in MongoDB: one write is one transaction, guarded by the log's size."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import IndexModel, ReplaceOne

from services.common.mongo import CollectionPlan, Document, Mongo, Session, duplicates_raise, translated_failures
from services.common.stretches import stretches
from services.items.documents import event_document, item_document, read_item, read_recorded
from services.items.model import Item, ItemBatch
from services.items.mongo.codes import MongoCodes
from services.items.ports import Record, RecordedEvent
from services.items.reporting import changes_of, codes_of_events
from services.items.world import key_of
from services.sync.mongo import MongoOutbox
from services.transparency.model import LogName
from services.transparency.mongo import MongoLog
from services.transparency.ports import LogMoved
from services.transparency.tiles import Tail

LOG = LogName.ITEMS.value
ITEMS = CollectionPlan(
    name="items",
    shard_key="_id",
    indexes=tuple(
        IndexModel(field)
        for field in (
            "began_with",
            "pieces",
            "place",
            "holder",
            "type_id",
            "inside",
            "joined_to",
            "transfer_id",
            "serial",
        )
    ),
)
# Beside the fields of an event: the GB/T 2260 code that it is counted under.
COUNTED_UNDER = "counted_under"
# `_id` is the eventID, with `#error` for an error declaration: the same event twice is one document.
ITEM_EVENTS = CollectionPlan(name="item_events", shard_key="_id", indexes=(IndexModel("index"), IndexModel("named")))


class _Beaten(Exception):
    """What was decided on is no longer so: roll back."""


class MongoRecords:
    """Items, their events, and the log; see `services.items.ports.RecordStore`."""

    def __init__(self, mongo: Mongo, *, log: MongoLog, codes: MongoCodes, outbox: MongoOutbox) -> None:
        self._mongo = mongo
        self._log = log
        self._codes = codes
        self._outbox = outbox
        self._items = mongo.collection(ITEMS)
        self._events = mongo.collection(ITEM_EVENTS)

    async def tail(self) -> Tail:
        """Return the log's right edge."""
        return await self._log.tail(LOG)

    async def size(self) -> int:
        """Return how many events the log has."""
        return await self._log.size(LOG)

    async def items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """Return the items there are, by id."""
        found: dict[str, Item] = {}
        async with translated_failures():
            for ids in stretches(item_ids):
                cursor = self._items.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1)
                found.update({document["_id"]: read_item(document) async for document in cursor})
        return found

    async def batches_of(self, item_ids: Collection[str]) -> Mapping[str, ItemBatch]:
        """Return the batches of minted codes, by item id; nothing for what was never minted."""
        return await self._codes.batches_of(item_ids)

    async def events(self, keys: Collection[str]) -> Mapping[str, RecordedEvent]:
        """Return the events there are, by key."""
        found: dict[str, RecordedEvent] = {}
        async with translated_failures():
            for ids in stretches(keys):
                cursor = self._events.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1)
                found.update({document["_id"]: read_recorded(document) async for document in cursor})
        return found

    async def history(self, item_id: str) -> Sequence[RecordedEvent]:
        """Return all events of an item, in the order of recording."""
        async with translated_failures():
            found = [read_recorded(document) async for document in self._events.find({"named": item_id})]
        return sorted((one for one in found if item_id in one.items), key=lambda one: one.index)

    async def naming(self, ids: Collection[str]) -> Sequence[RecordedEvent]:
        """Return the events that name any of the items, by item id or EPC, each once."""
        found: dict[int, RecordedEvent] = {}
        async with translated_failures():
            for one in ids:
                async for document in self._events.find({"named": one}):
                    found[document["index"]] = read_recorded(document)
        return list(found.values())

    async def concerning(self, item_ids: Collection[str]) -> Sequence[RecordedEvent]:
        """Return the events that changed any of the items, in any order."""
        found: dict[int, RecordedEvent] = {}
        async with translated_failures():
            for ids in stretches(item_ids):
                wanted = set(ids)
                async for document in self._events.find({"named": {"$in": ids}}, batch_size=2 * len(ids)):
                    if not wanted.isdisjoint(document["items"]):
                        found[document["index"]] = read_recorded(document)
        return list(found.values())

    async def between(self, since: int, until: int) -> Sequence[RecordedEvent]:
        """Return the events with since <= index < until, in any order."""
        query = {"index": {"$gte": since, "$lt": until}}
        async with translated_failures():
            found = self._events.find(query, batch_size=until - since + 1)
            return [read_recorded(document) async for document in found]

    async def contents(self, epc: str) -> Sequence[Item]:
        """Return what is inside the item or joined to it."""
        async with translated_failures():
            inside = await self._items.find({"inside": epc}).to_list()
            joined = await self._items.find({"joined_to": epc}).to_list()
        return [read_item(document) for document in {one["_id"]: one for one in [*inside, *joined]}.values()]

    async def claim(self, record: Record) -> bool:
        """Write all or nothing; False when an item, an event or the log is no longer what was decided on."""

        async def work(session: Session) -> None:
            # The log first: it is where two processes that record at once meet.
            await self._log.append(record.growth, session)
            with duplicates_raise(_Beaten):
                await self._events.insert_many(_event_documents(record), session=session)
                await self._keep_items(record, session)
            await self._outbox.append(record.told, changes_of(record), session)

        try:
            await self._mongo.transact(work)
        except (_Beaten, LogMoved):
            return False
        return True

    async def _keep_items(self, record: Record, session: Session) -> None:
        """Write the items as they are now.

        They need no guard of their own, which would cost three times as much (measured): whatever changes an item
        makes the log longer, and the log's size is what it was when they were read.
        """
        new = [item_document(item) for item in record.items if item.id in record.new]
        changed = [
            ReplaceOne({"_id": item.id}, item_document(item)) for item in record.items if item.id not in record.new
        ]
        if new:
            await self._items.insert_many(new, session=session)
        if changed:
            result = await self._items.bulk_write(changed, session=session)
            if result.matched_count != len(changed):
                raise _Beaten


def _event_documents(record: Record) -> list[Document]:
    codes = codes_of_events(record)
    return [event_document(one) | {COUNTED_UNDER: codes.get(key_of(one.event))} for one in record.events]
