"""Rosters of groups: every row is judged, each fault names its row and column, and hostile files cost little."""

import json
import time

import pytest

from services.reservations.groups.roster_rows import DOCUMENT_WORDS, TITLES, read_rows, template_heads
from services.reservations.model import DocumentType
from services.tables.errors import TableRefused
from services.tables.lines import read_lines
from services.tables.model import Cell, Row, Sheet, Unfit
from services.tables.reading import MOST_COLUMNS, read_sheet
from services.tables.rows import MOST_FAULTS, TableRows
from services.tables.writing import write_sheet
from tests.sheets import first_sheet, opened, saved, workbook

RIGHT: list[Cell] = ["示例访客", "护照", "E12345678"]
RESIDENT = "11010519491231002X"


def read(*rows: list[Cell], columns: tuple[str, ...] = ("name", "id_type", "id_number"), most: int = 10) -> TableRows:
    numbered = [Row(number=at, cells=tuple(row)) for at, row in enumerate(rows, start=2)]
    return read_rows(Sheet(columns=columns, rows=tuple(numbered)), most)


def faults(found: TableRows) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in found.faults]


def refused(*rows: list[Cell], columns: tuple[str, ...] = ("name", "id_type", "id_number")) -> list[tuple[str, str]]:
    with pytest.raises(TableRefused) as refusal:
        read(*rows, columns=columns)
    return [(one.path, one.code) for one in refusal.value.errors]


def test_a_row_is_read_as_people_write_it() -> None:
    found = read(
        [" 示例访客 ", "居民身份证", "110105 19491231 002x"],
        ["O'Brien, J. Example", "passport", "e12345678"],
        ["示例访客", "台胞证", "12345678"],
        columns=("姓名", "证件类型", "证件号码"),
    )
    assert (found.total, found.faulty, found.faults) == (3, 0, [])
    rows = json.loads(found.pieces[0])
    assert [(one["row"], one["id_type"], one["id_number"]) for one in rows] == [
        (2, "resident_id", RESIDENT),
        (3, "passport", "E12345678"),
        (4, "taiwan_permit", "12345678"),
    ]
    assert rows[0]["name"] == "示例访客"


def test_columns_have_any_order_and_either_language() -> None:
    found = read(["E12345678", "示例访客", "护照"], columns=("证件号码", " Name ", "ID_TYPE"))
    assert found.faults == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ([None, "护照", "E12345678"], ("rows[2].name", "required")),
        (["示" * 61, "护照", "E12345678"], ("rows[2].name", "too_long")),
        (["示例", None, "E12345678"], ("rows[2].id_type", "required")),
        (["示例", "学生证", "E12345678"], ("rows[2].id_type", "not_allowed")),
        (["示例", "护照", None], ("rows[2].id_number", "required")),
        (["示例", "护照", "E1"], ("rows[2].id_number", "too_short")),
        (["示例", "护照", "E" * 21], ("rows[2].id_number", "too_long")),
        (["示例", "护照", "E1234-567"], ("rows[2].id_number", "invalid_format")),
        (["示例", "护照", "Ｅ１２３４５"], ("rows[2].id_number", "invalid_format")),
        (["示例", "护照", "ABCDEFG"], ("rows[2].id_number", "passport_malformed")),
        (["示例", "身份证", "110105194912310021"], ("rows[2].id_number", "invalid_checksum")),
        (["示例", "身份证", 110105194912310020.0], ("rows[2].id_number", "digits_lost")),
        (["示例", "护照", Unfit.FORMULA], ("rows[2].id_number", "formula_not_allowed")),
        (["示例", "护照", Unfit.ERROR], ("rows[2].id_number", "cell_error")),
        (["示\u202e例", "护照", "E12345678"], ("rows[2].name", "control_character")),
        (["示例", True, "E12345678"], ("rows[2].id_type", "wrong_type")),
    ],
)
def test_each_fault_names_its_cell(row: list[Cell], fault: tuple[str, str]) -> None:
    found = read(row)
    assert (found.faulty, faults(found), found.pieces) == (1, [fault], [])


def test_two_rows_with_one_document_name_each_other() -> None:
    found = read(RIGHT, ["示例", "护照", "E87654321"], ["另一人", "passport", "e1234 5678"], RIGHT)
    assert [(one.path, one.code, one.values) for one in found.faults] == [
        ("rows[2].id_number", "duplicate_row", ("4",)),
        ("rows[4].id_number", "duplicate_row", ("2",)),
        ("rows[5].id_number", "duplicate_row", ("2",)),
    ]
    assert found.faulty == 3
    assert read(RIGHT, ["示例", "港澳通行证", "H12345678"]).faults == []


def test_a_roster_has_its_columns_rows_and_no_more() -> None:
    assert refused(RIGHT[:2], columns=("name", "id_type")) == [("columns.id_number", "required")]
    assert refused([*RIGHT, "x"], columns=("name", "id_type", "id_number", "电话")) == [
        ("columns.电话", "unknown_field")
    ]
    assert refused([*RIGHT, "x"], columns=("name", "id_type", "id_number", "姓名")) == [("columns.name", "named_twice")]
    assert refused() == [("rows", "required")]
    assert refused(*[RIGHT] * 11) == [("rows", "too_long")]


def test_the_template_is_read_as_nobody_and_offers_the_documents() -> None:
    sheet = write_sheet("roster", template_heads(), [], most_rows=10)
    assert refused_of(sheet) == [("rows", "required")]
    book = opened(sheet)
    [offered] = first_sheet(book).data_validations.dataValidation
    assert all(word in offered.formula1 for word in DOCUMENT_WORDS)
    assert set(DOCUMENT_WORDS.values()) == set(DocumentType)
    first_sheet(book).append(["示例访客", "居民身份证", RESIDENT])
    filled = read_rows(read_sheet(saved(book), most_rows=2), 1)
    assert (filled.total, filled.faults) == (1, [])
    assert [cell.value for cell in first_sheet(book)[2]] == list(TITLES.values())


def refused_of(file: bytes) -> list[tuple[str, str]]:
    with pytest.raises(TableRefused) as refusal:
        read_rows(read_sheet(file, most_rows=10), 10)
    return [(one.path, one.code) for one in refusal.value.errors]


def test_lines_are_read_like_sheets() -> None:
    lines = "\ufeff姓名,证件类型,证件号码\r\n示例访客,护照,E12345678\r\n=1+1,护照,E87654321\r\n".encode()
    found = read_rows(read_lines(lines, most_rows=11, most_columns=MOST_COLUMNS), 10)
    assert (found.total, found.faults) == (2, [])


def test_ten_thousand_rows_are_refused_in_a_moment() -> None:
    head: list[object] = ["name", "id_type", "id_number"]
    file = workbook(head, *([f"示例{at}", "护照", f"E{at:08}"] for at in range(10_000)))
    began = time.process_time()
    with pytest.raises(TableRefused) as refusal:
        read_sheet(file, most_rows=1001)
    assert time.process_time() - began < 2
    assert [(one.path, one.code) for one in refusal.value.errors] == [("rows", "too_long")]


def test_a_thousand_faulty_rows_are_all_counted() -> None:
    rows: list[list[Cell]] = [["示例", "学生证", None]] * 1000
    found = read(*rows, most=1000)
    assert (found.faulty, len(found.faults)) == (1000, MOST_FAULTS)
