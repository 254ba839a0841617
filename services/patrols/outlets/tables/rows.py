"""What a table says of outlets: pure; each row that can be read, and each fault with its row and column."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from services.common.errors import FieldError
from services.patrols.outlets.model import Licence, OutletDetails, OutletKind
from services.patrols.outlets.rules import faults_of
from services.patrols.outlets.tables.columns import (
    CONTACT,
    EXTERNAL_ID,
    KIND,
    KIND_WORDS,
    LICENCE,
    LICENCE_NUMBER,
    REQUIRED,
    TITLES,
)
from services.tables.cells import CellRefused, text_of
from services.tables.errors import TableRefused
from services.tables.model import Row, Sheet
from services.tables.rows import MOST_FAULTS, SENTENCES, TableRows, in_pieces, row_path
from services.venues.model import GeoPoint

MOST_ROWS = 2_000
# As when a single outlet is registered.
_LONGEST = {
    EXTERNAL_ID: 60,
    "name": 100,
    "name_en": 100,
    "address": 200,
    "district": 30,
    "uscc": 18,
    LICENCE_NUMBER: 60,
    "licence_issuer": 100,
    "licence_scope": 200,
    "contact_name": 40,
    "contact_phone": 20,
}
_FORMS = {"contact_phone": re.compile(r"\+?[0-9][0-9 -]{3,18}")}
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_DAY = re.compile(r"(2[0-9]{3})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_KINDS = {**KIND_WORDS, **{kind.value: kind for kind in OutletKind}}
# Where the rules name something, and the column that it comes from.
_COLUMN_OF = {"licence.valid_to": "licence_valid_to", "position.lng": "lng", "position.lat": "lat"}


def read_rows(sheet: Sheet) -> TableRows:
    """Read a table; raises TableRefused."""
    ensure_columns(sheet.columns)
    rows = [row for row in sheet.rows if not _explains(row, sheet.columns)]
    if not rows:
        raise TableRefused(FieldError(path="rows", code="required", detail="there is no row to read"))
    if len(rows) > MOST_ROWS:
        most = str(MOST_ROWS)
        raise TableRefused(FieldError(path="rows", code="too_long", detail=f"at most {most}", values=(most,)))
    found, good = TableRows(total=len(rows)), []
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        said, faults = _Reader(row, sheet.columns).read()
        faults += _repeats(said, row.number, first)
        if faults:
            found.faulty += 1
            found.faults.extend(faults[: MOST_FAULTS - len(found.faults)])
        else:
            good.append({"row": row.number, **said})
    found.pieces = in_pieces(good)
    return found


def ensure_columns(columns: Sequence[str]) -> None:
    """Raise TableRefused unless every column is known and named once, and those that are needed are there."""
    faults = []
    for at, name in enumerate(columns):
        if name and name not in TITLES:
            detail = "there is no such column"
            faults.append(FieldError(path=f"columns.{name[:60]}", code="unknown_field", detail=detail))
        elif name and name in columns[:at]:
            faults.append(FieldError(path=f"columns.{name}", code="named_twice", detail="this was named before"))
    licence = LICENCE if any(name in columns for name in LICENCE) else ()
    needed = [name for name in (*REQUIRED, *licence) if name not in columns]
    if EXTERNAL_ID not in columns and LICENCE_NUMBER not in columns:
        needed.append(EXTERNAL_ID)
    faults += [FieldError(path=f"columns.{name}", code="required", detail="this column is required") for name in needed]
    if faults:
        raise TableRefused(*faults)


def _explains(row: Row, columns: Sequence[str]) -> bool:
    """Tell whether the row is the template's second, which says what the columns mean."""
    return row.cells[columns.index("name")] == TITLES["name"]


def _repeats(said: Mapping[str, Any], number: int, first: dict[tuple[str, str], int]) -> list[FieldError]:
    """Return faults of keys that stood in a row before."""
    licence = said.get("licence")
    keys = {EXTERNAL_ID: said.get(EXTERNAL_ID), LICENCE_NUMBER: licence["number"] if licence else None}
    found = []
    for column, key in keys.items():
        before = number if key is None else first.setdefault((column, key), number)
        if before != number:
            detail = f"the same as in row {before}"
            path = row_path(number, column)
            found.append(FieldError(path=path, code="duplicate_row", detail=detail, values=(str(before),)))
    return found


