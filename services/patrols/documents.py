"""Records as documents and back, by their fields: instants and bytes as they are, days as ISO 8601, enums by value."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

from cattrs import Converter

T = TypeVar("T")
_SCALARS = {bool, int, float, str, NoneType}


def _is_scalar(kind: Any) -> bool:
    """Tell whether `kind` is a choice among several of JSON's own values, which a document has as they are."""
    return get_origin(kind) is UnionType and {*get_args(kind)} - {NoneType} > {str} and set(get_args(kind)) <= _SCALARS


_converter = Converter(prefer_attrib_converters=True)
for _kept in (datetime, bytes):
    _converter.register_unstructure_hook(_kept, lambda value: value)
    _converter.register_structure_hook(_kept, lambda value, _: value)
_converter.register_unstructure_hook(StrEnum, lambda value: value.value)
_converter.register_unstructure_hook(date, lambda value: value if isinstance(value, datetime) else value.isoformat())
_converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
_converter.register_structure_hook_func(_is_scalar, lambda value, _: value)


def to_document(record: Any) -> dict[str, Any]:
    """Return the document of a dataclass; its `id` becomes `_id`."""
    document: dict[str, Any] = _converter.unstructure(record)
    return {"_id": document.pop("id"), **document}


def read_document(kind: type[T], document: Mapping[str, Any]) -> T:
    """Return the record of a document; what a document has beside the record's fields is for indexes."""
    return _converter.structure({**document, "id": document["_id"]}, kind)


def part_document(value: Any) -> Any:
    """Return a value that has no id of its own as part of a document."""
    return _converter.unstructure(value)


def read_part(kind: type[T], value: Any) -> T:
    """Return what `part_document` made a part of."""
    return _converter.structure(value, kind)
