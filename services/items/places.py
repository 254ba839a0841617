"""Parties, places and items as the URIs by which events name them, read and written."""

import re
from dataclasses import dataclass

from qr.item_code import number_of_item
from services.identity.model import Scope, ScopeLevel

PARTY = "urn:chengma:party:"
PLACE = "urn:chengma:place:"
ITEM = "urn:chengma:item:"
_VENUE_ID = r"ven_[0-7][0-9A-HJKMNP-TV-Z]{25}"
_DIVISION = r"[0-9]{6}"  # GB/T 2260
_PARTY = re.compile(
    rf"{PARTY}(?:(?P<venue>venue):(?P<venue_id>{_VENUE_ID})|(?P<level>district|city):(?P<division>{_DIVISION}))"
)
_PLACE = re.compile(rf"{PLACE}(?P<venue_id>{_VENUE_ID})(?::(?P<spot>[a-z0-9-]{{1,32}}))?")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A venue, or a spot in it such as `east-hall`."""

    venue_id: str
    spot: str | None


def party_uri(scope: Scope) -> str:
    """Return the URI of a venue, district or city as a party; raises ValueError for what can be none."""
    uri = f"{PARTY}{scope.level}:{scope.id}"
    if read_party(uri) is None:
        raise ValueError("not a party")
    return uri


def read_party(uri: str) -> Scope | None:
    """Return the venue, district or city that the URI names; None when it names no party of ours."""
    found = _PARTY.fullmatch(uri)
    if found is None:
        return None
    if found["venue"]:
        return Scope(level=ScopeLevel.VENUE, id=found["venue_id"])
    return Scope(level=ScopeLevel(found["level"]), id=found["division"])


def place_uri(place: Place) -> str:
    """Return the URI of a place; raises ValueError for what can be none."""
    uri = f"{PLACE}{place.venue_id}" + ("" if place.spot is None else f":{place.spot}")
    if read_place(uri) is None:
        raise ValueError("not a place")
    return uri


def read_place(uri: str) -> Place | None:
    """Return the place that the URI names; None when it names none of ours."""
    found = _PLACE.fullmatch(uri)
    return None if found is None else Place(venue_id=found["venue_id"], spot=found["spot"])


def item_uri(item_id: str) -> str:
    """Return the EPC of an item with one of our codes; raises ValueError for what is no id of one."""
    number_of_item(item_id)
    return f"{ITEM}{item_id}"


def read_item(uri: str) -> str | None:
    """Return the id of the item with one of our codes that the EPC names; None when it names none."""
    item_id = uri.removeprefix(ITEM)
    if item_id == uri:
        return None
    try:
        number_of_item(item_id)
    except ValueError:
        return None
    return item_id
