"""The data standard: schemas of records, and what is wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.sync.model import RecordKind


@dataclass(frozen=True, kw_only=True)
class RecordSchema:
    """The schema of a kind: JSON Schema, draft 2020-12, with our annotations (see docs/standard/README.md).

    `standard` names the kind and its major version, for example `outlet/1`: what a record of it says that it follows.
    `pseudonyms` tells for each property whose id must not leave what it is an id of. `references` tells for each
    property that names another record of which kind that is. `expected` are properties that may be null, and should
    not be where all is known.
    """

    kind: RecordKind
    major: int
    document: Mapping[str, Any]
    pseudonyms: Mapping[str, str]
    references: Mapping[str, RecordKind]
    expected: tuple[str, ...]

    @property
    def standard(self) -> str:
        """Return kind and major version."""
        return f"{self.kind}/{self.major}"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong with a record: where in it (a JSON path), and which rule it breaks; never the value itself."""

    path: str
    rule: str
