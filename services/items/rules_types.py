"""Decisions about item types, free of input and output."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qr.labels import LAYOUTS
from services.common.errors import FieldError
from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.items.attribute_schemas import normal_schema, schema_faults
from services.items.errors import ItemTypeInvalid
from services.items.model import ItemType, LabelDesign, TypeContent

LIST_NAME = "item types"


def ensure_content(content: TypeContent) -> TypeContent:
    """Return what to keep of an item type; raises ItemTypeInvalid with all its faults."""
    faults = [
        *schema_faults(content.attributes_schema),
        *_public_faults(content),
        *_label_faults(content.label),
        *_inspection_faults(content),
    ]
    if faults:
        raise ItemTypeInvalid(errors=tuple(faults))
    return replace(content, attributes_schema=normal_schema(content.attributes_schema))


def _public_faults(content: TypeContent) -> Iterator[FieldError]:
    properties = content.attributes_schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    for index, name in enumerate(content.public_attributes):
        path = f"public_attributes[{index}]"
        if name not in known:
            yield FieldError(path=path, code="not_a_property", detail="the schema has no such property")
        elif name in content.public_attributes[:index]:
            yield FieldError(path=path, code="named_twice", detail="this was named before")


def _label_faults(label: LabelDesign) -> Iterator[FieldError]:
    if label.layout not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        yield FieldError(path="label.layout", code="not_allowed", detail=f"must be one of: {known}", values=(known,))
    if not label.title.isprintable():
        yield FieldError(path="label.title", code="invalid_format", detail="some of it cannot be printed")


def _inspection_faults(content: TypeContent) -> Iterator[FieldError]:
    names = [one.name for one in content.required_inspections]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield FieldError(
                path=f"required_inspections[{index}].name", code="named_twice", detail="this was named before"
            )


def page_of(types: Sequence[ItemType], text: str | None, limit: int, after: str | None) -> Page[ItemType]:
    """Return one page of the types whose names hold all words of `text`, by name."""
    words = (text or "").casefold().split()
    found = sorted(
        ((one.name, one.id), one)
        for one in types
        if all(word in f"{one.name} {one.name_en}".casefold() for word in words)
    )
    if after is not None:
        last = tuple(read_cursor(after, LIST_NAME, (str, str)))
        found = [(position, one) for position, one in found if position > last]
    page = found[:limit]
    following = make_cursor(LIST_NAME, *page[-1][0]) if len(found) > len(page) else None
    return Page(items=[one for _, one in page], next=following)
