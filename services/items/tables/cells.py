"""What a cell of a table says, as the schema of its attribute wants it: pure."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.items.tables.columns import kinds_of
from services.tables.cells import CellRefused, digits, ensure_fit, text_of
from services.tables.model import Cell

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_WORDS = {"true": True, "是": True, "false": False, "否": False}
_CITY_OFFSET = "+08:00"


def value_of(cell: Cell, schema: Mapping[str, Any]) -> Any:
    """Return the attribute that a cell says; raises CellRefused. Rules beyond its type are not checked here."""
    ensure_fit(cell)
    options = schema.get("enum")
    if isinstance(options, list):
        return _option(cell, options)
    kinds = kinds_of(schema)
    for kind, read in _READERS.items():
        if kind in kinds and (value := read(cell)) is not None:
            return value
    if kinds and "string" not in kinds:
        raise CellRefused("wrong_type")
    if schema.get("format") == "date-time" and isinstance(cell, datetime):
        return f"{cell.isoformat(timespec='seconds')}{_CITY_OFFSET}"
    return text_of(cell, lines=True)


def _option(cell: Cell, options: list[Any]) -> Any:
    said = cell if isinstance(cell, bool) else text_of(cell)
    for one in options:
        if said == one or (isinstance(one, int | float) and not isinstance(one, bool) and said == digits(one)):
            return one
    written = tuple(str(one) for one in options if isinstance(one, str | int | float))
    raise CellRefused("not_allowed", ", ".join(written))


def _boolean(cell: Cell) -> bool | None:
    return cell if isinstance(cell, bool) else _WORDS.get(str(cell).casefold()) if isinstance(cell, str) else None


def _integer(cell: Cell) -> int | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return int(cell) if math.isfinite(cell) and cell == int(cell) else None
    return int(cell) if isinstance(cell, str) and _WHOLE.fullmatch(cell) else None


def _number(cell: Cell) -> int | float | None:
    whole = _integer(cell)
    if whole is not None or isinstance(cell, bool):
        return whole
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return float(cell) if isinstance(cell, str) and _DECIMAL.fullmatch(cell) else None


def _json(kind: type) -> Callable[[Cell], Any]:
    def read(cell: Cell) -> Any:
        try:
            value = json.loads(cell) if isinstance(cell, str) else None
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, kind) else None

    return read


# In this order, where a schema names several.
_READERS: Mapping[str, Callable[[Cell], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _json(list),
    "object": _json(dict),
}
