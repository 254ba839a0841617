"""How venues are searched, ordered and paged."""

import math
from collections.abc import Sequence

from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.venues.model import GeoPoint, Venue, VenueSearch

EARTH_RADIUS_M = 6_371_008.8


def distance_m(a: GeoPoint, b: GeoPoint) -> float:
    """Return metres along the great circle (haversine, mean radius of IUGG)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lng = (lat_b - lat_a) / 2, math.radians(b.lng - a.lng) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lng) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def matches(venue: Venue, search: VenueSearch) -> bool:
    """Tell whether the venue is among what is looked for."""
    if search.district_id is not None and venue.district_id != search.district_id:
        return False
    if search.text is None:
        return True
    haystack = " ".join((venue.name, venue.name_en, venue.pinyin, venue.pinyin.replace(" ", ""), venue.address))
    return all(word in haystack.casefold() for word in search.text.casefold().split())


def page_of(venues: Sequence[Venue], search: VenueSearch) -> Page[Venue]:
    """Return one page of what matches, nearest first with `near`, else by pinyin."""
    found = sorted((_position(venue, search), venue) for venue in venues if matches(venue, search))
    if search.after is not None:
        key_type = str if search.near is None else float
        last = tuple(read_cursor(search.after, _list_name(search), (key_type, str)))
        found = [(position, venue) for position, venue in found if position > last]
    page = found[: search.limit]
    following = make_cursor(_list_name(search), *page[-1][0]) if len(found) > len(page) else None
    return Page(items=[venue for _, venue in page], next=following)


def _list_name(search: VenueSearch) -> str:
    return "venues" if search.near is None else "venues by distance"


def _position(venue: Venue, search: VenueSearch) -> tuple[str | float, str]:
    if search.near is None:
        return venue.pinyin, venue.id
    return round(distance_m(search.near, venue.position), 1), venue.id
