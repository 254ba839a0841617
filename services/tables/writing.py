"""Writes .xlsx files whose cells are never formulas; slow, so it is called in a process of its own."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from services.tables.model import BookSheet, Head

_LONGEST_LIST = 255  # characters of all choices of a cell together, in the format
_COLUMN_WIDTH = 18
# XML 1.0 has no way to write these.
_UNWRITABLE = {code: None for code in range(32) if code not in {9, 10, 13}} | {0xFFFE: None, 0xFFFF: None}


def write_sheet(title: str, heads: Sequence[Head], rows: Iterable[Sequence[str | float]], *, most_rows: int) -> bytes:
    """Return an .xlsx file: names, titles, then the rows; both heads stay in sight.

    A text is written as text, also where it looks like a number, and a number as one that can be added up.
    Cells of columns with choices offer them in the first `most_rows` rows. No cell is a formula.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A3"
    for at, head in enumerate(heads, start=1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = _COLUMN_WIDTH
        if head.is_text:  # so that what people type there, such as 00123, stays as typed
            sheet.column_dimensions[letter].number_format = "@"
        if (
            head.choices
            and len(",".join(head.choices)) <= _LONGEST_LIST
            and not any("," in one for one in head.choices)
        ):
            offered = DataValidation(type="list", formula1=f'"{_quoted(head.choices)}"', allow_blank=True)
            offered.add(f"{letter}3:{letter}{most_rows + 2}")
            sheet.data_validations.append(offered)

    sheet.append([_bold(sheet, head.name) for head in heads])
    sheet.append([_bold(sheet, head.title) for head in heads])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    return _saved(book)


def write_book(sheets: Iterable[BookSheet]) -> bytes:
    """Return an .xlsx file of several sheets to read and to print, with wrapped texts; the head stays in sight."""
    book = Workbook(write_only=True)
    for one in sheets:
        sheet = book.create_sheet(one.title)
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        for at, (_, width) in enumerate(one.heads, start=1):
            sheet.column_dimensions[get_column_letter(at)].width = width
        sheet.append([_bold(sheet, head) for head, _ in one.heads])
        for row in one.rows:
            sheet.append([_wrapped(sheet, value) for value in row])
    return _saved(book)


def _wrapped(sheet: Any, value: str | float) -> Any:
    cell = WriteOnlyCell(sheet, value=value.translate(_UNWRITABLE) if isinstance(value, str) else value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: str | float) -> Any:
    if not isinstance(value, str):
        return value
    written = value.translate(_UNWRITABLE)
    if not written.startswith("="):
        return written or None
    cell = WriteOnlyCell(sheet, value=written)
    cell.data_type = "s"  # else it would become a formula
    return cell


def _quoted(choices: Sequence[str]) -> str:
    return ",".join(choices).replace('"', '""')


def _saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
