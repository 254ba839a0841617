"""Wrong values for every field, made from the OpenAPI document that the server serves."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
CONTROLS = ("\u0000", "\u0007", "\n", "\u007f", "\u202e", "\u2028", "\u2029", "\u200b")
NO_TIMES = ("", "7", "2026-02-30", "2026-11-22T25:00:00Z", "2026-11-22T09:00:00", "1026-11-22", "七")
SAMPLES: Mapping[str, tuple[Json, ...]] = {
    "string": ("text",),
    "integer": (7, 10**30),
    "number": (1.5, -0.0, 1e300),
    "boolean": (True, False),
    "array": ([], ["text"]),
    "object": ({}, {"a": 1}),
}
MISSING = object()


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """One fault: what stands at `path` instead, and the codes that may name it."""

    what: str
    path: str
    codes: frozenset[str]
    body: Json

    def __str__(self) -> str:
        return f"{self.path}-{self.what}"


class Table:
    """Walks a schema beside a right body, and yields that body with one fault at a time.

    The fields in `verbatim` take every character.
    """

    def __init__(self, schemas: Mapping[str, Any], right: Json, verbatim: frozenset[str]) -> None:
        self._schemas = schemas
        self._right = right
        self._verbatim = verbatim

    def faults(self, schema: Mapping[str, Any]) -> Iterator[Wrong]:
        for body in ([], [1], "text", 7, True, None, [self._right]):
            yield Wrong(what=f"whole={body!r:.20}", path="$", codes=frozenset({"wrong_type", "null"}), body=body)
        yield from self._object(self._resolved(schema), ())

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if "anyOf" in schema:  # an object, or null
            whole, _ = schema["anyOf"]
            return {**self._resolved(whole), "type": ["object", "null"]}
        if "oneOf" in schema:  # right bodies have the first form
            return self._resolved(schema["oneOf"][0])
        resolved: Mapping[str, Any] = self._schemas[name] if name else schema
        return resolved

    def _object(self, schema: Mapping[str, Any], steps: tuple[str | int, ...]) -> Iterator[Wrong]:
        if "properties" not in schema:  # any object at all; what is in it is judged by its own rules
            return
        for name in ("surprise", "Code", "__proto__", "", "$where", "示例"):
            yield self._wrong(f"unknown={name}", (*steps, name), 1, "unknown_field")
        for name, declared in schema["properties"].items():
            here = (*steps, name)
            if name in schema.get("required", ()):
                yield self._wrong("missing", here, MISSING, "required")
            yield from self._value(self._resolved(declared), here)

    def _value(self, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> Iterator[Wrong]:
        declared = schema.get("type", ())
        types = frozenset([declared] if isinstance(declared, str) else declared)
        if "null" not in types:
            yield self._wrong("null", here, None, "null")
        for sample in samples_of_other_types(types):
            yield self._wrong(f"type={sample!r:.9}", here, sample, "wrong_type", "not_allowed")
        walks = {"string": self._text, "integer": self._number, "array": self._list, "object": self._object}
        for kind in sorted(types & walks.keys()):
            yield from walks[kind](schema, here)

    def _number(self, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> Iterator[Wrong]:
        for number in (schema["minimum"] - 1, schema["maximum"] + 1, -(10**30), 10**300):
            yield self._wrong(f"number={number!r:.9}", here, number, "out_of_range")

    def _text(self, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> Iterator[Wrong]:
        if "enum" in schema:
            for word in ("", "nothing", schema["enum"][0].upper(), schema["enum"][0] + " ", "\u0000"):
                yield self._wrong(f"enum={word!r}", here, word, "not_allowed")
            return
        if "format" in schema:
            for text in NO_TIMES:
                yield self._wrong(f"{schema['format']}={text}", here, text, "invalid_format")
        else:
            yield from self._free_text(schema, here)

    def _free_text(self, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> Iterator[Wrong]:
        if schema["minLength"]:
            yield self._wrong("empty", here, "", "too_short", "invalid_format")
            yield self._wrong("too_short", here, "7" * (schema["minLength"] - 1), "too_short", "invalid_format")
        for filler in ("7", "城", "😀"):
            long = filler * (schema["maxLength"] + 1)
            yield self._wrong(f"too_long={filler}", here, long, "too_long", "invalid_format")
        if json_path(here) in self._verbatim:
            return
        yield self._wrong("blanks", here, " " * max(1, schema["minLength"]), "too_short", "invalid_format")
        for control in CONTROLS:
            text = "7" * max(1, schema["minLength"] - 1) + control
            yield self._wrong(f"control={control!r}", here, text, "invalid_format")
        if "pattern" in schema:
            for text in ("7" * schema["minLength"] + "\n", "！" * schema["minLength"], "七" * schema["maxLength"]):
                assert not re.fullmatch(schema["pattern"], text)
                yield self._wrong(f"pattern={text!r:.9}", here, text, "invalid_format", "too_long")

    def _list(self, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> Iterator[Wrong]:
        one = self._at(here)[0]
        if schema.get("minItems"):
            yield self._wrong("none", here, [], "too_short")
        yield self._wrong("too_many", here, [one] * (schema["maxItems"] + 1), "too_long")
        declared = self._resolved(schema["items"])
        if declared["type"] != "object":
            yield from self._value(declared, (*here, 0))
            return
        items: tuple[Json, ...] = (None, 7, "text", [], True)
        for item in items:
            yield self._wrong(f"item={item!r}", (*here, 0), item, "null", "wrong_type")
        yield from self._object(declared, (*here, 0))

    def _at(self, steps: tuple[str | int, ...]) -> Json:
        value = self._right
        for step in steps:
            value = value[step]
        return value

    def _wrong(self, what: str, steps: tuple[str | int, ...], value: Json, *codes: str) -> Wrong:
        body = copy.deepcopy(self._right)
        holder = body
        for step in steps[:-1]:
            holder = holder[step]
        if value is MISSING:
            del holder[steps[-1]]
        else:
            holder[steps[-1]] = value
        return Wrong(what=what, path=json_path(steps), codes=frozenset(codes), body=body)


def samples_of_other_types(types: frozenset[str]) -> Iterator[Json]:
    """Yield values of the types that are not among `types`; a whole number is a number too."""
    for kind in sorted(SAMPLES.keys() - types):
        for sample in SAMPLES[kind]:
            whole_as_number = kind == "number" and "integer" in types and float(sample).is_integer()
            if not whole_as_number and not (kind == "integer" and "number" in types):
                yield sample


def json_path(steps: tuple[str | int, ...]) -> str:
    """Return `visitors[0].name` for ("visitors", 0, "name")."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")
