"""What must hold for the demo city before anything of it is stored."""

import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from server.demo.model import DemoAccount, DemoCity, DemoDistrict, DemoOutlet, DemoVenue, OpeningHours
from services.identity.model import ScopeLevel
from services.patrols.outlets.model import OutletKind

VENUE_KINDS = frozenset(
    {"buddhist_temple", "taoist_temple", "mosque", "catholic_church", "protestant_church", "exhibition_hall"}
)
OUTLET_KINDS = frozenset(kind.value for kind in OutletKind)

WEEKDAYS = frozenset(range(1, 8))
DAY = timedelta(hours=24)

# Shanghai's land and islands, rounded outwards; GCJ-02, degrees.
WEST, EAST = 120.85, 122.25
SOUTH, NORTH = 30.65, 31.90

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DISTRICT_CODE = re.compile(r"3101\d\d")
_PINYIN = re.compile(r"[a-z]+(?: [a-z]+)*")


class DemoCityError(Exception):
    """The demo city's files contradict themselves; the message names the entry and what is wrong."""


def ensure_sound(city: DemoCity) -> None:
    """Pass if the city can be stored; raise DemoCityError with the first thing that is wrong."""
    _ensure_unique("district", (district.id for district in city.districts))
    _ensure_unique("slug", [*(venue.slug for venue in city.venues), *(outlet.slug for outlet in city.outlets)])
    _ensure_unique("account", (account.username for account in city.accounts))
    codes = frozenset(district.id for district in city.districts)
    for district in city.districts:
        _ensure_district(district)
    for venue in city.venues:
        _ensure_place(venue, codes, VENUE_KINDS)
        _ensure_venue(venue)
    for outlet in city.outlets:
        _ensure_place(outlet, codes, OUTLET_KINDS)
        _ensure(outlet.example, f"{outlet.slug}: outlets are invented and must say so by example: true")
        _ensure(outlet.licence.startswith("示例"), f"{outlet.slug}: its licence is invented and must say so")
    for account in city.accounts:
        _ensure_account(account, city, codes)


def _ensure_district(district: DemoDistrict) -> None:
    _ensure(_DISTRICT_CODE.fullmatch(district.id), f"{district.id} is not a GB/T 2260 code of Shanghai")
    _ensure(_PINYIN.fullmatch(district.pinyin), f"{district.id}: pinyin is lower-case syllables")


def _ensure_place(place: DemoVenue | DemoOutlet, codes: frozenset[str], kinds: frozenset[str]) -> None:
    longitude, latitude = place.position
    _ensure(_SLUG.fullmatch(place.slug), f"{place.slug}: a slug has lower-case words joined by hyphens")
    _ensure(place.kind in kinds, f"{place.slug}: {place.kind} is not a known kind")
    _ensure(place.district in codes, f"{place.slug}: district {place.district} is not listed")
    _ensure(WEST <= longitude <= EAST, f"{place.slug}: longitude {longitude} is outside Shanghai")
    _ensure(SOUTH <= latitude <= NORTH, f"{place.slug}: latitude {latitude} is outside Shanghai")


def _ensure_venue(venue: DemoVenue) -> None:
    _ensure(_PINYIN.fullmatch(venue.pinyin), f"{venue.slug}: pinyin is lower-case syllables")
    _ensure(venue.gates, f"{venue.slug}: a venue has a gate at least")
    _ensure_unique(f"{venue.slug}: gate", (gate.slug for gate in venue.gates))
    sizes = (venue.max_party_size, venue.slot_minutes, venue.slot_capacity)
    _ensure(min(sizes) > 0, f"{venue.slug}: party size, slot minutes and capacity are positive")
    _ensure(venue.max_party_size <= venue.slot_capacity, f"{venue.slug}: a party would not fit into a slot")
    _ensure(venue.usual_hours, f"{venue.slug}: a venue has usual hours")
    for hours in venue.usual_hours:
        _ensure_hours(venue, hours)
    for day in WEEKDAYS:
        _ensure_apart(venue, day)


def _ensure_hours(venue: DemoVenue, hours: OpeningHours) -> None:
    _ensure(hours.days and hours.days <= WEEKDAYS, f"{venue.slug}: days are 1 (Monday) to 7 (Sunday)")
    within_day = timedelta(0) <= hours.opens < hours.closes <= DAY
    _ensure(within_day, f"{venue.slug}: hours open before they close, within 00:00 and 24:00")
    slot = timedelta(minutes=venue.slot_minutes)
    _ensure(hours.closes - hours.opens >= slot, f"{venue.slug}: opening hours are shorter than one slot")


def _ensure_apart(venue: DemoVenue, day: int) -> None:
    open_hours = sorted((hours.opens, hours.closes) for hours in venue.usual_hours if day in hours.days)
    for (_, closes), (opens, _) in pairwise(open_hours):
        _ensure(closes <= opens, f"{venue.slug}: hours overlap on weekday {day}")


def _ensure_account(account: DemoAccount, city: DemoCity, codes: frozenset[str]) -> None:
    known = {
        ScopeLevel.CITY: frozenset({city.id}),
        ScopeLevel.DISTRICT: codes,
        ScopeLevel.VENUE: frozenset(venue.id for venue in city.venues if venue.example),
    }
    _ensure(account.scopes, f"account {account.username}: without a scope it could do nothing")
    for scope in account.scopes:
        in_reach = scope.id in known.get(scope.level, frozenset())
        _ensure(in_reach, f"account {account.username}: scope {scope.level} {scope.id} is not of this city's examples")


def _ensure_unique(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        _ensure(value not in seen, f"{what} {value} appears twice")
        seen.add(value)


def _ensure(holds: object, problem: str) -> None:
    if not holds:
        raise DemoCityError(problem)
