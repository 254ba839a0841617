"""What a cell says as text: pure."""

import math
import unicodedata
from datetime import date, datetime, time

from services.tables.model import Cell, Unfit

# Spreadsheet programs keep 15 digits of a number and turn the rest to zeros.
_EXACT = 10**15
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


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
        return digits(cell)
    text = _moment(cell) if isinstance(cell, date | time) else str(cell)
    if any(unicodedata.category(one) in _UNPRINTABLE and not (lines and one == "\n") for one in text):
        raise CellRefused("control_character")
    return text


def ensure_fit(cell: Cell) -> None:
    """Raise CellRefused for a formula, an error value, or a text that is too long."""
    if isinstance(cell, Unfit):
        raise CellRefused(cell.value)


def digits(number: float) -> str:
    """Return the plain digits of a number; raises CellRefused where it has more than are kept."""
    if abs(number) >= _EXACT:
        raise CellRefused("digits_lost")
    if isinstance(number, float) and not math.isfinite(number):
        raise CellRefused("wrong_type")
    return str(int(number)) if number == int(number) else repr(number)


def _moment(moment: date | time) -> str:
    if isinstance(moment, datetime):
        return moment.date().isoformat() if moment.time() == time.min else moment.isoformat(timespec="seconds")
    return moment.isoformat()
