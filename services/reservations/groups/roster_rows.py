"""The rows of a group's roster: columns name, id_type, id_number; read in a process of its own."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from services.common.errors import FieldError
from services.reservations.documents_of_identity import find_flaw
from services.reservations.model import DocumentType
from services.tables.cells import CellRefused, text_of
from services.tables.errors import TableRefused
from services.tables.model import Cell, Head, Row, Sheet
from services.tables.rows import MOST_FAULTS, SENTENCES, TableRows, in_pieces, row_path

NAME, ID_TYPE, ID_NUMBER = "name", "id_type", "id_number"
TITLES: Mapping[str, str] = {NAME: "姓名", ID_TYPE: "证件类型", ID_NUMBER: "证件号码"}
# As the template offers them, and then as people write them.
DOCUMENT_WORDS: Mapping[str, DocumentType] = {
    "居民身份证": DocumentType.RESIDENT_ID,
    "护照": DocumentType.PASSPORT,
    "港澳居民来往内地通行证": DocumentType.HK_MACAO_PERMIT,
    "台湾居民来往大陆通行证": DocumentType.TAIWAN_PERMIT,
    "外国人永久居留身份证": DocumentType.FOREIGN_RESIDENT_ID,
    "港澳台居民居住证": DocumentType.HK_MACAO_TAIWAN_RESIDENCE,
}
OTHER_WORDS: Mapping[str, DocumentType] = {
    "身份证": DocumentType.RESIDENT_ID,
    "中国居民身份证": DocumentType.RESIDENT_ID,
    "回乡证": DocumentType.HK_MACAO_PERMIT,
    "港澳通行证": DocumentType.HK_MACAO_PERMIT,
    "台胞证": DocumentType.TAIWAN_PERMIT,
    "台湾通行证": DocumentType.TAIWAN_PERMIT,
    "外国人永居证": DocumentType.FOREIGN_RESIDENT_ID,
    "居住证": DocumentType.HK_MACAO_TAIWAN_RESIDENCE,
}
# As where a single visitor is named.
LONGEST_NAME = 60
SHORTEST_NUMBER, LONGEST_NUMBER = 4, 20
_NUMBER = re.compile(r"[0-9A-Z]+")
_DOCUMENTS = {**DOCUMENT_WORDS, **OTHER_WORDS, **{one.value: one for one in DocumentType}}
_COLUMNS = {**{title: name for name, title in TITLES.items()}, **{name: name for name in TITLES}}


def template_heads() -> Sequence[Head]:
    """Return the heads of an empty roster."""
    choices = {ID_TYPE: tuple(DOCUMENT_WORDS)}
    return [Head(name=name, title=title, choices=choices.get(name, ())) for name, title in TITLES.items()]


def read_rows(sheet: Sheet, most: int) -> TableRows:
    """Read a roster of at most `most` people; raises TableRefused.

    Two rows with one document are both at fault, and each names the other.
    """
    columns = _columns(sheet.columns)
    rows = [row for row in sheet.rows if not _explains(row, columns)]
    if not rows:
        raise TableRefused(FieldError(path="rows", code="required", detail="there is no row to read"))
    if len(rows) > most:
        detail = f"the group has {most} people"
        raise TableRefused(FieldError(path="rows", code="too_long", detail=detail, values=(str(most),)))
    read = [(row.number, *_read(dict(zip(columns, row.cells, strict=True)), row.number)) for row in rows]
    faults_of = _with_duplicates(read)
    found = TableRows(total=len(rows), faulty=len(faults_of))
    for faults in faults_of.values():
        found.faults.extend(faults[: MOST_FAULTS - len(found.faults)])
    found.pieces = in_pieces([said for number, said, _ in read if number not in faults_of])
    return found


def _columns(given: Sequence[str]) -> Sequence[str]:
    """Return the columns by our names, whichever language they have in the table."""
    columns = [_COLUMNS.get(name.strip().casefold(), "") for name in given]
    faults = []
    for at, (name, column) in enumerate(zip(given, columns, strict=True)):
        if not column:
            detail = "there is no such column"
            faults.append(FieldError(path=f"columns.{name[:60]}", code="unknown_field", detail=detail))
        elif column in columns[:at]:
            faults.append(FieldError(path=f"columns.{column}", code="named_twice", detail="this was named before"))
    faults += [
        FieldError(path=f"columns.{name}", code="required", detail="this column is required")
        for name in TITLES
        if name not in columns
    ]
    if faults:
        raise TableRefused(*faults)
    return columns


def _explains(row: Row, columns: Sequence[str]) -> bool:
    """Tell whether the row is the template's second, which says what the columns mean."""
    return all(cell == TITLES[column] for cell, column in zip(row.cells, columns, strict=True))


