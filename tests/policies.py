"""Policies for tests: actors, venues in two districts, and a clock that can be put on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.policies.model import NoShowTerms, PolicyChange, TermsChange, VisitPolicy, default_policy
from services.venues.model import District, Venue
from tests.factories import make_district, make_venue

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CITY, NEAR, FAR = "310000", "310101", "310106"


class Hand:
    """A clock that stands still until it is put on."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def an_actor(level: ScopeLevel, its_id: str, role: Role = Role.DISTRICT_ADMIN) -> Actor:
    return Actor(id=f"stf_{its_id}", role=role, scopes=(Scope(level=level, id=its_id),), session_id="ses_1")


def a_policy(venue_id: str = "ven_a", **changes: Any) -> VisitPolicy:
    return replace(default_policy(venue_id), **changes)


def a_change(policy: VisitPolicy, joined: NoShowTerms | None = None) -> PolicyChange:
    return PolicyChange(policy=policy, joined=joined, changed_by="stf_1", changed_at=NOW)


def terms_change(terms: NoShowTerms) -> TermsChange:
    return TermsChange(terms=terms, changed_by="stf_1", changed_at=NOW)


class TwoDistricts:
    """Venues a and b in one district, c in another."""

    async def all_venues(self) -> Sequence[Venue]:
        return (
            make_venue(id="ven_a", district_id=NEAR, city_id=CITY),
            make_venue(id="ven_b", district_id=NEAR, city_id=CITY),
            make_venue(id="ven_c", district_id=FAR, city_id=CITY),
        )

    async def all_districts(self) -> Sequence[District]:
        return make_district(id=NEAR, city_id=CITY), make_district(id=FAR, city_id=CITY)

    async def put(self, districts: Sequence[District], venues: Sequence[Venue]) -> None:
        """Venues stay what they are here."""
