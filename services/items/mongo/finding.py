"""Finding items in MongoDB: by the most telling field that has an index, else through windows of the log's order."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from services.common.model import Page
from services.common.mongo import Document, Mongo, translated_failures
from services.common.pages import make_cursor, read_cursor
from services.common.stretches import stretches
from services.items.documents import read_item
from services.items.model import Item, ItemSearch
from services.items.mongo.records import ITEMS, LOG
from services.items.places import place_sought
from services.items.ports import TooMuchToLookThrough
from services.items.searching import matches, telling_piece, texts_of
from services.transparency.mongo import MongoLog
from services.venues.scopes import scope_name

# Where an item stands in the list: the log's index of the event that began it, and its id.
Position = tuple[int, str]

LIST = "items"
# A condition to look for that is no disposition.
ON_LOAN = "on_loan"
FIRST_WINDOW = 500
WIDEST_WINDOW = 16_000
# What one request looks through at most; a page may so be short and still have a following one.
MOST_LOOKED_THROUGH = 64_000
STREAMED_AT_ONCE = 200
# A single letter is in too many names to be told by.
SHORTEST_TELLING = 2
# The character behind the colon, which stands between a venue and a spot in it.
AFTER_SPOTS = ";"
# All that decides whether an item is among what is looked for.
LOOKED_AT = {"began_with": 1, "seen_by": 1, "type_id": 1, "place": 1, "holder": 1, "state": 1} | {
    "disposition": 1,
    "conditions": 1,
    "name": 1,
    "serial": 1,
    "attributes": 1,
    "loan": 1,
}


class MongoItems:
    """Items, as people look for them; see `services.items.ports.ItemStore`."""

    def __init__(self, mongo: Mongo, log: MongoLog) -> None:
        self._items = mongo.collection(ITEMS)
        self._log = log

    async def in_transfer(self, transfer_id: str) -> Sequence[Item]:
        """Return the items that an open or disputed transfer is about."""
        async with translated_failures():
            found = await self._items.find({"transfer_id": transfer_id}).to_list()
        return sorted((read_item(document) for document in found), key=lambda item: item.id)

    async def on_their_way(self) -> Sequence[Item]:
        """Return the items that any open or disputed transfer is about."""
        async with translated_failures():
            return [read_item(document) async for document in self._items.find({"transfer_id": {"$gt": ""}})]

    async def find(self, search: ItemSearch, scopes: Collection[str]) -> Page[Item]:
        """Return a page of what is looked for and seen by any of the scopes, in the order of beginning."""
        after = (-1, "") if search.after is None else _read_position(search.after)
        wanted = _Wanted(search, frozenset(scopes))
        telling = wanted.telling()
        if telling is None:
            ids, last = await self._through_windows(wanted, after, search.limit)
        else:
            ids, last = await self._by_index(telling, wanted, after, search.limit)
        return Page(items=await self._read(ids), next=None if last is None else make_cursor(LIST, *last))

    async def bearing(self, serials: Collection[str]) -> Sequence[Item]:
        """Return the items that have any of these serials."""
        found: list[Item] = []
        async with translated_failures():
            for some in stretches(serials):
                found += [read_item(one) async for one in self._items.find({"serial": {"$in": some}})]
        return found

    async def through(self, search: ItemSearch, scopes: Collection[str]) -> AsyncIterator[Sequence[Item]]:
        """Yield all that is looked for and seen by any of the scopes; raises TooMuchToLookThrough.

        Whole documents in one pass: asking for them by id again takes the embedded database twenty times as long.
        """
        wanted = _Wanted(search, frozenset(scopes))
        telling = wanted.narrowing()
        if telling is not None:
            async for some in self._some(telling, wanted):
                yield some
            return
        end = await self._log.size(LOG)
        if end > MOST_LOOKED_THROUGH:
            raise TooMuchToLookThrough
        for start in range(0, end, WIDEST_WINDOW):
            async for some in self._some({"began_with": {"$gte": start, "$lt": start + WIDEST_WINDOW}}, wanted):
                yield some

    async def _some(self, query: Document, wanted: "_Wanted") -> AsyncIterator[Sequence[Item]]:
        cursor = self._items.find(query, batch_size=STREAMED_AT_ONCE)
        batch: list[Document] = [{}]
        while batch:
            # Around each call alone: whoever takes what is yielded has bounds of their own.
            async with translated_failures():
                batch = await cursor.to_list(STREAMED_AT_ONCE)
            yield [read_item(one) for one in batch if wanted.is_met_by(one)]

    async def _by_index(
        self, telling: Mapping[str, Any], wanted: "_Wanted", after: Position, limit: int
    ) -> tuple[list[str], Position | None]:
        async with translated_failures():
            found = await self._items.find(telling, LOOKED_AT, batch_size=WIDEST_WINDOW).to_list()
        matching = sorted(_position(one) for one in found if wanted.is_met_by(one))
        return _page([one for one in matching if one > after], limit, None)

    async def _through_windows(
        self, wanted: "_Wanted", after: Position, limit: int
    ) -> tuple[list[str], Position | None]:
        """Return ids and the position to go on from; the database would else read all before it sorts."""
        end = await self._log.size(LOG)
        # From the last one's event on, with which others may have begun.
        start, width = max(after[0], 0), FIRST_WINDOW
        found: list[Position] = []
        while start < end and len(found) <= limit and start - after[0] <= MOST_LOOKED_THROUGH:
            query = {"began_with": {"$gte": start, "$lt": start + width}}
            async with translated_failures():
                window = await self._items.find(query, LOOKED_AT, batch_size=width).to_list()
            found += sorted(place for one in window if (place := _position(one)) > after and wanted.is_met_by(one))
            start, width = start + width, min(width * 2, WIDEST_WINDOW)
        return _page(found, limit, (start, "") if start < end else None)

    async def _read(self, ids: Sequence[str]) -> Sequence[Item]:
        found: dict[str, Item] = {}
        async with translated_failures():
            for some in stretches(ids):
                cursor = self._items.find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found.update({document["_id"]: read_item(document) async for document in cursor})
        return [found[one] for one in ids if one in found]


def _position(document: Mapping[str, Any]) -> Position:
    return document["began_with"], document["_id"]


def _read_position(cursor: str) -> Position:
    index, item_id = read_cursor(cursor, LIST, (int, str))
    return int(index), str(item_id)


def _page(found: Sequence[Position], limit: int, rest: Position | None) -> tuple[list[str], Position | None]:
    """Return the ids of a page, and the position behind which the next one begins: `rest` when all were found."""
    ids = [item_id for _, item_id in found[:limit]]
    return ids, found[limit - 1] if len(found) > limit else rest


class _Wanted:
    """A search, as questions to a document."""

    def __init__(self, search: ItemSearch, scopes: frozenset[str]) -> None:
        self._scopes = scopes
        self._condition = search.condition
        self._text = search.text or ""
        self._piece = telling_piece(self._text)
        self._place = None if search.place is None else place_sought(search.place)
        self._exact = {
            "holder": None if search.holder is None else scope_name(search.holder),
            "type_id": search.type_id,
            "state": search.state,
        }
        self._nothing = search.text is not None and self._piece is None

    def telling(self) -> Document | None:
        """Return the filter by a field that has an index and few items to a value, None when there is none."""
        if self._piece is not None and len(self._piece) >= SHORTEST_TELLING:
            return {"pieces": self._piece}
        if self._place is not None:
            return {"place": {"$gte": self._place, "$lt": self._place + AFTER_SPOTS}}
        return None

    def narrowing(self) -> Document | None:
        """Return the filter by a field that has an index: for who wants all there are, not page after page."""
        exact = ({field: self._exact[field]} for field in ("holder", "type_id") if self._exact[field] is not None)
        return self.telling() or next(exact, None)

    def _is_there(self, place: str | None) -> bool:
        return self._place is None or place == self._place or (place or "").startswith(f"{self._place}:")

    def is_met_by(self, document: Mapping[str, Any]) -> bool:
        """Tell whether the document is among what is looked for."""
        return (
            not self._nothing
            and not self._scopes.isdisjoint(document["seen_by"])
            and self._is_there(document["place"])
            and all(value is None or document[field] == value for field, value in self._exact.items())
            and self._condition in {None, document["disposition"], *document["conditions"], _lent(document)}
            and (not self._text or matches(self._text, _texts(document)))
        )


def _lent(document: Mapping[str, Any]) -> str:
    return "" if document["loan"] is None else ON_LOAN


def _texts(document: Mapping[str, Any]) -> list[str]:
    return texts_of(document["name"], document["serial"], json.loads(document["attributes"]))
