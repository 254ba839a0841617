"""Tables of outlets: every row is judged by itself, and each fault names its row and column."""

from datetime import date, datetime
from typing import Any

import pytest

from services.patrols.outlets.model import OutletKind
from services.patrols.outlets.tables.columns import TITLES
from services.patrols.outlets.tables.rows import MOST_ROWS, changes_said, details_said, read_rows
from services.tables.errors import TableRefused
from services.tables.model import Cell, Row, Sheet, Unfit
from services.tables.rows import TableRows
from tests.outlets import USCC, pieces_of

RIGHT: dict[str, Cell] = {
    "external_id": "list-1",
    "name": "示例清真餐厅",
    "name_en": None,
    "kind": "餐厅",
    "address": "示例路2号（虚构地址）",
    "district": "黄浦区",
    "lng": 121.483,
    "lat": "31.227",
    "uscc": USCC,
    "licence_number": "示例-0001",
    "licence_issuer": "示例发证机关",
    "licence_valid_from": datetime(2026, 1, 1),  # noqa: DTZ001 -- as spreadsheets have days
    "licence_valid_to": "2028年12月31日",
    "licence_scope": "餐饮服务",
    "contact_name": "示例联系人",
    "contact_phone": 13800000000,
}


def read(*rows: dict[str, Cell], columns: tuple[str, ...] = tuple(RIGHT)) -> TableRows:
    filled = [Row(number=at, cells=tuple(row.get(name) for name in columns)) for at, row in enumerate(rows, start=2)]
    return read_rows(Sheet(columns=columns, rows=tuple(filled)))


def faults(found: TableRows) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in found.faults]


def test_a_right_row_is_read_as_people_write_it() -> None:
    found = read(RIGHT, RIGHT | {"external_id": "list-2", "licence_number": "示例-0002", "kind": "butcher"})
    assert (found.total, found.faulty, found.faults) == (2, 0, [])
    first, second = pieces_of(found)
    assert first["contact"] == {"name": "示例联系人", "phone": "13800000000"}
    details = details_said(first, district_id="310101")
    assert (details.kind, details.name_en, details.position.lng) == (OutletKind.RESTAURANT, "示例清真餐厅", 121.483)
    assert details.licence is not None
    assert (details.licence.valid_from, details.licence.valid_to) == (date(2026, 1, 1), date(2028, 12, 31))
    assert second["kind"] == "butcher"


def test_what_a_table_has_no_column_for_stays() -> None:
    columns = ("external_id", "name", "kind", "address", "district", "lng", "lat")
    (row,) = pieces_of(read(RIGHT, columns=columns))
    assert set(changes_said(row, district_id="310101")) == {
        "name", "kind", "address", "district_id", "position", "external_id"
    }  # fmt: skip
    cleared = RIGHT | dict.fromkeys([name for name in RIGHT if name.startswith(("uscc", "licence", "contact"))])
    (row,) = pieces_of(read(cleared))
    changes = changes_said(row, district_id="310101")
    assert (changes["uscc"], changes["licence"]) == (None, None)
    assert "name_en" not in changes
    assert "contact" not in row


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, [("name", "required")]),
        ({"external_id": None, "licence_number": None}, [("external_id", "required"), ("licence_number", "required")]),
        ({"kind": "酒店"}, [("kind", "not_allowed")]),
        ({"name": Unfit.FORMULA}, [("name", "formula_not_allowed")]),
        ({"name": "示例" * 51}, [("name", "too_long")]),
        ({"name": "示\x00例"}, [("name", "control_character")]),
        ({"lng": "东经121"}, [("lng", "wrong_type")]),
        ({"lng": 31.2, "lat": 121.4}, [("position", "")]),
        ({"uscc": "1" * 18}, [("uscc", "uscc_invalid")]),
        ({"licence_valid_to": "2028-02-30"}, [("licence_valid_to", "invalid_format")]),
        ({"licence_valid_to": "2025-12-31"}, [("licence_valid_to", "ends_before_start")]),
        ({"licence_issuer": None}, [("licence_issuer", "required")]),
        ({"contact_phone": None}, [("contact_phone", "required")]),
        ({"contact_phone": "打电话"}, [("contact_phone", "invalid_format")]),
    ],
)
def test_each_fault_has_its_row_and_column(changes: dict[str, Cell], expected: list[tuple[str, str]]) -> None:
    found = read(RIGHT | {"external_id": "list-0", "licence_number": "示例-0000"}, RIGHT | changes)
    if expected == [("position", "")]:  # both are swapped
        expected = [("lng", "out_of_range"), ("lat", "out_of_range")]
    assert faults(found) == [(f"rows[3].{column}", code) for column, code in expected]
    assert (found.total, found.faulty, len(pieces_of(found))) == (2, 1, 1)


def test_a_key_that_comes_twice_is_named() -> None:
    found = read(RIGHT, RIGHT | {"external_id": "list-2"}, RIGHT | {"licence_number": "示例-0003"})
    assert faults(found) == [
        ("rows[3].licence_number", "duplicate_row"), ("rows[4].external_id", "duplicate_row")
    ]  # fmt: skip
    assert found.faults[0].values == ("2",)


@pytest.mark.parametrize(
    ("columns", "path", "code"),
    [
        ((*RIGHT, "religion"), "columns.religion", "unknown_field"),
        ((*RIGHT, "name"), "columns.name", "named_twice"),
        (tuple(name for name in RIGHT if name != "lat"), "columns.lat", "required"),
        (tuple(name for name in RIGHT if name != "licence_issuer"), "columns.licence_issuer", "required"),
        (("name", "kind", "address", "district", "lng", "lat"), "columns.external_id", "required"),
    ],
)
def test_other_columns_are_refused(columns: tuple[str, ...], path: str, code: str) -> None:
    with pytest.raises(TableRefused) as refusal:
        read(RIGHT, columns=columns)
    assert (path, code) in [(one.path, one.code) for one in refusal.value.errors]


def test_a_table_has_rows_but_not_too_many() -> None:
    explains: dict[str, Any] = dict(TITLES)
    for rows in ([], [explains], [RIGHT] * (MOST_ROWS + 1)):
        with pytest.raises(TableRefused):
            read(*rows)
