"""Spreadsheet files: what is read of them, what is refused, and that hostile ones cost little."""

import io
import time
import zipfile
from datetime import date, datetime

import pytest

from services.tables.errors import TableRefused, TableUnreadable
from services.tables.lines import csv_lines
from services.tables.model import Head, Unfit
from services.tables.packing import MOST_UNPACKED_BYTES, ensure_harmless
from services.tables.reading import LONGEST_TEXT, MOST_COLUMNS, read_sheet
from services.tables.writing import write_sheet
from tests.sheets import first_sheet, opened, workbook

SHEET = "xl/worksheets/sheet1.xml"


def with_member(file: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one member put in another's place, or added."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, content)
    return changed.getvalue()


def errors_of(file: bytes, most_rows: int = 10) -> list[tuple[str, str]]:
    with pytest.raises(TableRefused) as refusal:
        read_sheet(file, most_rows=most_rows)
    return [(one.path, one.code) for one in refusal.value.errors]


def test_cells_keep_their_kinds_and_rows_their_numbers() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 -- spreadsheets know no zones
    sheet = read_sheet(
        workbook(["a", " b ", "c", "d"], ["00123", 12, 1.5, True], [], [None, date(2026, 1, 2), moment, "  "]),
        most_rows=10,
    )
    assert sheet.columns == ("a", "b", "c", "d")
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("00123", 12, 1.5, True)),
        (4, (None, datetime(2026, 1, 2), moment, None)),  # noqa: DTZ001
    ]


def test_formulas_errors_and_long_texts_are_not_taken() -> None:
    sheet = read_sheet(
        workbook(["a", "b", "c", "d"], ["=1+1", "#N/A", "x" * (LONGEST_TEXT + 1), "x" * LONGEST_TEXT]), most_rows=1
    )
    assert sheet.rows[0].cells == (Unfit.FORMULA, Unfit.ERROR, Unfit.TOO_LONG, "x" * LONGEST_TEXT)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.9, -1, -30])
def test_what_is_cut_short_is_unreadable(kept: float) -> None:
    file = workbook(["a"], ["x"])
    end = int(len(file) * kept) if isinstance(kept, float) else kept
    with pytest.raises(TableUnreadable):
        read_sheet(file[:end], most_rows=1)


@pytest.mark.parametrize("file", [b"code\nx\n", b"PK\x03\x04", bytes(5000), b"\xd0\xcf\x11\xe0" * 200])
def test_what_is_no_archive_is_unreadable(file: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_sheet(file, most_rows=1)


def test_an_archive_of_something_else_is_unreadable() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(TableUnreadable):
        read_sheet(file.getvalue(), most_rows=1)
    with pytest.raises(TableUnreadable):
        read_sheet(with_member(workbook(["a"], ["x"]), SHEET, b"<worksheet><sheetData>"), most_rows=1)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    bomb = with_member(workbook(["a"], ["x"]), "xl/media/image1.png", bytes(MOST_UNPACKED_BYTES))
    assert len(bomb) < 100_000
    began = time.perf_counter()
    with pytest.raises(TableUnreadable):
        ensure_harmless(bomb)
    print("a bomb took", time.perf_counter() - began)


def test_a_bomb_that_says_it_is_small_is_refused() -> None:
    bomb = bytearray(with_member(workbook(["a"], ["x"]), "xl/media/image1.png", bytes(MOST_UNPACKED_BYTES)))
    size = MOST_UNPACKED_BYTES.to_bytes(4, "little")
    while (at := bomb.find(size)) >= 0:
        bomb[at : at + 4] = (100).to_bytes(4, "little")
    with pytest.raises(TableUnreadable):
        ensure_harmless(bytes(bomb))


def test_many_members_are_refused() -> None:
    file = io.BytesIO(workbook(["a"], ["x"]))
    with zipfile.ZipFile(file, "a") as archive:
        for at in range(300):
            archive.writestr(f"x{at}", b"")
    with pytest.raises(TableUnreadable):
        ensure_harmless(file.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_entities_are_refused(encoding: str) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet/>'
    with pytest.raises(TableUnreadable):
        ensure_harmless(with_member(workbook(["a"], ["x"]), SHEET, text.encode(encoding)))


def test_a_password_is_not_asked_for() -> None:
    file = bytearray(workbook(["a"], ["x"]))
    at = file.find(b"PK\x01\x02")
    file[at + 8] |= 1  # the first member says that it is encrypted
    file[6] |= 1
    with pytest.raises(TableUnreadable):
        ensure_harmless(bytes(file))


def test_a_sheet_has_bounds() -> None:
    assert errors_of(workbook(["a"], *(["x"] for _ in range(11)))) == [("rows", "too_long")]
    assert len(read_sheet(workbook(["a"], *(["x"] for _ in range(10))), most_rows=10).rows) == 10
    wide = ["x"] * (MOST_COLUMNS + 1)
    assert errors_of(workbook(wide)) == [("columns", "too_long")]
    assert len(read_sheet(workbook(wide[1:]), most_rows=10).columns) == MOST_COLUMNS


def test_a_far_cell_costs_no_time() -> None:
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    rows += '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    file = with_member(workbook(["a"], ["x"]), SHEET, sheet.encode())
    began = time.perf_counter()
    assert [row.number for row in read_sheet(file, most_rows=10).rows] == [1_048_576]
    print("a far cell took", time.perf_counter() - began)


def test_columns_have_names() -> None:
    assert errors_of(workbook(["a", None], ["x", "y"])) == [("columns[1]", "required")]
    assert errors_of(workbook([], ["x"])) == [("columns", "required")]
    assert read_sheet(workbook(["a", None, "c"], ["x", None, "y"]), most_rows=1).columns == ("a", "", "c")


def test_what_is_written_is_text_and_offers_choices() -> None:
    heads = [
        Head(name="a", title="甲", choices=("是", '"否"')),
        Head(name="b", title="乙", is_text=False),
        Head(name="c", title="丙"),
    ]
    rows = [["=1+1", "", "\x00x"], ["'y", "+1", "@z"]]
    file = write_sheet("表", heads, rows, most_rows=5)
    sheet = first_sheet(opened(file))
    assert sheet.freeze_panes == "A3"
    assert [cell.value for cell in sheet[2]] == ["甲", "乙", "丙"]
    assert [cell.value for cell in sheet[3]] == ["=1+1", None, "x"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    (offered,) = sheet.data_validations.dataValidation
    assert (offered.formula1, str(offered.sqref)) == ('"是,""否"""', "A3:A7")
    assert [row.cells for row in read_sheet(file, most_rows=5).rows][1:] == [
        ("=1+1", None, "x"),
        ("'y", "+1", "@z"),
    ]


def test_numbers_are_written_as_numbers_and_texts_that_look_like_one_as_text() -> None:
    heads = [Head(name="a", title="甲", is_text=False), Head(name="b", title="乙", is_text=False)]
    sheet = first_sheet(opened(write_sheet("表", heads, [[12, "12"], [3.5, ""]], most_rows=5)))
    assert [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows(min_row=3)] == [
        [(12, "n"), ("12", "s")],
        [(3.5, "n"), (None, "n")],
    ]


def test_lines_of_csv_are_harmless() -> None:
    rows = [["=a", "+1", "-1", "@x", "\ty", "\rz", "a=b", 'q"q', "a,b", "c\nd", ""]]
    assert csv_lines(rows) == '\'=a,\'+1,\'-1,\'@x,\'\ty,"\'\rz",a=b,"q""q","a,b","c\nd",\r\n'
