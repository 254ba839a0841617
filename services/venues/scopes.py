"""Whom a thing belongs to, and who may see it: the scopes that cover an owner, and those of an actor."""

from collections.abc import Iterable

from services.identity.model import Actor, Owner, Scope, ScopeLevel
from services.identity.rules import may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import OwnerMissing, OwnerUnknown

NO_CODE = "000000"


def scope_name(scope: Scope) -> str:
    """Return `level:id`."""
    return f"{scope.level}:{scope.id}"


def read_scope(text: str) -> Scope:
    """Return the scope of `level:id`."""
    level, _, its_id = text.partition(":")
    return Scope(level=ScopeLevel(level), id=its_id)


def scope_names(actor: Actor) -> tuple[str, ...]:
    """Return the actor's scopes as `level:id`."""
    return tuple(scope_name(scope) for scope in actor.scopes)


def covering(owner: Owner) -> tuple[Scope, ...]:
    """Return the scopes that cover `owner`, the nearest first."""
    ids = (
        (ScopeLevel.VENUE, owner.venue_id),
        (ScopeLevel.ORGANISATION, owner.organisation_id),
        (ScopeLevel.DISTRICT, owner.district_id),
        (ScopeLevel.CITY, owner.city_id),
    )
    return tuple(Scope(level=level, id=its_id) for level, its_id in ids if its_id is not None)


def code_of(seen_by: Iterable[str]) -> str | None:
    """Return the GB/T 2260 code of the first district among scopes as `level:id`, else that of the first city.

    None for neither. Of the scopes that cover an owner, it is the code that the owner's things are counted under.
    """
    names = tuple(seen_by)
    for level in (ScopeLevel.DISTRICT, ScopeLevel.CITY):
        for name in names:
            if name.startswith(f"{level}:"):
                return name.removeprefix(f"{level}:")
    return None


def ensure_within(actor: Actor, owner: Owner) -> None:
    """Raise OwnerUnknown unless one of the actor's scopes covers `owner`: outside, it does not exist for them."""
    if not may_see(actor, owner):
        raise OwnerUnknown


def own_scope(actor: Actor) -> Scope:
    """Return the actor's only scope; raises OwnerMissing when there is not just one."""
    if len(actor.scopes) != 1:
        raise OwnerMissing
    return actor.scopes[0]


class Scopes:
    """Answers about cities, districts and venues as owners."""

    def __init__(self, venues: VenueDirectory) -> None:
        self._venues = venues

    async def city_code(self) -> str:
        """Return the city's GB/T 2260 code, NO_CODE as long as no district is known."""
        return next((one.city_id for one in await self._venues.districts()), NO_CODE)

    async def seen_by(self, scope: Scope) -> tuple[str, ...]:
        """Return the scopes that cover `scope`, itself first, as `level:id`; raises OwnerUnknown."""
        return tuple(scope_name(one) for one in covering(await self._venues.get_owner(scope)))

    async def seen_by_within(self, actor: Actor, scope: Scope) -> tuple[str, ...]:
        """Do the same; raises OwnerUnknown when `scope` is not within the actor's, too."""
        owner = await self._venues.get_owner(scope)
        ensure_within(actor, owner)
        return tuple(scope_name(one) for one in covering(owner))

    async def usable_by(self, actor: Actor) -> tuple[str, ...]:
        """Return the actor's scopes and all that cover them, as `level:id`: what these own, the actor may use."""
        found: dict[str, None] = {}
        for scope in actor.scopes:
            found.update(dict.fromkeys(await self._around(scope)))
        return tuple(found)

    async def _around(self, scope: Scope) -> tuple[str, ...]:
        try:
            return await self.seen_by(scope)
        except OwnerUnknown:  # an account may answer for an organisation, or for what is gone
            return (scope_name(scope),)
