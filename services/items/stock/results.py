"""What a count found, line by line: by item where it is about what was expected, else by scan."""

from bisect import bisect_right
from collections.abc import Sequence

from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.items.stock.model import CountedItem, Listing, Result, ScanRecord, Sighting, StockTake, Verdict
from services.items.stock.ports import StockStore
from services.items.stock.rules import part_of
from services.items.stock.takes import StockTakes

PARTS_A_PAGE = 40
BY_ITEM = frozenset({Listing.EXPECTED, Listing.FOUND, Listing.MISSING})


class StockResults:
    """Answers about the results of counts, while they go on and afterwards."""

    def __init__(self, *, takes: StockTakes, store: StockStore) -> None:
        self._takes = takes
        self._store = store

    async def page(self, actor: Actor, take_id: str, listing: Listing, limit: int, after: str | None) -> Page[Result]:
        """Return a page of results; raises StockTakeUnknown or CursorInvalid.

        Of what was expected PARTS_A_PAGE parts are looked through at most: a page may so be short and still have a
        following one.
        """
        take = await self._takes.get(actor, take_id)
        name = f"{take_id}/{listing}"
        if listing in BY_ITEM:
            last = "" if after is None else str(read_cursor(after, name, (str,))[0])
            return await self._by_item(take, listing, limit, last, name)
        since = 0 if after is None else int(read_cursor(after, name, (int,))[0])
        end = take.counts.get(Verdict(listing), 0)
        until = min(since + limit, end)
        records = await self._store.listed(take_id, Verdict(listing), since, until) if since < until else ()
        following = make_cursor(name, until) if until < end else None
        return Page(items=[_of_scan(record) for record in records], next=following)

    async def _by_item(self, take: StockTake, listing: Listing, limit: int, last: str, name: str) -> Page[Result]:
        first = part_of(take.starts, last) or 0
        found: list[Result] = []
        for number in range(first, min(first + PARTS_A_PAGE, len(take.starts))):
            items = await self._after(take, number, last)
            found += await self._judged(take, listing, items)
            if len(found) > limit:
                return Page(items=found[:limit], next=make_cursor(name, _id_of(found[limit - 1])))
            last = items[-1].id if items else last
        is_end = first + PARTS_A_PAGE >= len(take.starts)
        return Page(items=found, next=None if is_end else make_cursor(name, last))

    async def _after(self, take: StockTake, number: int, last: str) -> Sequence[CountedItem]:
        items = await self._store.part(take.id, number)
        return items[bisect_right([item.id for item in items], last) :]

    async def _judged(self, take: StockTake, listing: Listing, items: Sequence[CountedItem]) -> list[Result]:
        sightings = await self._store.sightings(take.id, [item.id for item in items])
        results = [_of_item(item, sightings.get(item.id)) for item in items]
        return [one for one in results if listing in {Listing.EXPECTED, one.verdict}]


def _id_of(result: Result) -> str:
    return "" if result.item is None else result.item.id


def _of_item(item: CountedItem, sighting: Sighting | None) -> Result:
    if sighting is None:
        return Result(verdict=Listing.MISSING, item=item, scan=None, reason=None)
    return Result(verdict=Listing(sighting.verdict), item=item, scan=sighting.scan, reason=None)


def _of_scan(record: ScanRecord) -> Result:
    return Result(verdict=Listing(record.verdict), item=record.item, scan=record.upload.scan, reason=record.reason)
