"""What the demo city is made of, and identifiers that every process computes alike."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from ulid import ULID

from services.identity.model import Role, Scope
from services.venues.model import GateUse

# 2026-01-01T00:00:00Z in milliseconds: a ULID opens with a time, and a derived one has none of its own.
_DEMO_TIME_MS = 1_767_225_600_000
_TIME_BYTES = 6
_DIGEST_BYTES = 10


def demo_id(prefix: str, slug: str) -> str:
    """Return `prefix`_ULID derived from both by SHA-256: the same in every process, on every start.

    So several processes may seed one city at once, each writing what the others write.
    """
    digest = hashlib.sha256(f"{prefix}:{slug}".encode()).digest()
    raw = _DEMO_TIME_MS.to_bytes(_TIME_BYTES, "big") + digest[:_DIGEST_BYTES]
    return f"{prefix}_{ULID.from_bytes(raw)}"


@dataclass(frozen=True, kw_only=True)
class DemoDistrict:
    """A district by its GB/T 2260 code, six digits; `pinyin` is the sort key, one word a syllable."""

    id: str
    name: str
    name_en: str
    pinyin: str


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """When visitors are received on some weekdays (ISO 8601: 1 is Monday, 7 Sunday).

    `opens` and `closes` count from the city's midnight, 0 to 24 hours; what runs past midnight is
    two entries.
    """

    days: frozenset[int]
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, kw_only=True)
class DemoGate:
    """A way in; `slug` is unique within its venue, `example` marks an invented one."""

    id: str
    slug: str
    name: str
    name_en: str
    use: GateUse
    example: bool


@dataclass(frozen=True, kw_only=True)
class DemoVenue:
    """A place that receives visitors; `example` marks an invented one.

    `position` is (longitude, latitude) in degrees, GCJ-02; `pinyin` is the sort key. `slot_capacity`
    is people a slot.
    """

    id: str
    slug: str
    name: str
    name_en: str
    pinyin: str
    kind: str
    address: str
    district: str
    position: tuple[float, float]
    usual_hours: tuple[OpeningHours, ...]
    gates: tuple[DemoGate, ...]
    max_party_size: int
    slot_minutes: int
    slot_capacity: int
    about: str
    about_en: str
    example: bool


@dataclass(frozen=True, kw_only=True)
class DemoOutlet:
    """An invented halal outlet; `position` is (longitude, latitude) in degrees, GCJ-02.

    Its licence ends so many days after it is put into the database: one that ends on a fixed day would be of use to
    nobody after it.
    """

    id: str
    slug: str
    name: str
    name_en: str
    kind: str
    address: str
    district: str
    position: tuple[float, float]
    licence: str
    licence_ends_in_days: int
    example: bool


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """A staff account that exists in demo mode only; its scopes name venues and districts by id."""

    username: str
    role: Role
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, kw_only=True)
class DemoCity:
    """A city by its GB/T 2260 code, with all that a demo shows of it."""

    id: str
    name: str
    name_en: str
    districts: tuple[DemoDistrict, ...]
    venues: tuple[DemoVenue, ...]
    outlets: tuple[DemoOutlet, ...]
    accounts: tuple[DemoAccount, ...]
