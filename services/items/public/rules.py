"""Decisions of the public check, free of input and output: what is shown, counted, and warned of."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from services.items.model import Item, ItemState, ItemType
from services.items.public.model import Caution, Cell, Checks, PublicState, ShownAttribute, Sighting, Visit

RECENT = 20
# As many checks as are remembered, all of the last day: an item on show gets there, a copied label does, too.
MANY_CHECKS = RECENT
WARNED_FOR = timedelta(hours=24)
# An airliner's cruise; and so far apart that the rounding to cells does not matter.
FASTEST_KM_H = 900
FAR_KM = 50
_EARTH_KM = 6371.0
_TENTHS = 10
_HOUR_S = 3600.0
_DESTROYED = "destroyed"
_REPORTED = (Caution.STOLEN, Caution.RECALLED, Caution.DAMAGED)


def cell_of(lng: float, lat: float) -> Cell:
    """Return the cell of a position in degrees."""
    return Cell(lng=round(lng * _TENTHS), lat=round(lat * _TENTHS))


def km_between(one: Cell, other: Cell) -> float:
    """Return the distance on the globe between the middles of two cells (haversine formula)."""
    lat1, lat2 = radians(one.lat / _TENTHS), radians(other.lat / _TENTHS)
    half_lat, half_lng = (lat2 - lat1) / 2, radians((other.lng - one.lng) / _TENTHS) / 2
    squared = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lng) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(squared)))


def is_impossible(last: Sighting, present: Sighting) -> bool:
    """Tell whether nothing travels from the one to the other in the time between."""
    km = km_between(last.cell, present.cell)
    hours = abs((present.at - last.at).total_seconds()) / _HOUR_S
    return km > FAR_KM and km > FASTEST_KM_H * hours


def counted(before: Checks, visit: Visit, now: datetime) -> Checks:
    """Return what one more check adds to what is known, as `joined` takes it."""
    seen = None if visit.cell is None else Sighting(cell=visit.cell, at=now)
    travelled = seen is not None and before.last_seen is not None and is_impossible(before.last_seen, seen)
    return Checks(first_checked_at=now, count=1, recent=(now,), last_seen=seen, travelled_at=now if travelled else None)


def joined(saved: Checks, more: Checks) -> Checks:
    """Return what both say together; `more` is the later."""
    return Checks(
        first_checked_at=saved.first_checked_at or more.first_checked_at,
        count=saved.count + more.count,
        recent=(*saved.recent, *more.recent)[-RECENT:],
        last_seen=more.last_seen or saved.last_seen,
        travelled_at=more.travelled_at or saved.travelled_at,
    )


def previous_check(checks: Checks) -> datetime | None:
    """Return when the check before the latest was, None when there was none; a reload is part of its check."""
    return sorted(checks.recent)[-2] if len(checks.recent) > 1 else None


def state_of(item: Item) -> PublicState:
    """Return the item's state in words for everybody."""
    if item.state is ItemState.VOID:
        return PublicState.VOID
    if item.state is ItemState.ACTIVE:
        return PublicState.IN_USE
    return PublicState.DESTROYED if item.disposition == _DESTROYED else PublicState.RETIRED


def warnings_of(item: Item, checks: Checks, now: datetime) -> Sequence[Caution]:
    """Return what to warn of, the worst first."""
    found = {Caution(state_of(item))} if item.state is not ItemState.ACTIVE else set()
    found |= {one for one in _REPORTED if one == item.disposition or one in item.conditions}
    found |= set(_suspicious(checks, now))
    return [one for one in Caution if one in found]


def _suspicious(checks: Checks, now: datetime) -> Iterator[Caution]:
    since = now - WARNED_FOR
    if checks.travelled_at is not None and checks.travelled_at > since:
        yield Caution.IMPOSSIBLE_TRAVEL
    if sum(one > since for one in checks.recent) >= MANY_CHECKS:
        yield Caution.MANY_CHECKS


def shown_attributes(item: Item, item_type: ItemType) -> Sequence[ShownAttribute]:
    """Return the attributes that anybody may see, in the type's order; none of a void item: they were in error."""
    if item.state is ItemState.VOID:
        return []
    properties = item_type.attributes_schema.get("properties", {})
    return [
        ShownAttribute(name=name, title=_title(properties.get(name), name), value=item.attributes[name])
        for name in item_type.public_attributes
        if name in item.attributes
    ]


def _title(schema: object, name: str) -> str:
    title = schema.get("title") if isinstance(schema, dict) else None
    return title if isinstance(title, str) and title.strip() else name
