"""Calendars, years and months as documents and back: conditions and effects with their kind, days as ISO 8601."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from services.calendars.matching import EFFECT_KIND_OF, KIND_OF
from services.calendars.model import Condition, Effect

T = TypeVar("T")

_converter = Converter(prefer_attrib_converters=True)
_converter.register_unstructure_hook(datetime, lambda value: value)
_converter.register_structure_hook(datetime, lambda value, _: value)
_converter.register_unstructure_hook(StrEnum, lambda value: value.value)
_converter.register_unstructure_hook(date, lambda value: value if isinstance(value, datetime) else value.isoformat())
_converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
configure_tagged_union(Condition, _converter, tag_generator=lambda kind: KIND_OF[kind].value, tag_name="kind")
configure_tagged_union(Effect, _converter, tag_generator=lambda kind: EFFECT_KIND_OF[kind].value, tag_name="kind")


def to_document(record: Any, key: str) -> dict[str, Any]:
    """Return the document of a dataclass, under the `_id` that it is found by."""
    document: dict[str, Any] = _converter.unstructure(record)
    return {"_id": key, **document}


def read_document(kind: type[T], document: Mapping[str, Any]) -> T:
    """Return the record of a document."""
    return _converter.structure(document, kind)
