"""Reads the schemas of `docs/standard/inbound` and holds the main system's documents against them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from services.sync.inbound.model import ReferenceKind
from services.sync.standard.flaws import MOST_FLAWS, first_unnamed_flaws
from services.sync.standard.model import Flaw

USCC_LIST = "GB 32100"
# What is no JSON in a document: no schema takes it, whatever it wants.
NO_JSON: Mapping[str, Any] = {"$not_json": True}


class InboundSchemas:
    """A schema for each kind."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Take the schemas; raises ValueError for one of no kind, or where one lacks."""
        self._schemas = {ReferenceKind(str(one["x-standard"]).split("/")[1]): one for one in documents}
        if missing := sorted(set(ReferenceKind) - set(self._schemas)):
            raise ValueError(f"docs/standard/inbound has no schema of {', '.join(missing)}")
        self._validators = {
            kind: Draft202012Validator(dict(schema), validate_formats=True, offline=True)
            for kind, schema in self._schemas.items()
        }

    def flaws(self, kind: ReferenceKind, data: Any) -> Sequence[Flaw]:
        """Return what is wrong with `data`, the first few; nothing for what is sound."""
        plain = as_json(data)
        found = first_unnamed_flaws(self._validators[kind].iter_errors(plain))
        return found or list(islice(self._further(kind, plain), MOST_FLAWS))

    def _further(self, kind: ReferenceKind, data: Mapping[str, Any]) -> Iterator[Flaw]:
        yield from (Flaw(path=path, rule="unseen_characters") for path in _deceiving(data, ""))
        for name, schema in self._schemas[kind]["properties"].items():
            value = data.get(name)
            if value is not None and schema.get("x-code-list") == USCC_LIST and not _is_uscc(value):
                yield Flaw(path=name, rule="uscc_invalid")
        if kind is ReferenceKind.DIVISION and data["code"][:2] != data["city_code"][:2]:
            yield Flaw(path="city_code", rule="other_province")
        licence = data.get("licence")
        if isinstance(licence, Mapping) and licence["valid_to"] < licence["valid_from"]:
            yield Flaw(path="licence.valid_to", rule="ends_before_start")


def as_json(value: Any) -> Any:
    """Return what a database gave as JSON; what JSON does not have becomes something that no schema takes."""
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value - value == 0:
        return value
    return dict(NO_JSON)


def is_instant(value: Any) -> bool:
    """Tell whether a value is an aware instant."""
    return isinstance(value, datetime) and value.tzinfo is not None


def _is_uscc(text: str) -> bool:
    """Tell whether the text is a unified social credit code with a right check character (GB 32100-2015)."""
    try:
        return bool(uscc.validate(text) == text)
    except ValidationError:
        return False


def _deceiving(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of texts with what cannot be seen: controls but for line breaks, and what steers directions."""
    if isinstance(value, str):
        if any(one != "\n" and unicodedata.category(one) in {"Cc", "Cf", "Cs"} for one in value):
            yield path.removeprefix(".")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _deceiving(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _deceiving(inner, f"{path}[{at}]")
