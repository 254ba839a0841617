"""What a cell of a table says, as the schema of its attribute wants it: pure."""

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from services.items.tables.columns import kinds_of
from services.tables.model import Cell, Unfit

# Spreadsheet programs keep 15 digits of a number and turn the rest to zeros.
_EXACT = 10**15
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_WORDS = {"true": True, "是": True, "false": False, "否": False}
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_CITY_OFFSET = "+08:00"


class CellRefused(Exception):
    """The cell cannot be taken; `code` says why, as in other faults of fields."""

    def __init__(self, code: str, *values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def text_of(cell: Cell, *, lines: bool = False) -> str:
    """Return the text of a cell; a number becomes its plain digits. Raises CellRefused.

    `lines` lets line breaks pass.
    """
    ensure_fit(cell)
    if isinstance(cell, bool):
        raise CellRefused("wrong_type")
    if isinstance(cell, int | float):
        return _digits(cell)
    text = _moment(cell) if isinstance(cell, date | time) else str(cell)
    if any(unicodedata.category(one) in _UNPRINTABLE and not (lines and one == "\n") for one in text):
        raise CellRefused("control_character")
    return text


def ensure_fit(cell: Cell) -> None:
    """Raise CellRefused for a formula, an error value, or a text that is too long."""
    if isinstance(cell, Unfit):
        raise CellRefused(cell.value)


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


def _digits(number: float) -> str:
    if abs(number) >= _EXACT:
        raise CellRefused("digits_lost")
    if isinstance(number, float) and not math.isfinite(number):
        raise CellRefused("wrong_type")
    return str(int(number)) if number == int(number) else repr(number)


def _moment(moment: date | time) -> str:
    if isinstance(moment, datetime):
        return moment.date().isoformat() if moment.time() == time.min else moment.isoformat(timespec="seconds")
    return moment.isoformat()


def _option(cell: Cell, options: list[Any]) -> Any:
    said = cell if isinstance(cell, bool) else text_of(cell)
    for one in options:
        if said == one or (isinstance(one, int | float) and not isinstance(one, bool) and said == _digits(one)):
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
