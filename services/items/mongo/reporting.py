"""Items and their events as records for the main system, out of MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.common.mongo import Document, Mongo, translated_failures
from services.items.documents import read_item, read_recorded
from services.items.mongo.records import COUNTED_UNDER, ITEM_EVENTS, ITEMS
from services.items.reporting import event_record, item_record
from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource
from services.sync.sources.mongo import MongoSource
from services.venues.scopes import Scopes

INDEXES_AT_ONCE = 100


def item_sources(mongo: Mongo, scopes: Scopes) -> Sequence[RecordSource]:
    """Return where records of items and of their events come from."""
    reading = _Reading(mongo, scopes)
    return (
        MongoSource(mongo, kind=RecordKind.ITEM, plan=ITEMS, read=reading.items),
        MongoSource(mongo, kind=RecordKind.ITEM_EVENT, plan=ITEM_EVENTS, read=reading.events),
    )


class _Reading:
    """Makes records of documents."""

    def __init__(self, mongo: Mongo, scopes: Scopes) -> None:
        self._events = mongo.collection(ITEM_EVENTS)
        self._scopes = scopes

    async def items(self, documents: Sequence[Document]) -> Sequence[Record]:
        """Return items with the instants at which their first and their latest event were recorded."""
        city_id = await self._scopes.city_code()
        items = [read_item(document) for document in documents]
        recorded = await self._recorded_at({index for item in items for index in (item.began_with, item.last_index)})
        return [
            item_record(
                item,
                began_at=recorded[item.began_with],
                changed_at=recorded[item.last_index],
                city_id=city_id,
            )
            for item in items
        ]

    async def events(self, documents: Sequence[Document]) -> Sequence[Record]:
        """Return events under the codes that they were recorded with."""
        city_id = await self._scopes.city_code()
        return [event_record(read_recorded(one), one.get(COUNTED_UNDER) or city_id) for one in documents]

    async def _recorded_at(self, indexes: set[int]) -> Mapping[int, datetime]:
        wanted, found = sorted(indexes), {}
        for start in range(0, len(wanted), INDEXES_AT_ONCE):
            some = wanted[start : start + INDEXES_AT_ONCE]
            async with translated_failures():
                cursor = self._events.find({"index": {"$in": some}}, {"index": 1, "recorded_at": 1})
                found.update({one["index"]: one["recorded_at"] for one in await cursor.to_list()})
        return found
