"""Outlets: their licences, their contacts, and their life."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.patrols.sites.model import SiteState
from services.venues.model import GeoPoint


class OutletKind(StrEnum):
    """What an outlet does."""

    RESTAURANT = "restaurant"
    CANTEEN = "canteen"
    FOOD_SHOP = "food_shop"
    BUTCHER = "butcher"
    BAKERY = "bakery"
    FOOD_FACTORY = "food_factory"
    SLAUGHTERHOUSE = "slaughterhouse"
    WHOLESALER = "wholesaler"


@dataclass(frozen=True, kw_only=True)
class Licence:
    """A halal licence: it is valid on `valid_from`, on `valid_to`, and on the days between. `scope` says for what."""

    number: str
    issuer: str
    valid_from: date
    valid_to: date
    scope: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Who answers for an outlet, as staff of its district may read it."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ProtectedContact:
    """A contact as it is kept: one ciphertext of both."""

    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A halal outlet; `position` is GCJ-02, `uscc` its unified social credit code (GB 32100), if it has one.

    `external_id` is its key in the list it was imported from. `example` marks an invented one.
    """

    id: str
    name: str
    name_en: str
    kind: OutletKind
    address: str
    city_id: str
    district_id: str
    position: GeoPoint
    uscc: str | None
    licence: Licence | None
    contacts: tuple[ProtectedContact, ...]
    state: SiteState
    merged_into: str | None
    external_id: str | None
    example: bool
    seen_by: tuple[str, ...]
    registered_at: datetime
    changed_at: datetime
    version: int
