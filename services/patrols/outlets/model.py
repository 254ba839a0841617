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


class CloseReason(StrEnum):
    """Why an outlet closed."""

    CEASED = "ceased"
    LICENCE_EXPIRED = "licence_expired"
    LICENCE_WITHDRAWN = "licence_withdrawn"
    MOVED_AWAY = "moved_away"
    REGISTERED_BY_MISTAKE = "registered_by_mistake"


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """A halal outlet; `position` is GCJ-02, `uscc` its unified social credit code (GB 32100), if it has one.

    `external_id` is its key in the list it was imported from. `example` marks an invented one. `absorbed` names the
    outlets that were merged into it; none of them has absorbed any, so that there are no chains. `close_reason` is
    None unless it is CLOSED.
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
    close_reason: CloseReason | None = None
    absorbed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutletKey:
    """That an outlet has a key of its own: `id` is made of the kind of key, the city and the key.

    As a record beside the outlet, so that two outlets cannot come by one key in the same moment. `outlet_id` is None
    when the outlet gave the key up.
    """

    id: str
    outlet_id: str | None
    version: int


@dataclass(frozen=True, kw_only=True)
class OutletDetails:
    """What people say of an outlet, besides its contacts; the fields are those of `Outlet`."""

    name: str
    name_en: str
    kind: OutletKind
    address: str
    district_id: str
    position: GeoPoint
    uscc: str | None
    licence: Licence | None
    external_id: str | None


@dataclass(frozen=True, kw_only=True)
class OutletSearch:
    """Which outlets: None means any. `text` is words in name, address, licence number or external id."""

    text: str | None
    district_id: str | None
    kind: OutletKind | None
    state: SiteState | None


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """Outlets within `radius_m` metres of a place (GCJ-02)."""

    centre: GeoPoint
    radius_m: int


@dataclass(frozen=True, kw_only=True)
class FoundOutlet:
    """An outlet that was found, by id."""

    id: str


@dataclass(frozen=True, kw_only=True)
class NearOutlet:
    """An outlet and how many metres away it is."""

    outlet: Outlet
    distance_m: float
