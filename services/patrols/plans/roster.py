"""The roster: who may be sent, and where they work."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.identity.model import Actor, Owner, Scope, ScopeLevel
from services.identity.rules import covers, may_see
from services.patrols.plans.ports import Inspectors
from services.venues.directory import VenueDirectory
from services.venues.errors import OwnerUnknown
from services.venues.scopes import covering


@dataclass(frozen=True, kw_only=True)
class RosterEntry:
    """An inspector; `districts` are those that were looked at and in which they work."""

    id: str
    username: str
    districts: Sequence[str]


class Roster:
    """Answers about inspectors."""

    def __init__(self, *, inspectors: Inspectors, venues: VenueDirectory) -> None:
        self._inspectors = inspectors
        self._venues = venues

    async def within(self, actor: Actor, district_id: str | None) -> Sequence[RosterEntry]:
        """Return who works in a district, or in any that the actor may see, by user name; raises OwnerUnknown."""
        places = [one for one in await self._districts(actor) if district_id in {None, one.district_id}]
        if district_id is not None and not places:
            raise OwnerUnknown
        accounts = await self._inspectors.inspectors_within({scope for place in places for scope in covering(place)})
        found = [
            RosterEntry(id=one.id, username=one.username, districts=_where(one.scopes, places)) for one in accounts
        ]
        return sorted(found, key=lambda one: one.username)

    async def _districts(self, actor: Actor) -> list[Owner]:
        scopes = [Scope(level=ScopeLevel.DISTRICT, id=one.id) for one in await self._venues.districts()]
        owners = [await self._venues.get_owner(scope) for scope in scopes]
        return [owner for owner in owners if may_see(actor, owner)]


def _where(scopes: Sequence[Scope], places: Sequence[Owner]) -> Sequence[str]:
    return [
        place.district_id
        for place in places
        if place.district_id is not None and any(covers(scope, place) for scope in scopes)
    ]
