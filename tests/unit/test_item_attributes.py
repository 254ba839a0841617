"""Attribute schemas, attributes, and what may never be asked of a person."""

import time
from typing import Any

import pytest

from services.common.personal import asks_for_a_person
from services.items.attribute_schemas import MOST_FAULTS, schema_faults
from services.items.attributes import check_attributes
from tests.factories import make_item_type

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "material": {"enum": ["木", "石", "铜"]},
        "height_cm": {"type": "number", "minimum": 0, "exclusiveMaximum": 1000},
        "count": {"type": "integer"},
        "marks": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2, "minItems": 1},
        "made_on": {"type": "string", "format": "date"},
        "shelf": {"type": "string", "pattern": "^[A-Z][0-9]+$", "minLength": 2},
        "extra": {"type": "object"},
    },
    "required": ["material"],
    "additionalProperties": False,
}
TYPE = make_item_type(attributes_schema=SCHEMA)


@pytest.mark.parametrize(
    ("attributes", "path", "code"),
    [
        ({}, "attributes.material", "required"),
        ({"material": "金"}, "attributes.material", "not_allowed"),
        ({"material": "木", "weight": 1}, "attributes.weight", "unknown_field"),
        ({"material": "木", "$where": 1}, "attributes.$where", "unknown_field"),
        ({"material": "木", "height_cm": "3"}, "attributes.height_cm", "wrong_type"),
        ({"material": "木", "height_cm": -1}, "attributes.height_cm", "out_of_range"),
        ({"material": "木", "height_cm": 1000}, "attributes.height_cm", "out_of_range"),
        ({"material": "木", "count": 1.5}, "attributes.count", "wrong_type"),
        ({"material": "木", "count": 1 << 63}, "attributes.count", "too_large"),
        ({"material": "木", "marks": []}, "attributes.marks", "too_short"),
        ({"material": "木", "marks": ["a", "b", "c"]}, "attributes.marks", "too_long"),
        ({"material": "木", "marks": ["a", "long"]}, "attributes.marks[1]", "too_long"),
        ({"material": "木", "made_on": "2026-02-30"}, "attributes.made_on", "invalid_format"),
        ({"material": "木", "shelf": "a1"}, "attributes.shelf", "invalid_format"),
        ({"material": "木", "extra": {"a": {"$b": 1}}}, "attributes.extra.a.$b", "unknown_field"),
        ({"material": "木", "extra": {"a": [[[[[[[1]]]]]]]}}, "attributes", "too_deep"),
        ({"material": "木", "extra": {"a": "x" * 17_000}}, "attributes", "too_long"),
    ],
)
def test_a_fault_has_a_path_and_a_code(attributes: dict[str, Any], path: str, code: str) -> None:
    assert [(error.path, error.code) for error in check_attributes(TYPE, attributes)] == [(path, code)]


def test_what_is_right_has_no_faults() -> None:
    right = {
        "material": "木",
        "height_cm": 12.5,
        "count": -(1 << 63),
        "marks": ["甲"],
        "shelf": "A1",
        "extra": {"a": 1},
    }
    assert check_attributes(TYPE, right | {"made_on": "2026-02-28"}) == []


def test_all_faults_are_named_but_no_more_than_a_person_can_use() -> None:
    errors = check_attributes(TYPE, {"height_cm": -1, "weight": 1})
    assert {error.path for error in errors} == {"attributes.material", "attributes.height_cm", "attributes.weight"}
    assert len(check_attributes(TYPE, {f"x{number}": 1 for number in range(1000)})) == MOST_FAULTS


def test_another_version_of_a_type_has_rules_of_its_own() -> None:
    changed = make_item_type(id=TYPE.id, version=2, attributes_schema={"type": "object"})
    assert check_attributes(TYPE, {}) != []
    assert check_attributes(changed, {}) == []


def test_a_hostile_pattern_takes_no_time() -> None:
    """A backtracking engine needs 2^n steps for this one."""
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a|a)*$"}}}
    assert schema_faults(schema) == []
    started = time.perf_counter()
    errors = check_attributes(make_item_type(attributes_schema=schema), {"a": "a" * 10_000 + "!"})
    assert [error.code for error in errors] == ["invalid_format"]
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "keyword",
    ["$ref", "$id", "$anchor", "$dynamicRef", "$defs", "$vocabulary", "definitions", "patternProperties"],
)
@pytest.mark.parametrize("where", ["items", "allOf", "if", "properties", "dependentSchemas", "prefixItems", "not"])
def test_no_schema_refers_to_another(keyword: str, where: str) -> None:
    inner: Any = {keyword: "https://example.org/x"}
    if where in {"allOf", "prefixItems"}:
        inner = [inner]
    elif where in {"properties", "dependentSchemas"}:
        inner = {"b": inner}
    schema = {"type": "object", "properties": {"a": {where: inner}}}
    assert "keyword_refused" in {fault.code for fault in schema_faults(schema)}


def test_the_dialect_may_be_named_if_it_is_ours() -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    assert schema_faults({"$schema": dialect, "type": "object"}) == []
    draft_7 = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
    assert [fault.path for fault in schema_faults(draft_7)] == ["attributes_schema.$schema"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": 1}},
        {"type": "object", "required": "a"},
        {"type": "object", "allOf": {}},
        {"type": "object", "properties": {"a": {"multipleOf": 0}}},
        {"type": "object", "properties": {"a": {"pattern": "(a{1000}){1000}"}}},
    ],
)
def test_what_is_no_json_schema_is_refused(schema: dict[str, Any]) -> None:
    assert [fault.code for fault in schema_faults(schema)] == ["schema_invalid"]


@pytest.mark.parametrize(
    "text",
    [
        "religion",
        "religious_belief",
        "ethnicity",
        "ethnic_group",
        "id_number",
        "id_card_no",
        "idCard",
        "passport_number",
        "phone",
        "contact_phone",
        "mobile",
        "mobile_number",
        "full_name",
        "donor_name",
        "Owner's name",
        "surname",
        "宗教信仰",
        "信 仰",
        "民族",
        "持有人民族",
        "民族成分",
        "身份证号",
        "证件号码",
        "手机号",
        "联系电话",
        "捐赠人姓名",
    ],
)
def test_what_asks_for_a_person_is_known(text: str) -> None:
    assert asks_for_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "material",
        "name_of_work",
        "era",
        "brace",
        "phonetic_script",
        "mobile_shelf",
        "identity_mark",
        "民族文字",
        "民族服饰样式",
        "手工",
        "名称",
        "电压",
        "licence_number",
        "",
    ],
)
def test_what_describes_a_thing_is_not_mistaken(text: str) -> None:
    assert not asks_for_a_person(text)
