"""Items as rows of an export: pure."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any

from services.items.model import Item
from services.venues.scopes import scope_name

_CITY_TIME = timezone(timedelta(hours=8))


def line_of(item: Item, type_name: str, attributes: Collection[str]) -> list[str]:
    """Return an item in the order of `table_columns.export_heads`; attributes without a column come last, as JSON."""
    rest = {name: value for name, value in item.attributes.items() if name not in attributes}
    return [
        item.id,
        item.name,
        item.serial or "",
        item.type_id or "",
        type_name,
        item.state,
        item.disposition or "",
        "; ".join(item.conditions),
        item.place or "",
        scope_name(item.holder),
        scope_name(item.owner),
        _time(item.activated_at),
        *(_text(item.attributes.get(name)) for name in attributes),
        _text(rest) if rest else "",
    ]


def _time(instant: datetime) -> str:
    return instant.astimezone(_CITY_TIME).isoformat(timespec="seconds")


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value, ensure_ascii=False)
