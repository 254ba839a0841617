"""Attributes of an item against the schema of its type, each fault with a path and a stable code."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from services.common.errors import FieldError
from services.items.attribute_schemas import (
    DEEPEST,
    MOST_BYTES,
    MOST_FAULTS,
    PROPERTY_NAME,
    compile_schema,
    depth_of,
    size_of,
    step,
)
from services.items.model import ItemType

ROOT = "attributes"
MOST_COMPILED = 256
LEAST_WHOLE, MOST_WHOLE = -(1 << 63), (1 << 63) - 1  # what the database holds

# By JSON Schema's keyword: our code, and which of the rule's own values its sentence needs.
_CODES: Mapping[str, tuple[str, str | None]] = {
    "type": ("wrong_type", None),
    "enum": ("not_allowed", "options"),
    "const": ("not_allowed", "expected_value"),
    "pattern": ("invalid_format", None),
    "format": ("invalid_format", None),
    "minLength": ("too_short", "limit"),
    "minItems": ("too_short", "limit"),
    "minProperties": ("too_short", "limit"),
    "maxLength": ("too_long", "limit"),
    "maxItems": ("too_long", "limit"),
    "maxProperties": ("too_long", "limit"),
    "minimum": ("out_of_range", None),
    "maximum": ("out_of_range", None),
    "exclusiveMinimum": ("out_of_range", None),
    "exclusiveMaximum": ("out_of_range", None),
}
_compiled: dict[tuple[str, int], Draft202012Validator] = {}


def check_attributes(item_type: ItemType, attributes: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with `attributes`, with paths such as `attributes.height_cm`; at most 100."""
    if depth_of(attributes, DEEPEST) > DEEPEST:
        return [FieldError(path=ROOT, code="too_deep", detail=f"at most {DEEPEST} levels", values=(str(DEEPEST),))]
    if size_of(attributes) > MOST_BYTES:
        most = str(MOST_BYTES)
        return [FieldError(path=ROOT, code="too_long", detail=f"at most {most} bytes", values=(most,))]
    return list(islice(_faults(item_type, attributes), MOST_FAULTS))


def _faults(item_type: ItemType, attributes: Mapping[str, Any]) -> Iterator[FieldError]:
    yield from _unkeepable(attributes, ROOT)
    for error in _validator_of(item_type).iter_errors(dict(attributes)):
        yield from _errors_of(error)


def _validator_of(item_type: ItemType) -> Draft202012Validator:
    key = (item_type.id, item_type.version)
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= MOST_COMPILED:
            _compiled.clear()
        found = _compiled[key] = compile_schema(item_type.attributes_schema)
    return found


def _unkeepable(value: Any, path: str) -> Iterator[FieldError]:
    """Yield what no schema shall let through: names that none could have, numbers that the database cannot hold."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if PROPERTY_NAME.fullmatch(name):
                yield from _unkeepable(inner, step(path, name))
            elif path != ROOT:  # there, no schema takes it
                yield FieldError(path=step(path, name), code="unknown_field", detail="there is no such field")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unkeepable(inner, step(path, index))
    elif isinstance(value, int) and not LEAST_WHOLE <= value <= MOST_WHOLE:
        yield FieldError(path=path, code="too_large", detail="this number is too large")


def _errors_of(error: ValidationError) -> Iterator[FieldError]:
    path = ROOT
    for key in error.instance_path:
        path = step(path, key)
    keyword, told = error.kind.name, error.kind.as_dict()
    if keyword == "required":
        yield FieldError(path=step(path, told["property"]), code="required", detail="this field is required")
    elif keyword == "additionalProperties":
        for name in told["unexpected"]:
            yield FieldError(path=step(path, name), code="unknown_field", detail="there is no such field")
    else:
        code, value = _CODES.get(keyword, ("rule_broken", None))
        values = () if value is None else (_shown(told[value]),)
        yield FieldError(path=path, code=code, detail=_DETAILS[code](error), values=values)


def _shown(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _plain(text: str) -> Callable[[ValidationError], str]:
    return lambda _: text


_DETAILS: Mapping[str, Callable[[ValidationError], str]] = {
    "wrong_type": lambda error: f"this value has the wrong type: {_shown(error.kind.as_dict()['types'])}",
    "not_allowed": _plain("this value is not one of those allowed"),
    "invalid_format": _plain("this does not have the right form"),
    "too_short": lambda error: f"at least {error.kind.as_dict()['limit']}",
    "too_long": lambda error: f"at most {error.kind.as_dict()['limit']}",
    "out_of_range": lambda error: f"{error.kind.name}: {error.kind.as_dict()['limit']}",
    "rule_broken": lambda error: f"this breaks the type's rule `{error.kind.name}`",
}
