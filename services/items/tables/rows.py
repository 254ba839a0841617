"""What a table says of things to register: pure; each row that can be read, and each fault with its row and column."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from services.common.errors import FieldError
from services.items.attribute_schemas import MOST_BYTES, size_of
from services.items.tables.cells import value_of
from services.items.tables.columns import CODE, CODE_TITLE, OURS, attributes_by_column
from services.tables.cells import CellRefused, text_of
from services.tables.errors import TableRefused
from services.tables.model import Cell, Row, Sheet
from services.tables.rows import MOST_FAULTS, SENTENCES, TableRows, in_pieces, row_path

MOST_ROWS = 5_000

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
# Longest text and form of what is not an attribute, as when a single code is activated.
_LONGEST = {CODE: 300, "name": 100, "serial": 60, "venue_id": 30, "spot": 32, "holder": 60}
_FORMS = {
    "venue_id": re.compile(rf"ven_{_ULID}"),
    "spot": re.compile(r"[a-z0-9-]+"),
    "holder": re.compile(rf"(venue:ven_{_ULID}|(district|city):[0-9]{{6}})"),
}


def read_rows(sheet: Sheet, schema: Mapping[str, Any]) -> TableRows:
    """Read a table for the type whose attributes have this schema; raises TableRefused."""
    attributes = attributes_by_column(schema)
    ensure_columns(sheet.columns, attributes)
    rows = [row for row in sheet.rows if not _explains(row, sheet.columns)]
    if not rows:
        raise TableRefused(FieldError(path="rows", code="required", detail="there is no row to read"))
    if len(rows) > MOST_ROWS:
        most = str(MOST_ROWS)
        raise TableRefused(FieldError(path="rows", code="too_long", detail=f"at most {most}", values=(most,)))
    found, first = TableRows(total=len(rows)), _First()
    good: list[dict[str, Any]] = []
    for row in rows:
        reader = _Reader(row, sheet.columns, attributes)
        faults = [*reader.read(), *first.faults_of(reader.said, row.number)]
        if faults:
            found.faulty += 1
            found.faults.extend(faults[: MOST_FAULTS - len(found.faults)])
        else:
            good.append({"row": row.number, **reader.said})
    found.pieces = in_pieces(good)
    return found


def ensure_columns(columns: Sequence[str], attributes: Mapping[str, Any]) -> None:
    """Raise TableRefused unless every column is known and named once, and there is one of codes."""
    known = {column.name for column in OURS} | attributes.keys()
    faults = []
    for at, name in enumerate(columns):
        if name and name not in known:
            detail = "the type has no such attribute"
            faults.append(FieldError(path=f"columns.{name[:60]}", code="unknown_field", detail=detail))
        elif name and name in columns[:at]:
            faults.append(FieldError(path=f"columns.{name}", code="named_twice", detail="this was named before"))
    if CODE not in columns:
        faults.append(FieldError(path=f"columns.{CODE}", code="required", detail="this column is required"))
    if faults:
        raise TableRefused(*faults)


def _explains(row: Row, columns: Sequence[str]) -> bool:
    """Tell whether the row is the template's second, which says what the columns mean."""
    return row.cells[columns.index(CODE)] == CODE_TITLE


class _First:
    """Where each code and each serial stood first."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], int] = {}

    def faults_of(self, said: Mapping[str, Any], number: int) -> Iterator[FieldError]:
        for column, plain in ((CODE, _plain_code), ("serial", str)):
            if said.get(column):
                first = self._rows.setdefault((column, plain(said[column])), number)
                if first != number:
                    yield FieldError(
                        path=row_path(number, column),
                        code="duplicate_row",
                        detail=f"the same as in row {first}",
                        values=(str(first),),
                    )


def _plain_code(code: str) -> str:
    """Return one spelling of a code, so that the same one is found however it was written."""
    plain = code.rpartition("/i/")[2].lower().replace("-", "").replace(" ", "")
    return plain.translate(str.maketrans("oil", "011"))


class _Reader:
    """Reads one row into `said`."""

    def __init__(self, row: Row, columns: Sequence[str], attributes: Mapping[str, Any]) -> None:
        self._row = row
        self._columns = columns
        self._attributes = attributes
        self._faults: list[FieldError] = []
        self.said: dict[str, Any] = {column.name: None for column in OURS} | {"attributes": {}}

    def read(self) -> list[FieldError]:
        for column, cell in zip(self._columns, self._row.cells, strict=True):
            if cell is None:
                continue
            if column in self._attributes:
                name, schema = self._attributes[column]
                self._take(column, cell, partial(value_of, schema=schema), self.said["attributes"], name)
            else:
                self._take(column, cell, text_of, self.said, column)
        self._check()
        return self._faults

    def _take(self, column: str, cell: Cell, read: Callable[[Cell], Any], into: dict[str, Any], name: str) -> None:
        try:
            into[name] = read(cell)
        except CellRefused as refusal:
            detail = SENTENCES.get(refusal.code) or f"must be one of: {', '.join(refusal.values)}"
            self._fault(column, refusal.code, detail, *refusal.values)

    def _check(self) -> None:
        faulty = {fault.path for fault in self._faults}
        for column, most in _LONGEST.items():
            text = self.said[column]
            if text is not None and len(text) > most:
                self._fault(column, "too_long", f"at most {most} characters", str(most))
            elif text is not None and column in _FORMS and not _FORMS[column].fullmatch(text):
                self._fault(column, "invalid_format", "this is not written as it should be")
        if self.said[CODE] is None and row_path(self._row.number, CODE) not in faulty:
            self._fault(CODE, "required", "this field is required")
        if self.said["spot"] is not None and self.said["venue_id"] is None:
            self._fault("venue_id", "required", "a spot is a part of a venue")
        if size_of(self.said["attributes"]) > MOST_BYTES:
            self._fault("", "too_long", f"attributes of at most {MOST_BYTES} bytes", str(MOST_BYTES))

    def _fault(self, column: str, code: str, detail: str, *values: str) -> None:
        self._faults.append(
            FieldError(path=row_path(self._row.number, column), code=code, detail=detail, values=values)
        )
