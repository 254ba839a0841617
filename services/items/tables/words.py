"""A row of a table as the event that registers the thing, and faults of that event as faults of the row: pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.common.errors import FieldError
from services.items import life, wording
from services.items.places import Place, item_epc, place_uri
from services.items.tables.columns import attribute_column
from services.items.tables.model import ItemTable
from services.items.wording import Body, Telling
from services.tables.rows import row_path
from services.venues.scopes import read_scope

EVENT = "urn:chengma:event:"
_ROW = re.compile(r"rows\[([0-9]+)\]")
_ATTRIBUTE = re.compile(rf"\.ilmd\.{life.OURS}:attributes(?:\.([a-z0-9_]+))?")
# Where the event has it, and the column that it comes from.
_COLUMNS = ((".epcList", "code"), (".eventID", "code"), (".destinationList", "holder"))


def registration(table: ItemTable, row: Mapping[str, Any], item_id: str) -> Body:
    """Return the event of a row; made again from the same table, it is the same event."""
    venue_id, holder = row["venue_id"], row["holder"]
    place = None if venue_id is None else place_uri(Place(venue_id=venue_id, spot=row["spot"]))
    event_id = f"{EVENT}{table.id}:{row['row']}"
    return wording.register(
        Telling(event_id=event_id, happened_at=table.created_at, place=place),
        item_epc(item_id),
        name=row["name"],
        serial=row["serial"],
        attributes=row["attributes"],
        holder=None if holder is None else read_scope(holder),
    )


def in_columns(fault: FieldError) -> FieldError:
    """Return a fault of a row's event, whose path begins with that of the row, as one of a cell."""
    found = _ROW.match(fault.path)
    if found is None:
        return fault
    number, rest = int(found[1]), fault.path[found.end() :]
    attribute = _ATTRIBUTE.match(rest)
    if attribute is not None:
        column = attribute_column(attribute[1]) + rest[attribute.end() :] if attribute[1] else ""
        return replace(fault, path=row_path(number, column))
    column = next((column for start, column in _COLUMNS if rest.startswith(start)), "")
    return replace(fault, path=row_path(number, column))


def row_of(fault: FieldError) -> int:
    """Return the number of the row that a fault is about."""
    found = _ROW.match(fault.path)
    return 0 if found is None else int(found[1])
