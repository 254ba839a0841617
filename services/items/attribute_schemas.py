"""Attribute schemas: which JSON Schemas an item type may have: bounded, local, and linear in time."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from services.common.errors import FieldError
from services.common.personal import asks_for_a_person

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_BYTES = 16 * 1024
DEEPEST = 8
MOST_PROPERTIES = 50
MOST_FAULTS = 100
PROPERTY_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
REGEX_BYTES = 1 << 18
ROOT = "attributes_schema"

# Nothing refers to anything, so that no schema means more than it says; and all names are known beforehand.
_REFUSED = frozenset({"definitions", "dependencies", "patternProperties", "propertyNames"})
_ONE = ("items", "contains", "not", "if", "then", "else", "unevaluatedItems", "unevaluatedProperties")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "dependentSchemas")

Schema = Mapping[str, Any]


def normal_schema(schema: Schema) -> dict[str, Any]:
    """Return the schema of an object that has the named properties only."""
    return {**schema, "additionalProperties": False}


def schema_faults(schema: Schema) -> list[FieldError]:
    """Return what is wrong with an attribute schema, with paths that begin with `attributes_schema`; at most 100."""
    if bounds := list(_bounds(schema)):
        return bounds
    found = list(islice(_faults(schema), MOST_FAULTS))
    return found or list(_invalid(schema))


def compile_schema(schema: Schema) -> Draft202012Validator:
    """Return a validator that never asks the network; raises ValidationError (jsonschema_rs) for no valid schema."""
    return Draft202012Validator(
        dict(schema), pattern_options=RegexOptions(size_limit=REGEX_BYTES), validate_formats=True, offline=True
    )


def depth_of(value: Any, deepest: int) -> int:
    """Return how many objects and lists are inside each other, `deepest` + 1 when more than `deepest`."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        if depth > deepest:
            break
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def step(path: str, key: str | int) -> str:
    """Return the path of what lies at `key` of what lies at `path`."""
    return f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}"


def size_of(value: Any) -> int:
    """Return the bytes of `value` as JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _bounds(schema: Schema) -> Iterator[FieldError]:
    if depth_of(schema, DEEPEST) > DEEPEST:
        yield FieldError(path=ROOT, code="too_deep", detail=f"at most {DEEPEST} levels", values=(str(DEEPEST),))
    elif size_of(schema) > MOST_BYTES:
        yield FieldError(path=ROOT, code="too_long", detail=f"at most {MOST_BYTES} bytes", values=(str(MOST_BYTES),))


def _faults(schema: Schema) -> Iterator[FieldError]:
    if schema.get("type") != "object":
        yield FieldError(path=f"{ROOT}.type", code="not_allowed", detail="must be: object", values=("object",))
    if schema.get("additionalProperties", False) is not False:
        yield FieldError(path=f"{ROOT}.additionalProperties", code="not_allowed", detail="false", values=("false",))
    for path, part in _subschemas(schema, ROOT):
        yield from _keyword_faults(part, path)
        yield from _property_faults(part.get("properties"), f"{path}.properties")


def _subschemas(schema: Any, path: str) -> Iterator[tuple[str, Schema]]:
    """Yield all schemas within `schema`, itself first; what has the wrong form is left to the validator."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for key in (*_ONE, "additionalProperties"):
        yield from _subschemas(schema.get(key), f"{path}.{key}")
    for key in _LISTS:
        for index, inner in enumerate(_of(list, schema.get(key))):
            yield from _subschemas(inner, f"{path}.{key}[{index}]")
    for key in _MAPS:
        for name, inner in _of(dict, schema.get(key)).items():
            yield from _subschemas(inner, f"{path}.{key}.{name}")


def _of(kind: type, value: Any) -> Any:
    return value if isinstance(value, kind) else kind()


def _keyword_faults(schema: Schema, path: str) -> Iterator[FieldError]:
    for key, value in schema.items():
        if key == "$schema" and value == DIALECT:
            continue
        if key in _REFUSED or (key.startswith("$") and key != "$comment"):
            yield FieldError(path=f"{path}.{key}", code="keyword_refused", detail="this keyword is not taken here")


def _property_faults(properties: Any, path: str) -> Iterator[FieldError]:
    named = _of(dict, properties)
    if len(named) > MOST_PROPERTIES:
        most = str(MOST_PROPERTIES)
        yield FieldError(path=path, code="too_long", detail=f"at most {most}", values=(most,))
    for name, schema in named.items():
        if not PROPERTY_NAME.fullmatch(name):
            detail = "a name has 1 to 40 of a-z, 0-9 and _, and begins with a letter"
            yield FieldError(path=f"{path}.{name}", code="invalid_format", detail=detail)
        title = _of(dict, schema).get("title", "")
        if asks_for_a_person(name) or (isinstance(title, str) and asks_for_a_person(title)):
            detail = "attributes are those of things: nobody's religion, ethnicity, documents, phone or name"
            yield FieldError(path=f"{path}.{name}", code="personal_attribute", detail=detail)


def _invalid(schema: Schema) -> Iterator[FieldError]:
    try:
        compile_schema(normal_schema(schema))
    except ValidationError as error:
        path = ROOT
        for key in error.instance_path:
            path = step(path, key)
        yield FieldError(path=path, code="schema_invalid", detail="not valid by JSON Schema, draft 2020-12")
    except ValueError:  # a number that the validator does not hold
        yield FieldError(path=ROOT, code="schema_invalid", detail="not valid by JSON Schema, draft 2020-12")
