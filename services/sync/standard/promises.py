"""What a schema promises to whoever reads records: flat, so that two versions of it can be compared."""

from collections.abc import Mapping
from typing import Any

from services.sync.standard.properties import Property, properties_of

# Meanings, as much a promise as forms: ids of another kind, or codes of another list, are other values.
MEANINGS = ("format", "pattern", "x-code-list", "x-pseudonym", "x-record")
# What a value may not be below, and what it may not be above.
LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
# What the comparison understands; a schema that says anything else could break a promise unseen.
UNDERSTOOD = frozenset(
    {
        *("type", "enum", "properties", "required", "additionalProperties", "items", "uniqueItems"),
        *("title", "description", "x-title-zh", "x-description-zh", "x-enum-zh", "x-enum-en", "x-expected"),
        *MEANINGS,
        *LEAST,
        *MOST,
    }
)
WHOLE = "$"

Promise = Mapping[str, Any]
# What a kind's major version promises: its version, and a promise for each path.
Promises = Mapping[str, Any]


def promises_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{"version": "1.0", "paths": {path: promise}}`; the path `$` stands for the record as a whole."""
    whole = _promise(Property(path=WHOLE, schema=document, required=True))
    paths = {one.path: _promise(one) for one in properties_of(document)}
    return {"version": document["x-version"], "paths": {WHOLE: whole, **paths}}


def _promise(one: Property) -> dict[str, Any]:
    schema = one.schema
    said: dict[str, Any] = {"types": sorted(one.types), "required": one.required}
    if "enum" in schema:
        said["enum"] = sorted(schema["enum"], key=str)
    if "object" in one.types:
        said["closed"] = schema.get("additionalProperties") is False
    if schema.get("uniqueItems"):
        said["uniqueItems"] = True
    if schema.get("x-expected"):
        said["x-expected"] = True
    return said | {name: schema[name] for name in (*MEANINGS, *LEAST, *MOST) if name in schema}
