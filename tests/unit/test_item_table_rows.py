"""Rows of a table: each kind of wrong cell is named by row and column, and good ones are read as the type has it."""

import json
from datetime import datetime
from typing import Any

import pytest

from services.common.errors import FieldError
from services.items.tables.columns import template_heads
from services.items.tables.rows import read_rows
from services.items.tables.words import in_columns
from services.tables.errors import TableRefused
from services.tables.model import Cell, Row, Sheet, Unfit
from services.tables.rows import MOST_FAULTS, TableRows

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "height": {"type": "number"},
        "pieces": {"type": "integer"},
        "loan": {"type": "boolean"},
        "made_on": {"type": "string", "format": "date"},
        "seen_at": {"type": "string", "format": "date-time"},
        "grade": {"enum": ["一级", 2, True]},
        "either": {"type": ["integer", "string", "null"]},
        "parts": {"type": "array"},
        "anything": True,
        "name": {"type": "string", "title": "题名"},
    },
    "required": ["text"],
}


def read(*rows: tuple[Cell, ...], columns: tuple[str, ...] = ("code", "serial")) -> TableRows:
    numbered = tuple(Row(number=number, cells=cells) for number, cells in enumerate(rows, start=2))
    return read_rows(Sheet(columns=columns, rows=numbered), SCHEMA)


def value(column: str, cell: Cell) -> Any:
    """Return what a cell says, or the code of its fault."""
    found = read(("c", cell), columns=("code", column))
    if found.faults:
        assert [one.path for one in found.faults] == [f"rows[2].{column}"]
        return found.faults[0].code
    (said,) = json.loads(found.pieces[0])
    attributes = said["attributes"]
    return attributes[column.removeprefix("attributes.")] if attributes else said[column]


MOMENT = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 -- spreadsheets know no zones
DAY = datetime(2026, 1, 2)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("serial", "00123", "00123"),
        ("serial", 123, "123"),
        ("serial", 123.0, "123"),
        ("serial", 1.5, "1.5"),
        ("serial", 1e15, "digits_lost"),
        ("serial", True, "wrong_type"),
        ("serial", DAY, "2026-01-02"),
        ("serial", Unfit.FORMULA, "formula_not_allowed"),
        ("serial", Unfit.ERROR, "cell_error"),
        ("serial", Unfit.TOO_LONG, "too_long"),
        ("serial", "x" * 61, "too_long"),
        ("serial", "a\nb", "control_character"),
        ("serial", "a\u202eb", "control_character"),
        ("text", "a\nb", "a\nb"),
        ("text", 5.0, "5"),
        ("text", Unfit.FORMULA, "formula_not_allowed"),
        ("height", 5, 5),
        ("height", 5.25, 5.25),
        ("height", "5.25", 5.25),
        ("height", "5,25", "wrong_type"),
        ("height", True, "wrong_type"),
        ("height", DAY, "wrong_type"),
        ("pieces", 5.0, 5),
        ("pieces", 5.5, "wrong_type"),
        ("pieces", "-5", -5),
        ("loan", True, True),
        ("loan", "是", True),
        ("loan", "false", False),
        ("loan", "maybe", "wrong_type"),
        ("loan", 1, "wrong_type"),
        ("made_on", DAY, "2026-01-02"),
        ("made_on", "2026-01-02", "2026-01-02"),
        ("seen_at", MOMENT, "2026-01-02T03:04:05+08:00"),
        ("grade", "一级", "一级"),
        ("grade", 2.0, 2),
        ("grade", "2", 2),
        ("grade", True, True),
        ("grade", "三级", "not_allowed"),
        ("either", 5, 5),
        ("either", "5a", "5a"),
        ("parts", '["a", 1]', ["a", 1]),
        ("parts", "a", "wrong_type"),
        ("parts", "[" * 5000, "wrong_type"),
        ("anything", "x", "x"),
        ("attributes.name", "题", "题"),
        ("name", "名", "名"),
        ("venue_id", "ven_1", "invalid_format"),
        ("holder", "district:310101", "district:310101"),
        ("holder", "person:1", "invalid_format"),
    ],
)
def test_a_cell_is_read_as_its_column_wants(column: str, cell: Cell, expected: Any) -> None:
    assert value(column, cell) == expected


def test_rows_are_numbered_as_they_are_shown_and_twins_name_the_first() -> None:
    found = read(("a-b", "1"), (None, "2"), ("https://x.cn/i/AB", "3"), ("c", "1"), ("d", None), ("e", None))
    assert [(one.path, one.code, one.values) for one in found.faults] == [
        ("rows[3].code", "required", ()),
        ("rows[4].code", "duplicate_row", ("2",)),
        ("rows[5].serial", "duplicate_row", ("2",)),
    ]
    assert (found.total, found.faulty) == (6, 3)
    assert [one["row"] for one in json.loads(found.pieces[0])] == [2, 6, 7]


def test_attributes_are_bounded_together() -> None:
    found = read(*(("c", *["x" * 2000] * 2),), columns=("code", "text", "anything"))
    assert found.faults == []
    big = '["' + "x" * 1990 + '"]'
    found = read(
        ("c", *[big] * 1, "龙" * 2000, "龙" * 2000, "龙" * 2000),
        columns=("code", "parts", "text", "anything", "either"),
    )
    assert [(one.path, one.code) for one in found.faults] == [("rows[2]", "too_long")]


def test_columns_are_known_and_named_once() -> None:
    with pytest.raises(TableRefused) as refusal:
        read(("c",), columns=("serial", "colour", "serial"))
    assert [(one.path, one.code) for one in refusal.value.errors] == [
        ("columns.colour", "unknown_field"),
        ("columns.serial", "named_twice"),
        ("columns.code", "required"),
    ]
    with pytest.raises(TableRefused):
        read()


def test_the_row_of_titles_is_no_row_to_read() -> None:
    heads = template_heads(SCHEMA)
    titles = tuple(head.title for head in heads)
    with pytest.raises(TableRefused):
        read(titles, columns=tuple(head.name for head in heads))
    assert [head.name for head in heads][-1] == "attributes.name"
    assert titles[-1] == "题名"
    assert next(head for head in heads if head.name == "loan").choices == ("TRUE", "FALSE")
    assert {head.name for head in heads if not head.is_text} == {"height", "pieces", "loan", "either"}


def test_faults_are_bounded_and_pieces_small() -> None:
    found = read(*((None, "x") for _ in range(1_500)), *((f"c{at}", None) for at in range(250)))
    assert (len(found.faults), found.faulty, found.total) == (MOST_FAULTS, 1_500, 1_750)
    assert [len(json.loads(piece)) for piece in found.pieces] == [100, 100, 50]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("rows[12].epcList[0]", "rows[12].code"),
        ("rows[12].epcList", "rows[12].code"),
        ("rows[12].ilmd.chengma:attributes.text", "rows[12].text"),
        ("rows[12].ilmd.chengma:attributes.name", "rows[12].attributes.name"),
        ("rows[12].ilmd.chengma:attributes.parts[3]", "rows[12].parts[3]"),
        ("rows[12].ilmd.chengma:attributes", "rows[12]"),
        ("rows[12].destinationList", "rows[12].holder"),
        ("rows[12]", "rows[12]"),
    ],
)
def test_faults_of_events_become_faults_of_cells(path: str, expected: str) -> None:
    assert in_columns(FieldError(path=path, code="x", detail="")).path == expected
