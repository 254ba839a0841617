"""What was read of a table, whatever it is about: rows in pieces, and what is wrong with the others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.common.errors import FieldError

MOST_FAULTS = 1_000
ROWS_AT_ONCE = 100

SENTENCES: Mapping[str, str] = {
    "formula_not_allowed": "write the value instead of the formula",
    "cell_error": "the cell holds an error instead of a value",
    "control_character": "control characters are not allowed",
    "digits_lost": "a number keeps 15 digits only: format the column as text and write it again",
    "too_long": "this text is too long",
    "wrong_type": "the value has not the type that it should",
}


@dataclass(kw_only=True)
class TableRows:
    """What was read: JSON of at most ROWS_AT_ONCE rows a piece, each an object with the row's number as `row`.

    `total` counts all rows, `faulty` those with faults, which no piece holds; of `faults` the first MOST_FAULTS.
    """

    pieces: list[bytes] = field(default_factory=list)
    total: int = 0
    faulty: int = 0
    faults: list[FieldError] = field(default_factory=list)


def row_path(number: int, column: str = "") -> str:
    """Return the path of a row, as numbered by spreadsheet programs, or of a cell in it."""
    return f"rows[{number}].{column}" if column else f"rows[{number}]"


def in_pieces(rows: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """Return the rows as JSON lists of at most ROWS_AT_ONCE."""
    starts = range(0, len(rows), ROWS_AT_ONCE)
    pieces = (json.dumps(rows[at : at + ROWS_AT_ONCE], ensure_ascii=False, separators=(",", ":")) for at in starts)
    return [piece.encode() for piece in pieces]
