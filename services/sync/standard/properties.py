"""Walks the properties of a schema, also those of objects and lists within it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ITEM = "[]"


@dataclass(frozen=True, kw_only=True)
class Property:
    """One place in a record: `path` is `name`, `name.inner`, or `names[]` for what a list is made of."""

    path: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def types(self) -> tuple[str, ...]:
        """Return the types of JSON that it may have, `null` among them where it may be null."""
        written = self.schema.get("type", ())
        return (written,) if isinstance(written, str) else tuple(written)

    @property
    def choices(self) -> tuple[Any, ...]:
        """Return the values it may have, null apart; nothing where these are not listed."""
        return tuple(one for one in self.schema.get("enum", ()) if one is not None)

    @property
    def is_item(self) -> bool:
        """Tell whether it is what a list is made of, which has no name of its own."""
        return self.path.endswith(ITEM)


def properties_of(document: Mapping[str, Any]) -> Iterator[Property]:
    """Yield all properties, each before what is within it, in the order of the schema."""
    yield from _within(document, "")


def _within(schema: Mapping[str, Any], before: str) -> Iterator[Property]:
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield from _from(Property(path=f"{before}{name}", schema=inner, required=name in required))


def _from(one: Property) -> Iterator[Property]:
    yield one
    yield from _within(one.schema, f"{one.path}.")
    if "items" in one.schema:
        yield from _from(Property(path=f"{one.path}{ITEM}", schema=one.schema["items"], required=True))
