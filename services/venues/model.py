"""Venues, gates, districts, and where they are."""

from dataclasses import dataclass
from enum import StrEnum

from services.identity.model import Owner


class VenueKind(StrEnum):
    """What kind of place it is. A kind says nothing about who visits."""

    BUDDHIST_TEMPLE = "buddhist_temple"
    TAOIST_TEMPLE = "taoist_temple"
    MOSQUE = "mosque"
    CATHOLIC_CHURCH = "catholic_church"
    PROTESTANT_CHURCH = "protestant_church"
    EXHIBITION_HALL = "exhibition_hall"


class GateUse(StrEnum):
    """What a gate is for."""

    ENTRANCE = "entrance"
    EXIT = "exit"


class Channel(StrEnum):
    """By which way a visit is booked; a slot may set places aside for any of them but INDIVIDUAL."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    ASSISTED = "assisted"
    WALK_IN = "walk_in"


@dataclass(frozen=True, kw_only=True)
class GeoPoint:
    """A position in degrees, GCJ-02, as all maps in China show it."""

    lng: float
    lat: float


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate of a venue."""

    id: str
    name: str
    name_en: str
    use: GateUse


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """Usual hours on some ISO weekdays (1 is Monday); local wall-clock times `HH:MM`, up to 24:00."""

    days: tuple[int, ...]
    opens: str
    closes: str


@dataclass(frozen=True, kw_only=True)
class District:
    """A district by its GB/T 2260 code."""

    id: str
    city_id: str
    name: str
    name_en: str
    pinyin: str


@dataclass(frozen=True, kw_only=True)
class Venue:
    """A venue and its public facts; `example` marks an invented one."""

    id: str
    name: str
    name_en: str
    pinyin: str
    kind: VenueKind
    address: str
    city_id: str
    district_id: str
    organisation_id: str | None
    position: GeoPoint
    usual_hours: tuple[OpeningHours, ...]
    gates: tuple[Gate, ...]
    max_party_size: int
    about: str
    about_en: str
    example: bool

    @property
    def owner(self) -> Owner:
        """Return where the venue stands in the four levels."""
        return Owner(
            city_id=self.city_id,
            district_id=self.district_id,
            organisation_id=self.organisation_id,
            venue_id=self.id,
        )


@dataclass(frozen=True, kw_only=True)
class VenueSearch:
    """What somebody looks for; None means anything. With `near`, the nearest come first."""

    text: str | None
    district_id: str | None
    near: GeoPoint | None
    limit: int
    after: str | None
