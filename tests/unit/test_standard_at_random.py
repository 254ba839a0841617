"""What is called compatible keeps every promise to readers: schemas, changes and records at random."""

import copy
from typing import Any

import jsonschema_rs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.sync.standard.compatibility import Verdict, compare_all, lock_of

Schema = dict[str, Any]


NUMBERS = st.integers(-2, 3)
WORDS = st.sampled_from(["a", "b", "ab", "2026-11-22", ""])


@st.composite
def value_schemas(draw: st.DrawFn) -> Schema:
    types = draw(st.lists(st.sampled_from(["string", "integer", "number", "null", "boolean"]), min_size=1, unique=True))
    schema: Schema = {"type": types}
    for name, numbers in (("minimum", NUMBERS), ("maximum", NUMBERS), ("exclusiveMinimum", NUMBERS)):
        if draw(st.integers(0, 3)) == 0:
            schema[name] = draw(numbers)
    for name in ("minLength", "maxLength"):
        if draw(st.integers(0, 3)) == 0:
            schema[name] = draw(st.integers(0, 3))
    if draw(st.integers(0, 3)) == 0:
        schema["pattern"] = draw(st.sampled_from(["^a", "b$"]))
    if draw(st.integers(0, 3)) == 0:
        schema["format"] = "date"
    if draw(st.integers(0, 3)) == 0:
        schema["enum"] = draw(st.lists(st.one_of(WORDS, NUMBERS, st.none(), st.booleans()), min_size=1, max_size=4))
    return schema


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    properties: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(["one", "two", "many", "inner"]), unique=True, min_size=1)):
        if name == "many":
            properties[name] = {"type": "array", "items": draw(value_schemas())}
            if draw(st.booleans()):
                properties[name]["uniqueItems"] = True
            if draw(st.booleans()):
                properties[name]["maxItems"] = draw(st.integers(0, 2))
        elif name == "inner":
            properties[name] = whole(draw, {"deep": draw(value_schemas())})
        else:
            properties[name] = draw(value_schemas())
    return whole(draw, properties) | {"x-standard": "slot/1", "x-version": "1.0"}


def whole(draw: st.DrawFn, properties: Schema) -> Schema:
    required = [name for name in properties if draw(st.integers(0, 4))]
    return {
        "type": "object",
        "additionalProperties": draw(st.integers(0, 4)) == 0,
        "required": required,
        "properties": properties,
    }


VALUES = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from([0.5, 1.0, 2.5]), WORDS)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "one": VALUES,
        "two": VALUES,
        "many": st.lists(VALUES, max_size=3),
        "inner": st.fixed_dictionaries({}, optional={"deep": VALUES}),
    },
)


def as_readers_see(schema: Schema) -> Schema:
    """Return the schema of a reader who passes over what it does not know, as the standard asks."""
    if "properties" not in schema:
        return schema
    inner = {name: as_readers_see(one) for name, one in schema["properties"].items()}
    return {**schema, "properties": inner, "additionalProperties": True}


@st.composite
def changed(draw: st.DrawFn, old: Schema) -> Schema:
    """Return a schema with one thing said otherwise, somewhere, or something more."""
    new = copy.deepcopy(old)
    properties = new["properties"]
    name = draw(st.sampled_from([*properties, "new"]))
    if name == "new":
        properties["new"] = draw(value_schemas())
        return new
    at = properties[name]
    at = at.get("items", at.get("properties", {}).get("deep", at))
    fresh = draw(value_schemas())
    keyword = draw(st.sampled_from(sorted({*fresh, *at} - {"properties", "items", "required"})))
    at.pop(keyword, None)
    if keyword in fresh:
        at[keyword] = fresh[keyword]
    at.setdefault("type", ["null"])
    return new


@settings(max_examples=200, deadline=None)
@given(schemas(), st.lists(RECORDS, min_size=20, max_size=20), st.data())
def test_whoever_read_the_old_records_can_read_the_new_ones(
    old: Schema, records: list[Any], data: st.DataObject
) -> None:
    """Whatever was changed: where nothing breaks, each record of the new schema follows the old one, too."""
    new = data.draw(changed(old))
    [verdict] = compare_all([new], lock_of([old]))
    assume(not verdict.breaking)
    reads = jsonschema_rs.Draft202012Validator(as_readers_see(old), validate_formats=True)
    writes = jsonschema_rs.Draft202012Validator(new, validate_formats=True)
    for record in records:
        if writes.is_valid(record):
            assert reads.is_valid(record), f"{record} follows {new} and not {old}"


@settings(max_examples=100, deadline=None)
@given(schemas())
def test_a_schema_is_compatible_with_itself(schema: Schema) -> None:
    assert compare_all([schema], lock_of([schema])) == [Verdict(standard="slot/1")]
