"""Reads the first sheet of an .xlsx file, within bounds; slow, so it is called in a process of its own."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from openpyxl import load_workbook

from services.common.errors import FieldError
from services.tables.errors import TableRefused, TableUnreadable
from services.tables.model import Cell, Row, Sheet, Unfit
from services.tables.packing import ensure_harmless

MOST_COLUMNS = 60
LONGEST_TEXT = 2_000


def read_sheet(data: bytes, *, most_rows: int) -> Sheet:
    """Return the first sheet, with at most `most_rows` rows below the first; raises TableUnreadable or TableRefused.

    Blank rows are left out. Formulas are not worked out: where one stands, and where a text is too long, an Unfit does.
    """
    ensure_harmless(data)
    try:
        rows = list(_rows(data, most_rows))
    except TableRefused:
        raise
    except Exception:  # a file has many ways to be wrong within, and openpyxl as many exceptions for them
        raise TableUnreadable from None
    if not rows or rows[0].number != 1:
        raise TableRefused(FieldError(path="columns", code="required", detail="the first row must name the columns"))
    return _sheet(rows[0], rows[1:])


def _rows(data: bytes, most_rows: int) -> Iterator[Row]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    # What a file says of its own size may be wrong, and is not needed.
    sheet.reset_dimensions()
    given = 0
    before: Any = None
    # One column more than there may be, to see that it is there.
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if cells is before:  # the one blank row that stands for each in a gap, of which there may be a million
            continue
        before = cells
        row = Row(number=number, cells=tuple(map(_content, cells)))
        if all(cell is None for cell in row.cells):
            continue
        given += 1
        if given > most_rows + 1:
            raise TableRefused(_too_many("rows", most_rows))
        if len(row.cells) > MOST_COLUMNS and row.cells[MOST_COLUMNS] is not None:
            raise TableRefused(_too_many("columns", MOST_COLUMNS))
        yield row
    book.close()


def _too_many(path: str, most: int) -> FieldError:
    return FieldError(path=path, code="too_long", detail=f"at most {most}", values=(str(most),))


def _content(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return None
    if kind == "f":
        return Unfit.FORMULA
    if kind == "e":
        return Unfit.ERROR
    if isinstance(value, str):
        text = value.strip()
        return (text or None) if len(text) <= LONGEST_TEXT else Unfit.TOO_LONG
    fit: Cell = value
    return fit


def _sheet(head: Row, rows: Iterable[Row]) -> Sheet:
    columns = tuple(cell if isinstance(cell, str) else "" for cell in head.cells)
    width = max((at for at, name in enumerate(columns, start=1) if name), default=0)
    kept = tuple(rows)
    nameless = {at for row in kept for at, cell in enumerate(row.cells) if cell is not None and not _name(columns, at)}
    if nameless:
        detail = "cells stand below no name"
        raise TableRefused(
            *(FieldError(path=f"columns[{at}]", code="required", detail=detail) for at in sorted(nameless))
        )
    return Sheet(
        columns=columns[:width],
        rows=tuple(Row(number=row.number, cells=(*row.cells, *([None] * width))[:width]) for row in kept),
    )


def _name(columns: tuple[str, ...], at: int) -> str:
    return columns[at] if at < len(columns) else ""
