"""The directory: all venues in memory, read anew when older than some seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.clock import Clock
from services.common.model import Page
from services.common.remembering import Remembered
from services.identity.model import Actor, Owner, Scope, ScopeLevel
from services.identity.rules import may_see
from services.venues.errors import GateUnknown, OwnerUnknown, VenueUnknown
from services.venues.model import District, Gate, Venue, VenueSearch
from services.venues.ports import VenueStore
from services.venues.rules import page_of


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    venues: dict[str, Venue]
    gates: dict[str, tuple[Venue, Gate]]
    districts: tuple[District, ...]
    owners: dict[Scope, Owner]


class VenueDirectory:
    """Answers about venues without a query: every scan and every search would else ask the same things."""

    def __init__(self, *, store: VenueStore, clock: Clock, max_age_s: float = 10.0) -> None:
        self._store = store
        self._remembered = Remembered(self._read, clock=clock, max_age_s=max_age_s)

    async def search(self, search: VenueSearch) -> Page[Venue]:
        """Return one page of venues."""
        return page_of(list((await self._remembered.get()).venues.values()), search)

    async def all(self) -> Sequence[Venue]:
        """Return all venues, in any order."""
        return tuple((await self._remembered.get()).venues.values())

    async def districts(self) -> Sequence[District]:
        """Return all districts in the order of their codes."""
        return (await self._remembered.get()).districts

    async def get(self, venue_id: str) -> Venue:
        """Return the venue; raises VenueUnknown."""
        venue = (await self._remembered.get()).venues.get(venue_id)
        if venue is None:
            raise VenueUnknown
        return venue

    async def get_owner(self, scope: Scope) -> Owner:
        """Return where a city, a district or a venue stands in the four levels; raises OwnerUnknown.

        There is no directory of organisations, so none of them is known.
        """
        owner = (await self._remembered.get()).owners.get(scope)
        if owner is None:
            raise OwnerUnknown
        return owner

    async def get_gate_for(self, actor: Actor, gate_id: str) -> tuple[Venue, Gate]:
        """Return a gate and its venue; raises GateUnknown when it is outside the actor's scope."""
        found = (await self._remembered.get()).gates.get(gate_id)
        if found is None or not may_see(actor, found[0].owner):
            raise GateUnknown
        return found

    async def _read(self) -> _Snapshot:
        venues = await self._store.all_venues()
        districts = await self._store.all_districts()
        return _Snapshot(
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
