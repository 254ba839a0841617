"""The URIs by which events name our items, parties, places and transfers.

item      urn:chengma:item:itm_…
party     urn:chengma:party:venue:ven_…   urn:chengma:party:district:310101   urn:chengma:party:city:310000
place     urn:chengma:place:ven_…         urn:chengma:place:ven_…:east-hall (a spot within it)
transfer  urn:chengma:transfer:trf_…
"""

import re
from dataclasses import dataclass

from services.identity.model import Scope, ScopeLevel

ITEM = "urn:chengma:item:"
PARTY = "urn:chengma:party:"
PLACE = "urn:chengma:place:"
TRANSFER = "urn:chengma:transfer:"

_ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_PARTY = re.compile(rf"{PARTY}(?:(venue):(ven_{_ULID})|(district|city):([0-9]{{6}}))")
_PLACE = re.compile(rf"{PLACE}(ven_{_ULID})(?::([a-z0-9-]{{1,32}}))?")
_TRANSFER = re.compile(rf"{TRANSFER}(trf_{_ULID})")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where things are kept: a venue, and if need be a spot within it: `east-hall`, 1 to 32 of a-z, 0-9 and -."""

    venue_id: str
    spot: str | None


def item_epc(item_id: str) -> str:
    """Return the EPC of an item: a URI of ours for `itm_…`; another system's EPC is its own id here."""
    return f"{ITEM}{item_id}" if item_id.startswith("itm_") else item_id


def item_id_of(epc: str) -> str:
    """Return the id of the item that an EPC names."""
    return epc.removeprefix(ITEM) if epc.startswith(f"{ITEM}itm_") else epc


def is_item_epc(epc: str) -> bool:
    """Tell whether the EPC is one of ours, or looks like one: the beginning of a URN has no case (RFC 8141)."""
    return epc.casefold().startswith(ITEM)


def party_uri(party: Scope) -> str:
    """Return the URI of a party: a venue, a district or the city."""
    return f"{PARTY}{party.level}:{party.id}"


def read_party(uri: str) -> Scope | None:
    """Return the party that a URI names, None for any other URI."""
    found = _PARTY.fullmatch(uri)
    if found is None:
        return None
    venue, venue_id, level, code = found.groups()
    return Scope(level=ScopeLevel(venue or level), id=venue_id or code)


def place_uri(place: Place) -> str:
    """Return the URI of a place."""
    return f"{PLACE}{place.venue_id}" if place.spot is None else f"{PLACE}{place.venue_id}:{place.spot}"


def place_sought(text: str) -> str:
    """Return the URI of what somebody looks for, who may give a venue's id alone."""
    return f"{PLACE}{text}" if text.startswith("ven_") else text


def read_place(uri: str) -> Place | None:
    """Return the place that a URI names, None for any other URI."""
    found = _PLACE.fullmatch(uri)
    return None if found is None else Place(venue_id=found[1], spot=found[2])


def transfer_uri(transfer_id: str) -> str:
    """Return the URI of a transfer."""
    return f"{TRANSFER}{transfer_id}"


def read_transfer(uri: str) -> str | None:
    """Return the id of the transfer that a URI names, None for any other URI."""
    found = _TRANSFER.fullmatch(uri)
    return None if found is None else found[1]
