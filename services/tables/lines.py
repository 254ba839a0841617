"""Lines of CSV: written so that no cell is taken for a formula, read within bounds."""

import csv
import io
from collections.abc import Iterable, Sequence

from services.common.errors import FieldError
from services.tables.errors import TableRefused, TableUnreadable
from services.tables.model import Row, Sheet, Unfit

# Excel reads a CSV file as UTF-8 only behind this mark.
CSV_HEAD = "\ufeff"
LONGEST_CELL = 2_000
# By these, spreadsheet programs know a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Return rows by RFC 4180; an apostrophe goes before what a spreadsheet program would take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it where it begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def read_lines(data: bytes, *, most_rows: int, most_columns: int) -> Sheet:
    """Return lines of UTF-8, with or without a byte order mark, as a sheet; raises TableUnreadable or TableRefused.

    Blank lines are left out; cells are texts, and where one is too long, an Unfit stands.
    """
    try:
        text = data.decode("utf-8-sig")
        rows = _given(text, most_rows, most_columns)
    except (UnicodeDecodeError, csv.Error):
        raise TableUnreadable from None
    if not rows:
        raise TableRefused(FieldError(path="columns", code="required", detail="the first row must name the columns"))
    columns = tuple(str(cell or "") for cell in rows[0].cells)
    return Sheet(columns=columns, rows=tuple(_as_wide(row, len(columns)) for row in rows[1:]))


def _given(text: str, most_rows: int, most_columns: int) -> list[Row]:
    found: list[Row] = []
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
        row = Row(number=number, cells=tuple(_cell(cell) for cell in cells))
        if any(cell is not None for cell in row.cells):
            found.append(row)
        if len(found) > most_rows + 1:
            raise TableRefused(_too_long("rows", most_rows))
        if len(cells) > most_columns:
            raise TableRefused(_too_long("columns", most_columns))
    return found


def _cell(text: str) -> str | Unfit | None:
    kept = text.strip()
    return Unfit.TOO_LONG if len(kept) > LONGEST_CELL else kept or None


def _too_long(path: str, most: int) -> FieldError:
    return FieldError(path=path, code="too_long", detail=f"at most {most}", values=(str(most),))


def _as_wide(row: Row, width: int) -> Row:
    if any(cell is not None for cell in row.cells[width:]):
        detail = "cells stand below no name"
        raise TableRefused(FieldError(path=f"columns[{width}]", code="required", detail=detail))
    return Row(number=row.number, cells=(*row.cells, *([None] * width))[:width])
