"""The directory: all venues in memory, read anew when older than some seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable
from services.common.model import Page
from services.identity.model import Actor, Owner, Scope, ScopeLevel
from services.identity.rules import may_see
from services.venues.errors import GateUnknown, OwnerUnknown, VenueUnknown
from services.venues.model import District, Gate, Venue, VenueSearch
from services.venues.ports import VenueStore
from services.venues.rules import page_of

REFRESH_WITHIN_S = 2.0


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    read_at: datetime
    venues: dict[str, Venue]
    gates: dict[str, tuple[Venue, Gate]]
    districts: tuple[District, ...]
    owners: dict[Scope, Owner]


class VenueDirectory:
    """Answers about venues without a query: every scan and every search would else ask the same things."""

    def __init__(self, *, store: VenueStore, clock: Clock, max_age_s: float = 10.0) -> None:
        self._store = store
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_s)
        self._snapshot: _Snapshot | None = None
        self._reading = asyncio.Lock()

    async def search(self, search: VenueSearch) -> Page[Venue]:
        """Return one page of venues."""
        return page_of(list((await self._fresh()).venues.values()), search)

    async def all(self) -> Sequence[Venue]:
        """Return all venues, in any order."""
        return tuple((await self._fresh()).venues.values())

    async def districts(self) -> Sequence[District]:
        """Return all districts in the order of their codes."""
        return (await self._fresh()).districts

    async def get(self, venue_id: str) -> Venue:
        """Return the venue; raises VenueUnknown."""
        venue = (await self._fresh()).venues.get(venue_id)
        if venue is None:
            raise VenueUnknown
        return venue

    async def get_owner(self, scope: Scope) -> Owner:
        """Return where a city, a district or a venue stands in the four levels; raises OwnerUnknown.

        There is no directory of organisations, so none of them is known.
        """
        owner = (await self._fresh()).owners.get(scope)
        if owner is None:
            raise OwnerUnknown
        return owner

    async def get_gate_for(self, actor: Actor, gate_id: str) -> tuple[Venue, Gate]:
        """Return a gate and its venue; raises GateUnknown when it is outside the actor's scope."""
        found = (await self._fresh()).gates.get(gate_id)
        if found is None or not may_see(actor, found[0].owner):
            raise GateUnknown
        return found

    async def _fresh(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and self._clock.now() - snapshot.read_at <= self._max_age:
            return snapshot
        if snapshot is not None and self._reading.locked():
            return snapshot  # somebody is fetching what is newer; nobody else needs to wait for it
        async with self._reading:
            if self._snapshot is None:
                self._snapshot = await self._read()
            elif self._snapshot is snapshot:
                self._snapshot = await self._read_or_keep(self._snapshot)
            return self._snapshot

    async def _read_or_keep(self, snapshot: _Snapshot) -> _Snapshot:
        """Return what is true now, or what was true last while the database is away: venues change seldom."""
        try:
            with deadline(REFRESH_WITHIN_S):
                return await self._read()
        except DatabaseUnavailable:
            return replace(snapshot, read_at=self._clock.now())

    async def _read(self) -> _Snapshot:
        venues = await self._store.all_venues()
        districts = await self._store.all_districts()
        return _Snapshot(
            read_at=self._clock.now(),
            venues={venue.id: venue for venue in venues},
            gates={gate.id: (venue, gate) for venue in venues for gate in venue.gates},
            districts=tuple(sorted(districts, key=lambda district: district.id)),
            owners=_owners(venues, districts),
        )


def _owners(venues: Sequence[Venue], districts: Sequence[District]) -> dict[Scope, Owner]:
    found = {Scope(level=ScopeLevel.VENUE, id=venue.id): venue.owner for venue in venues}
    for one in districts:
        district = Owner(city_id=one.city_id, district_id=one.id, organisation_id=None, venue_id=None)
        found[Scope(level=ScopeLevel.DISTRICT, id=one.id)] = district
        found[Scope(level=ScopeLevel.CITY, id=one.city_id)] = replace(district, district_id=None)
    return found
