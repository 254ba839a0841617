"""The form that all schemas of the standard have; what does not have it is told, in words for whoever wrote it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from services.sync.model import RecordKind
from services.sync.standard.code_lists import CODE_LISTS
from services.sync.standard.promises import UNDERSTOOD, WHOLE
from services.sync.standard.properties import Property, properties_of

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLACE = "https://chengma.example/standard/"
SUFFIX = ".schema.json"
LABELS = frozenset({"$schema", "$id", "x-standard", "x-version"})
TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
FORMATS = frozenset({"date", "date-time"})
_STANDARD = re.compile(r"([a-z_]+)/([1-9][0-9]*)")
_VERSION = re.compile(r"([1-9][0-9]*)\.(0|[1-9][0-9]*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]")


def file_name(document: Mapping[str, Any]) -> str:
    """Return what the file of a schema is called, for example `outlet.v1.schema.json`."""
    kind, _, major = str(document.get("x-standard", "")).partition("/")
    return f"{kind}.v{major}{SUFFIX}"


def faults_of(document: Mapping[str, Any], name: str) -> list[str]:
    """Return what is wrong with the schema in the file `name`; nothing for one in the right form."""
    if not jsonschema_rs.meta.is_valid(dict(document)) or document.get("$schema") != DRAFT:
        return [f"{name}: not a JSON Schema of draft 2020-12"]
    whole = Property(path=WHOLE, schema=document, required=True)
    found = [*_label_faults(document, name), *_faults(whole, LABELS), *_word_faults(whole)]
    for one in properties_of(document):
        found += _faults(one, frozenset())
        found += _name_faults(one)
    return [f"{name}: {fault}" for fault in found]


def _label_faults(document: Mapping[str, Any], name: str) -> Iterator[str]:
    standard = _STANDARD.fullmatch(str(document.get("x-standard")))
    version = _VERSION.fullmatch(str(document.get("x-version")))
    if standard is None or standard[1] not in set(RecordKind):
        yield "x-standard is not a kind of records and its major version, such as outlet/1"
    if version is None or (standard and version[1] != standard[2]):
        yield "x-version is not the major version of x-standard and a minor one, such as 1.0"
    if file_name(document) != name:
        yield f"by its x-standard the file is called {file_name(document)}"
    if document.get("$id") != PLACE + name:
        yield f"$id is not {PLACE}{name}"
    if document.get("type") != "object":
        yield "a record is an object"
    if "id" not in document.get("properties", {}):
        yield "a record has an id"


def _faults(one: Property, labels: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong at one place, what is within it apart."""
    schema, path = one.schema, one.path
    unknown = schema.keys() - UNDERSTOOD - labels
    if unknown:
        yield f"{path}: the check of compatibility does not understand {', '.join(sorted(unknown))}"
    if not one.types or not set(one.types) <= TYPES:
        yield f"{path}: no type"
    if "object" in one.types:
        if schema.get("additionalProperties") is not False:
            yield f"{path}: additionalProperties is not false"
        if set(schema.get("required", ())) != set(schema.get("properties", {})):
            yield f"{path}: not all properties are required; what may be unknown is null"
    if "array" in one.types and "items" not in schema:
        yield f"{path}: a list of what?"
    yield from _value_faults(one)


def _value_faults(one: Property) -> Iterator[str]:
    schema, path = one.schema, one.path
    yield from _enum_faults(one)
    if "format" in schema and schema["format"] not in FORMATS:
        yield f"{path}: a format other than {', '.join(sorted(FORMATS))}"
    if "format" in schema and schema.get("x-code-list") != "ISO 8601":
        yield f"{path}: days and instants are of the code list ISO 8601"
    if "x-code-list" in schema and schema["x-code-list"] not in CODE_LISTS:
        yield f"{path}: the code list {schema['x-code-list']} is not described"
    if "x-record" in schema and schema["x-record"] not in set(RecordKind):
        yield f"{path}: no such kind of records as {schema['x-record']}"
    if schema.get("x-expected") and "null" not in one.types:
        yield f"{path}: what is expected may be null, else it would be there always"


def _enum_faults(one: Property) -> Iterator[str]:
    schema, path = one.schema, one.path
    if "enum" in schema and (None in schema["enum"]) != ("null" in one.types):
        yield f"{path}: null must be in type and enum, or in neither"
    for words in ("x-enum-zh", "x-enum-en"):
        if set(schema.get(words, {})) != {str(choice) for choice in one.choices}:
            yield f"{path}: {words} does not have a word for each value, and for nothing else"
        elif not all(schema.get(words, {}).values()):
            yield f"{path}: {words} has an empty word"


def _name_faults(one: Property) -> Iterator[str]:
    """Yield what is wrong with what a place is called, and with annotations that only count on the first level."""
    inner = one.is_item or "." in one.path
    if inner and {"x-pseudonym", "x-record", "x-expected"} & one.schema.keys():
        yield f"{one.path}: x-pseudonym, x-record and x-expected are read on the first level only"
    if one.is_item:
        return
    if not _NAME.fullmatch(one.path.rpartition(".")[2]):
        yield f"{one.path}: a name has small letters, digits and _"
    yield from _word_faults(one)


def _word_faults(one: Property) -> Iterator[str]:
    for english, chinese in (("title", "x-title-zh"), ("description", "x-description-zh")):
        yield from _text_faults(one, english, chinese)


def _text_faults(one: Property, english: str, chinese: str) -> Iterator[str]:
    if (english in one.schema) != (chinese in one.schema):
        yield f"{one.path}: {english} and {chinese} come together"
    elif english == "title" and english not in one.schema:
        yield f"{one.path}: no title"
    elif chinese in one.schema and not _HANZI.search(one.schema[chinese]):
        yield f"{one.path}: {chinese} is not in Chinese"
    elif chinese in one.schema and _HALF_WIDTH.search(one.schema[chinese]):
        yield f"{one.path}: punctuation in {chinese} is full-width"
