"""Reads the data standard and holds records against it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jsonschema_rs import Draft202012Validator

from services.sync.model import RecordKind
from services.sync.standard.flaws import first_flaws
from services.sync.standard.model import Flaw, RecordSchema


class StandardIncomplete(Exception):
    """A kind of record has no schema, or a schema lacks something; the message tells which."""


class Standard:
    """The schemas that records are sent by: of each kind the highest major version."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Take all schemas, those of earlier major versions too; raises StandardIncomplete."""
        by_major = sorted(map(read_schema, documents), key=lambda schema: schema.major)
        self._schemas = {schema.kind: schema for schema in by_major}
        missing = sorted(set(RecordKind) - set(self._schemas))
        if missing:
            raise StandardIncomplete(f"docs/standard has no schema of {', '.join(missing)}")
        self._validators = {
            kind: Draft202012Validator(dict(schema.document), validate_formats=True)
            for kind, schema in self._schemas.items()
        }

    def schema(self, kind: RecordKind) -> RecordSchema:
        """Return the schema of a kind."""
        return self._schemas[kind]

    def flaws(self, kind: RecordKind, data: Mapping[str, Any]) -> Sequence[Flaw]:
        """Return what is wrong with the data of a record, the first few; nothing for what follows the standard."""
        validator = self._validators[kind]
        if validator.is_valid(data):
            return ()
        return first_flaws(validator.iter_errors(data))


def read_schema(document: Mapping[str, Any]) -> RecordSchema:
    """Return what a schema's document says; raises StandardIncomplete."""
    try:
        kind, _, major = str(document["x-standard"]).partition("/")
        properties: Mapping[str, Mapping[str, Any]] = document["properties"]
        return RecordSchema(
            kind=RecordKind(kind),
            major=int(major),
            document=document,
            pseudonyms={name: one["x-pseudonym"] for name, one in properties.items() if "x-pseudonym" in one},
            references={name: RecordKind(one["x-record"]) for name, one in properties.items() if "x-record" in one},
            expected=tuple(name for name, one in properties.items() if one.get("x-expected")),
        )
    except (KeyError, ValueError) as error:
        raise StandardIncomplete(f"{document.get('$id', 'a schema without $id')}: {error}") from error
