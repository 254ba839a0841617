"""The rows of a table of times of worship: columns date, name, starts, ends; read in a process of its own."""

import re
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

from services.common.errors import FieldError
from services.tables.cells import CellRefused, text_of
from services.tables.errors import TableRefused
from services.tables.model import Cell, Sheet
from services.tables.rows import MOST_FAULTS, SENTENCES, TableRows, in_pieces, row_path

COLUMNS = ("date", "name", "starts", "ends")
MOST_ROWS = 4_000
MOST_MONTHS = 24
LONGEST_NAME = 40
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?|24:00(:00)?")
_DAY = re.compile(r"(2[0-9]{3})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


def read_rows(sheet: Sheet) -> TableRows:
    """Read a table; raises TableRefused. A spreadsheet's own dates and times are taken as well as texts."""
    _ensure_form(sheet)
    found, good = TableRows(total=len(sheet.rows)), []
    first: dict[tuple[Any, ...], int] = {}
    for row in sheet.rows:
        said, faults = _read(dict(zip(sheet.columns, row.cells, strict=True)), row.number)
        before = (
            first.setdefault((said["date"], said["name"], said["starts"]), row.number) if not faults else row.number
        )
        if before != row.number:
            detail, path = f"the same as in row {before}", row_path(row.number)
            faults = [FieldError(path=path, code="duplicate_row", detail=detail, values=(str(before),))]
        if faults:
            found.faulty += 1
            found.faults.extend(faults[: MOST_FAULTS - len(found.faults)])
        else:
            good.append(said)
    if len({one["date"][:7] for one in good}) > MOST_MONTHS:
        raise TableRefused(_too_long("rows", MOST_MONTHS, "months"))
    found.pieces = in_pieces(good)
    return found


def _ensure_form(sheet: Sheet) -> None:
    faults = []
    for at, name in enumerate(sheet.columns):
        if name not in COLUMNS:
            detail = "there is no such column"
            faults.append(FieldError(path=f"columns.{name[:60]}", code="unknown_field", detail=detail))
        elif name in sheet.columns[:at]:
            faults.append(FieldError(path=f"columns.{name}", code="named_twice", detail="this was named before"))
    missing = [name for name in COLUMNS if name not in sheet.columns]
    faults += [
        FieldError(path=f"columns.{name}", code="required", detail="this column is required") for name in missing
    ]
    if not faults and not sheet.rows:
        faults.append(FieldError(path="rows", code="required", detail="there is no row to read"))
    if faults:
        raise TableRefused(*faults)


def _too_long(path: str, most: int, what: str) -> FieldError:
    return FieldError(path=path, code="too_long", detail=f"at most {most} {what}", values=(str(most),))


def _read(cells: dict[str, Cell], number: int) -> tuple[dict[str, Any], list[FieldError]]:
    said: dict[str, Any] = {"row": number}
    faults = []
    for name in COLUMNS:
        try:
            said[name] = _READ[name](cells[name])
        except CellRefused as refusal:
            detail = _DETAILS.get(refusal.code, SENTENCES.get(refusal.code, refusal.code))
            path = row_path(number, name)
            faults.append(FieldError(path=path, code=refusal.code, detail=detail, values=refusal.values))
    if not faults and said["ends"] <= said["starts"]:
        detail = "this is not later than `starts`"
        faults.append(FieldError(path=row_path(number, "ends"), code="closes_before_opens", detail=detail))
    return said, faults


def _text(cell: Cell) -> str:
    if cell is None:
        raise CellRefused("required")
    return text_of(cell)


def _name(cell: Cell) -> str:
    name = _text(cell)
    if len(name) > LONGEST_NAME:
        raise CellRefused("too_long", str(LONGEST_NAME))
    return name


def _day(cell: Cell) -> str:
    if isinstance(cell, datetime) and cell.time() == time.min:
        cell = cell.date()
    if written := _DAY.fullmatch(_text(cell)):
        with suppress(ValueError):
            return date(*map(int, written.groups())).isoformat()
    raise CellRefused("invalid_format")


def _minutes(cell: Cell) -> int:
    if isinstance(cell, time) and cell.second == cell.microsecond == 0:
        return cell.hour * 60 + cell.minute
    written = _CLOCK.fullmatch(_text(cell))
    if written is None:
        raise CellRefused("invalid_format")
    return 24 * 60 if written[1] is None else int(written[1]) * 60 + int(written[2])


_READ = {"date": _day, "name": _name, "starts": _minutes, "ends": _minutes}
_DETAILS = {
    "required": "this field is required",
    "invalid_format": "a day such as 2026-11-22 or a time such as 12:30 is needed",
}
