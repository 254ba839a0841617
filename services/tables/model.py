"""What is in a table, as far as anybody here looks."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class Unfit(StrEnum):
    """What stands for a cell whose content is not taken; the words are codes of faults."""

    FORMULA = "formula_not_allowed"
    ERROR = "cell_error"
    TOO_LONG = "too_long"


Cell = str | int | float | bool | date | datetime | time | Unfit | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row that has any content; `number` is 1 for the first row of the sheet, as spreadsheet programs show it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The first sheet of a file: the texts of its first row, without blanks around them, and the rows below."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Head:
    """The head of one column: its name, what people call it, and the choices its cells have, if they are few."""

    name: str
    title: str
    is_text: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BookSheet:
    """One sheet of a book: its title (at most 31 characters), its heads with widths in characters, and its rows."""

    title: str
    heads: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str | float, ...], ...]
