"""Exporting what a search finds: as tables, and as an EPCIS document of its history."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence

from services.common.clock import Clock
from services.epcis.writing import document_of, written_events
from services.identity.model import Actor
from services.items.errors import ExportTooLarge
from services.items.model import Item, ItemSearch
from services.items.ports import EventStore, TooMuchToLookThrough, TypeStore
from services.items.reading import ItemReading
from services.items.tables.columns import export_heads, titles_of
from services.items.tables.lines import line_of
from services.items.tables.ports import Tables
from services.items.wording import OUR_WORDS
from services.tables.lines import CSV_HEAD, csv_lines

# What is answered in the time that a request has, measured: see docs/items.md.
MOST_ITEMS = 20_000
MOST_EVENTS = 20_000
MOST_ITEMS_WITH_EVENTS = 5_000
AT_ONCE = 100


class Exporting:
    """Writes what the actor may see; files are whole or refused, never cut short."""

    def __init__(
        self,
        *,
        reading: ItemReading,
        events: EventStore,
        types: TypeStore,
        tables: Tables,
        clock: Clock,
    ) -> None:
        self._reading = reading
        self._events = events
        self._types = types
        self._tables = tables
        self._clock = clock

    async def csv(self, actor: Actor, search: ItemSearch) -> bytes:
        """Return lines of UTF-8 with a byte order mark, as Excel needs it; raises ExportTooLarge."""
        titles = await self._titles(search)
        lines: list[tuple[int, str]] = []
        async for item, line in self._lines(actor, search, titles, MOST_ITEMS):
            lines.append((item.began_with, csv_lines([line])))
        head = csv_lines([[head.name for head in export_heads(titles)]])
        return "".join((CSV_HEAD, head, *(line for _, line in sorted(lines)))).encode()

    async def xlsx(self, actor: Actor, search: ItemSearch) -> bytes:
        """Return an .xlsx file; raises ExportTooLarge, TooBusy or TablesUnavailable."""
        titles = await self._titles(search)
        lines: list[tuple[int, bytes]] = []
        async for item, line in self._lines(actor, search, titles, MOST_ITEMS):
            lines.append((item.began_with, _json([line])))
        return await self._tables.write_sheet("items", export_heads(titles), [line for _, line in sorted(lines)])

    async def epcis(self, actor: Actor, search: ItemSearch) -> bytes:
        """Return an EPCISDocument of all events of the items, in the order of recording; raises ExportTooLarge."""
        found = [item.id async for item in self._found(actor, search, MOST_ITEMS_WITH_EVENTS)]
        events: dict[int, bytes] = {}
        for start in range(0, len(found), AT_ONCE):
            told = await self._events.concerning(found[start : start + AT_ONCE])
            bodies = written_events([(one.event, one.recorded_at) for one in told], OUR_WORDS)
            events.update((one.index, _json(body)) for one, body in zip(told, bodies, strict=True))
            if len(events) > MOST_EVENTS:
                raise ExportTooLarge(MOST_EVENTS)
        head, end = _json(document_of([], self._clock.now(), OUR_WORDS)).rsplit(b"[]", 1)
        return head + b"[" + b",".join(events[index] for index in sorted(events)) + b"]" + end

    async def _found(self, actor: Actor, search: ItemSearch, most: int) -> AsyncIterator[Item]:
        count = 0
        try:
            async for some in self._reading.through(actor, search):
                count += len(some)
                if count > most:
                    raise ExportTooLarge(most)
                for item in some:
                    yield item
        except TooMuchToLookThrough:
            raise ExportTooLarge(most) from None

    async def _lines(
        self, actor: Actor, search: ItemSearch, titles: Mapping[str, str], most: int
    ) -> AsyncIterator[tuple[Item, Sequence[str]]]:
        names: dict[str, str] = {}
        async for item in self._found(actor, search, most):
            if item.type_id is not None and item.type_id not in names:
                its_type = await self._types.find(item.type_id)
                names[item.type_id] = "" if its_type is None else its_type.name
            yield item, line_of(item, names.get(item.type_id or "", ""), titles)

    async def _titles(self, search: ItemSearch) -> Mapping[str, str]:
        """Return the attributes that get a column, with their titles: those of the type that is asked for."""
        its_type = None if search.type_id is None else await self._types.find(search.type_id)
        return {} if its_type is None else titles_of(its_type.attributes_schema)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
