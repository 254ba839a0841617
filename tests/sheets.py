"""Spreadsheet files to test with."""

import io
from typing import Any

from openpyxl import Workbook, load_workbook


def workbook(*rows: list[Any]) -> bytes:
    """Return an .xlsx file with these rows."""
    book = Workbook()
    for row in rows:
        first_sheet(book).append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def opened(file: bytes) -> Workbook:
    return load_workbook(io.BytesIO(file))


def first_sheet(book: Workbook) -> Any:
    """Return the sheet that is in sight."""
    return book.active