def _read(cells: Mapping[str, Cell], number: int) -> tuple[dict[str, Any], list[FieldError]]:
    said: dict[str, Any] = {"row": number}
    faults = []
    for column in TITLES:
        try:
            said[column] = _READERS[column](cells[column])
        except CellRefused as refusal:
            detail = _DETAILS.get(refusal.code, SENTENCES.get(refusal.code, refusal.code))
            path = row_path(number, column)
            faults.append(FieldError(path=path, code=refusal.code, detail=detail, values=refusal.values))
    if not faults:
        flaw = find_flaw(DocumentType(said[ID_TYPE]), said[ID_NUMBER])
        if flaw is not None:
            faults.append(FieldError(path=row_path(number, ID_NUMBER), code=flaw.code, detail=flaw.detail))
    return said, faults


def _with_duplicates(read: Sequence[tuple[int, dict[str, Any], list[FieldError]]]) -> dict[int, list[FieldError]]:
    """Return the faults by row, of those that have any."""
    rows_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, said, _ in read:
        if ID_TYPE in said and ID_NUMBER in said:
            rows_of[said[ID_TYPE], said[ID_NUMBER]].append(number)
    found = {number: list(faults) for number, _, faults in read if faults}
    for numbers in rows_of.values():
        for number in numbers if len(numbers) > 1 else ():
            other = next(one for one in numbers if one != number)
            path, detail = row_path(number, ID_NUMBER), f"the same document as in row {other}"
            fault = FieldError(path=path, code="duplicate_row", detail=detail, values=(str(other),))
            found.setdefault(number, []).append(fault)
    return dict(sorted(found.items()))


def _text(cell: Cell) -> str:
    if cell is None:
        raise CellRefused("required")
    return text_of(cell).strip()


def _name(cell: Cell) -> str:
    name = _text(cell)
    if len(name) > LONGEST_NAME:
        raise CellRefused("too_long", str(LONGEST_NAME))
    return name


def _id_type(cell: Cell) -> str:
    written = "".join(_text(cell).split())
    kind = _DOCUMENTS.get(written) or _DOCUMENTS.get(written.casefold())
    if kind is None:
        raise CellRefused("not_allowed", ", ".join(DOCUMENT_WORDS))
    return kind.value


def _id_number(cell: Cell) -> str:
    number = "".join(_text(cell).split()).upper()
    if len(number) > LONGEST_NUMBER:
        raise CellRefused("too_long", str(LONGEST_NUMBER))
    if len(number) < SHORTEST_NUMBER:
        raise CellRefused("too_short", str(SHORTEST_NUMBER))
    if not _NUMBER.fullmatch(number):
        raise CellRefused("invalid_format")
    return number


_READERS = {NAME: _name, ID_TYPE: _id_type, ID_NUMBER: _id_number}
_DETAILS = {
    "required": "this field is required",
    "not_allowed": "none of the documents that are accepted",
    "too_short": f"at least {SHORTEST_NUMBER} characters",
    "invalid_format": "letters and digits only",
}