class _Reader:
    """Reads one row: the texts of its cells, then what they mean together."""

    def __init__(self, row: Row, columns: Sequence[str]) -> None:
        self._row = row
        self._columns = columns
        self._texts: dict[str, str | None] = {}
        self._faults: list[FieldError] = []

    def read(self) -> tuple[dict[str, Any], list[FieldError]]:
        """Return what the row says, of the columns that the table has, and what is wrong with it."""
        for column, cell in zip(self._columns, self._row.cells, strict=True):
            if column:
                self._texts[column] = None if cell is None else self._text(column, cell)
        if self._faults:
            return {}, self._faults
        for column in REQUIRED:
            if self._texts[column] is None:
                self._required(column)
        if self._texts.get(EXTERNAL_ID) is None and self._texts.get(LICENCE_NUMBER) is None:
            self._required(EXTERNAL_ID)
        said = self._meaning()
        if not self._faults:
            self._faults += self._broken_rules(said)
        return said, self._faults

    def _text(self, column: str, cell: Any) -> str | None:
        try:
            text = text_of(cell)
        except CellRefused as refusal:
            self._fault(column, refusal.code, SENTENCES[refusal.code])
            return None
        most = _LONGEST.get(column, 60)
        if len(text) > most:
            self._fault(column, "too_long", f"at most {most} characters", str(most))
        elif column in _FORMS and not _FORMS[column].fullmatch(text):
            self._fault(column, "invalid_format", "this is not written as it should be")
        return text

    def _meaning(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            name: self._texts[name]
            for name in (EXTERNAL_ID, "name", "name_en", "address", "district", "uscc")
            if name in self._texts
        }
        said["kind"] = self._kind()
        said["position"] = {name: self._degrees(name) for name in ("lng", "lat")}
        if LICENCE_NUMBER in self._texts:
            said["licence"] = self._licence()
        contact = [self._texts.get(name) for name in CONTACT]
        if any(contact):
            for name, text in zip(CONTACT, contact, strict=True):
                if text is None:
                    self._required(name)
            said["contact"] = {"name": contact[0], "phone": contact[1]}
        return said

    def _kind(self) -> str | None:
        text = self._texts[KIND]
        if text is None:
            return None
        kind = _KINDS.get(text)
        if kind is None:
            choices = ", ".join(KIND_WORDS)
            self._fault(KIND, "not_allowed", f"must be one of: {choices}", choices)
        return kind

    def _degrees(self, column: str) -> float | None:
        text = self._texts[column]
        if text is None:
            return None
        if not _DEGREES.fullmatch(text):
            self._fault(column, "wrong_type", SENTENCES["wrong_type"])
            return None
        return float(text)

    def _licence(self) -> dict[str, str | None] | None:
        texts = {name.removeprefix("licence_"): self._texts[name] for name in LICENCE}
        if not any(texts.values()):
            return None
        for name, text in texts.items():
            if text is None:
                self._required(f"licence_{name}")
        return texts | {name: self._day(f"licence_{name}") for name in ("valid_from", "valid_to")}

    def _day(self, column: str) -> str | None:
        text = self._texts[column]
        if text is None:
            return None
        if written := _DAY.fullmatch(text):
            with suppress(ValueError):
                return date(*map(int, written.groups())).isoformat()
        self._fault(column, "invalid_format", "a day such as 2026-11-22 is needed")
        return None

    def _broken_rules(self, said: Mapping[str, Any]) -> Iterator[FieldError]:
        for fault in faults_of(details_said(said, district_id="")):
            column = _COLUMN_OF.get(fault.path, fault.path)
            yield FieldError(
                path=row_path(self._row.number, column), code=fault.code, detail=fault.detail, values=fault.values
            )

    def _required(self, column: str) -> None:
        self._fault(column, "required", "this field is required")

    def _fault(self, column: str, code: str, detail: str, *values: str) -> None:
        path = row_path(self._row.number, column)
        self._faults.append(FieldError(path=path, code=code, detail=detail, values=values))


def details_said(said: Mapping[str, Any], *, district_id: str) -> OutletDetails:
    """Return a row as the details of a new outlet; what it does not say is None."""
    return OutletDetails(
        name=said["name"],
        name_en=said.get("name_en") or said["name"],
        kind=OutletKind(said["kind"]),
        address=said["address"],
        district_id=district_id,
        position=GeoPoint(**said["position"]),
        uscc=said.get("uscc"),
        licence=licence_said(said.get("licence")),
        external_id=said.get(EXTERNAL_ID),
    )


def licence_said(said: Mapping[str, str] | None) -> Licence | None:
    """Return the licence that a row names."""
    if said is None:
        return None
    days = {name: date.fromisoformat(said[name]) for name in ("valid_from", "valid_to")}
    return Licence(number=said["number"], issuer=said["issuer"], scope=said["scope"], **days)


def changes_said(said: Mapping[str, Any], *, district_id: str) -> dict[str, Any]:
    """Return what a row changes of an outlet that is there: all that its table has a column for.

    But for its English name and its external id, which a blank cell leaves as they are.
    """
    details = vars(details_said(said, district_id=district_id))
    told = {name for name in details if name in said and (said[name] is not None or name in {"uscc", "licence"})}
    return {name: details[name] for name in details if name in told or name == "district_id"}
