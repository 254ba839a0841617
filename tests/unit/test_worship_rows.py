"""Tables of times of worship: what their cells may be, and faults row by row."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pytest

from services.calendars.worship_rows import MOST_ROWS, read_rows
from services.tables.errors import TableRefused, TableUnreadable
from services.tables.lines import read_lines
from services.tables.model import Row, Sheet, Unfit

# As openpyxl gives a day.
AT_MIDNIGHT = datetime(2026, 11, 27)  # noqa: DTZ001 -- a cell has no zone
COLUMNS = ("date", "name", "starts", "ends")


def sheet(*rows: Sequence[Any], columns: tuple[str, ...] = COLUMNS) -> Sheet:
    return Sheet(columns=columns, rows=tuple(Row(number=at, cells=tuple(row)) for at, row in enumerate(rows, start=2)))


def lines(text: str) -> Sheet:
    return read_lines(text.encode(), most_rows=MOST_ROWS, most_columns=60)


@pytest.mark.parametrize("day", ["2026-11-27", "2026/11/27", "2026年11月27日", date(2026, 11, 27), AT_MIDNIGHT])
@pytest.mark.parametrize("starts", ["12:05", "12:05:00", time(12, 5)])
@pytest.mark.parametrize("ends", ["24:00", "24:00:00"])
def test_days_and_times_are_taken_as_people_and_spreadsheets_write_them(day: Any, starts: Any, ends: Any) -> None:
    read = read_rows(sheet((day, "晌礼", starts, ends)))
    [piece] = read.pieces
    assert json.loads(piece) == [{"row": 2, "date": "2026-11-27", "name": "晌礼", "starts": 725, "ends": 1440}]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("2026-11-31", "晌礼", "12:00", "13:00"), "date", "invalid_format"),
        (("27.11.2026", "晌礼", "12:00", "13:00"), "date", "invalid_format"),
        ((datetime(2026, 11, 27, 12), "晌礼", "12:00", "13:00"), "date", "invalid_format"),  # noqa: DTZ001 -- as above
        ((None, "晌礼", "12:00", "13:00"), "date", "required"),
        (("2026-11-27", None, "12:00", "13:00"), "name", "required"),
        (("2026-11-27", "晌" * 41, "12:00", "13:00"), "name", "too_long"),
        (("2026-11-27", "a\u202eb", "12:00", "13:00"), "name", "control_character"),
        (("2026-11-27", "晌礼", "24:01", "13:00"), "starts", "invalid_format"),
        (("2026-11-27", "晌礼", "12.00", "13:00"), "starts", "invalid_format"),
        (("2026-11-27", "晌礼", time(12, 0, 30), "13:00"), "starts", "invalid_format"),
        (("2026-11-27", "晌礼", 0.5, "13:00"), "starts", "invalid_format"),
        (("2026-11-27", "晌礼", "12:00", Unfit.FORMULA), "ends", "formula_not_allowed"),
        (("2026-11-27", "晌礼", "12:00", "12:00"), "ends", "closes_before_opens"),
        (("2026-11-27", "晌礼", "23:50", "00:10"), "ends", "closes_before_opens"),
    ],
)
def test_a_wrong_cell_is_named(row: Sequence[Any], column: str, code: str) -> None:
    good = ("2026-11-26", "晌礼", "12:00", "13:00")
    read = read_rows(sheet(good, row))
    assert [(one.path, one.code) for one in read.faults] == [(f"rows[3].{column}", code)]
    assert (read.total, read.faulty) == (2, 1)


def test_a_row_that_stood_before_is_named() -> None:
    row = ("2026-11-26", "晌礼", "12:00", "13:00")
    read = read_rows(sheet(row, ("2026/11/26", "晌礼", "12:00", "13:30")))
    assert [(one.path, one.code, one.values) for one in read.faults] == [("rows[3]", "duplicate_row", ("2",))]


@pytest.mark.parametrize(
    ("columns", "faults"),
    [
        (("date", "name", "starts"), [("columns.ends", "required")]),
        ((*COLUMNS, "imam"), [("columns.imam", "unknown_field")]),
        ((*COLUMNS, "date"), [("columns.date", "named_twice")]),
    ],
)
def test_other_columns_are_refused(columns: tuple[str, ...], faults: list[tuple[str, str]]) -> None:
    with pytest.raises(TableRefused) as refusal:
        read_rows(sheet(("x",) * len(columns), columns=columns))
    assert [(one.path, one.code) for one in refusal.value.errors] == faults


def test_a_table_has_rows_and_not_too_many_months() -> None:
    with pytest.raises(TableRefused):
        read_rows(sheet())
    months = [
        (f"{year}-{month:02}-01", "礼", "12:00", "13:00") for year in (2026, 2027, 2028) for month in range(1, 13)
    ]
    assert read_rows(sheet(*months[:24])).faulty == 0
    with pytest.raises(TableRefused):
        read_rows(sheet(*months[:25]))


def test_lines_are_read_with_or_without_a_mark_and_blank_ones_left_out() -> None:
    text = 'date,name,starts,ends\r\n\r\n2026-11-27,"主麻, 聚礼", 12:00 ,13:00\r\n,,,\r\n'
    for written in (text, "\ufeff" + text):
        found = lines(written)
        assert found.columns == COLUMNS
        assert found.rows == (Row(number=3, cells=("2026-11-27", "主麻, 聚礼", "12:00", "13:00")),)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", "日期".encode("gbk"), b'a,b\n"x', b"a" * 200_000])
def test_what_are_no_lines_of_utf_8_is_unreadable(data: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_lines(data, most_rows=10, most_columns=60)


@pytest.mark.parametrize("text", ["", "\n\n", "date\nx,y\n", "a,b\n" * 12, ",".join("a" * 61)])
def test_lines_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(TableRefused):
        read_lines(text.encode(), most_rows=10, most_columns=60)
