"""The columns of tables of items: the same names in templates, uploads and exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.tables.model import Head

MOST_CHOICES = 50


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of what is said of a thing besides its attributes."""

    name: str
    title: str


CODE = "code"
# What the first row of data must not be taken for: the template's second row says what the columns mean.
CODE_TITLE = "物品码（必填）"
OURS: tuple[Column, ...] = (
    Column(name=CODE, title=CODE_TITLE),
    Column(name="name", title="名称"),
    Column(name="serial", title="自编号"),
    Column(name="venue_id", title="场所编号"),
    Column(name="spot", title="场所内位置"),
    Column(name="holder", title="保管方（层级:编号）"),
)
EXPORTED: tuple[Column, ...] = (
    Column(name="id", title="编号"),
    Column(name="name", title="名称"),
    Column(name="serial", title="自编号"),
    Column(name="type_id", title="类型编号"),
    Column(name="type", title="类型"),
    Column(name="state", title="状态"),
    Column(name="disposition", title="处置状态"),
    Column(name="conditions", title="持续状况"),
    Column(name="place", title="位置"),
    Column(name="holder", title="保管方"),
    Column(name="owner", title="归属"),
    Column(name="activated_at", title="登记时间"),
)
# What has no column of its own, as JSON.
REST = "attributes"
_OUR_NAMES = frozenset((REST, *(column.name for column in (*OURS, *EXPORTED))))
_CLASHING = "attributes."
_NOT_TEXT = frozenset({"number", "integer", "boolean"})


def attribute_column(attribute: str) -> str:
    """Return the column of an attribute: its name, or `attributes.name` where a column of ours has that name."""
    return f"{_CLASHING}{attribute}" if attribute in _OUR_NAMES else attribute


def attributes_by_column(schema: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Return name and schema of each attribute by the column it stands in."""
    return {attribute_column(name): (name, part) for name, part in _properties(schema).items()}


def template_heads(schema: Mapping[str, Any]) -> Sequence[Head]:
    """Return the columns of a table to fill in: ours, then the attributes."""
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    attributes = (
        Head(
            name=column,
            title=f"{_title(name, part)}（必填）" if name in needed else _title(name, part),
            is_text=not _NOT_TEXT & kinds_of(part),
            choices=_choices(part),
        )
        for column, (name, part) in attributes_by_column(schema).items()
    )
    return (*(Head(name=column.name, title=column.title) for column in OURS), *attributes)


def export_heads(attributes: Mapping[str, str]) -> Sequence[Head]:
    """Return the columns of an export: what every item has, attributes by name with their titles, and the rest."""
    return (
        *(Head(name=column.name, title=column.title) for column in EXPORTED),
        *(Head(name=attribute_column(name), title=title) for name, title in attributes.items()),
        Head(name=REST, title="其他属性"),
    )


def titles_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return what people call the attributes, by name."""
    return {name: _title(name, part) for name, part in _properties(schema).items()}


def kinds_of(part: Mapping[str, Any]) -> frozenset[str]:
    """Return the JSON types that a schema names, none where it names none."""
    kind = part.get("type")
    return frozenset(kind if isinstance(kind, list) else [] if kind is None else [kind])


def _properties(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the schemas of properties; the short forms `true` and `false` say nothing about cells."""
    properties = schema.get("properties")
    named = properties if isinstance(properties, Mapping) else {}
    return {name: part if isinstance(part, Mapping) else {} for name, part in named.items()}


def _title(name: str, part: Mapping[str, Any]) -> str:
    title = part.get("title")
    return title if isinstance(title, str) and title else name


def _choices(part: Mapping[str, Any]) -> tuple[str, ...]:
    if kinds_of(part) == {"boolean"}:
        return ("TRUE", "FALSE")
    options = part.get("enum")
    listed = options if isinstance(options, list) else []
    fit = bool(listed) and len(listed) <= MOST_CHOICES and all(isinstance(one, str) for one in listed)
    return tuple(listed) if fit else ()
