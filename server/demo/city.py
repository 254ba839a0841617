"""Reads the demo city from the files beside it: real places apart from invented ones."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from server.demo.checks import DemoCityError, ensure_sound
from server.demo.model import (
    DemoAccount,
    DemoCity,
    DemoDistrict,
    DemoGate,
    DemoOutlet,
    DemoVenue,
    OpeningHours,
    demo_id,
)
from services.identity.model import Role, Scope, ScopeLevel
from services.venues.model import GateUse

__all__ = [
    "DemoAccount",
    "DemoCity",
    "DemoCityError",
    "DemoDistrict",
    "DemoGate",
    "DemoOutlet",
    "DemoVenue",
    "OpeningHours",
    "demo_id",
    "load_demo_city",
]

VENUE_PREFIX = "ven"
GATE_PREFIX = "gat"
OUTLET_PREFIX = "otl"

_HERE = Path(__file__).parent
_REAL_PLACES = _HERE / "shanghai.yaml"
_EXAMPLES = _HERE / "examples.yaml"
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)")

Entry = Mapping[str, Any]


def load_demo_city() -> DemoCity:
    """Return Shanghai with its districts, real venues, and the examples: venues, outlets, accounts.

    Raises DemoCityError if the files hold an unknown or missing field, or contradict themselves.
    """
    real = yaml.safe_load(_REAL_PLACES.read_text(encoding="utf-8"))
    examples = yaml.safe_load(_EXAMPLES.read_text(encoding="utf-8"))
    city = parse_demo_city(real, examples)
    ensure_sound(city)
    return city


def parse_demo_city(real: Entry, examples: Entry) -> DemoCity:
    """Return the city that the two documents describe, still unchecked.

    Raises DemoCityError for an unknown or missing field, and for a clock time that is none.
    """
    try:
        return DemoCity(
            **real["city"],
            districts=tuple(DemoDistrict(**entry) for entry in real["districts"]),
            venues=tuple(_venue(entry) for entry in (*real["venues"], *examples["venues"])),
            outlets=tuple(_outlet(entry) for entry in examples["outlets"]),
            accounts=tuple(_account(entry) for entry in examples["accounts"]),
        )
    except KeyError as error:
        raise DemoCityError(f"the field {error} is missing") from error
    except (TypeError, ValueError) as error:
        raise DemoCityError(str(error)) from error


def _venue(entry: Entry) -> DemoVenue:
    slug = entry["slug"]
    parsed = {
        "id": demo_id(VENUE_PREFIX, slug),
        "position": _position(entry["position"]),
        "usual_hours": tuple(_hours(hours) for hours in entry["usual_hours"]),
        "gates": tuple(_gate(slug, gate) for gate in entry["gates"]),
        "example": entry.get("example", False),
    }
    return DemoVenue(**{**entry, **parsed})


def _gate(venue_slug: str, entry: Entry) -> DemoGate:
    gate_id = demo_id(GATE_PREFIX, f"{venue_slug}/{entry['slug']}")
    use = GateUse(entry.get("use", GateUse.ENTRANCE))
    return DemoGate(**{"example": False, **entry, "id": gate_id, "use": use})


def _hours(entry: Entry) -> OpeningHours:
    parsed = {
        "days": frozenset(entry["days"]),
        "opens": _since_midnight(entry["opens"]),
        "closes": _since_midnight(entry["closes"]),
    }
    return OpeningHours(**{**entry, **parsed})


def _outlet(entry: Entry) -> DemoOutlet:
    parsed = {"id": demo_id(OUTLET_PREFIX, entry["slug"]), "position": _position(entry["position"])}
    return DemoOutlet(**{**entry, **parsed})


def _account(entry: Entry) -> DemoAccount:
    parsed = {"role": Role(entry["role"]), "scopes": tuple(_scope(scope) for scope in entry["scopes"])}
    return DemoAccount(**{**entry, **parsed})


def _scope(entry: Entry) -> Scope:
    """A `ref` is a slug for a venue and a GB/T 2260 code for a district or city."""
    level = ScopeLevel(entry["level"])
    ref = entry["ref"]
    return Scope(level=level, id=demo_id(VENUE_PREFIX, ref) if level is ScopeLevel.VENUE else ref)


def _position(entry: Sequence[float]) -> tuple[float, float]:
    longitude, latitude = entry
    return longitude, latitude


def _since_midnight(text: str) -> timedelta:
    """Return the time from midnight to `HH:MM`; 24:00 is the end of the day (ISO 8601)."""
    if not _CLOCK_TIME.fullmatch(text):
        raise DemoCityError(f"{text} is not a clock time such as 08:30; a day ends at 24:00")
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
