"""The directory of sites: outlets and venues by their ids."""

from collections.abc import Collection, Mapping

from services.identity.model import Actor
from services.patrols.errors import SiteUnknown
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.patrols.sites.ports import OutletSites
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from services.venues.scopes import covering, scope_name, scope_names

OUTLET_PREFIX = "otl_"


class Sites:
    """Answers about sites."""

    def __init__(self, *, outlets: OutletSites, venues: VenueDirectory) -> None:
        self._outlets = outlets
        self._venues = venues

    async def several(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the sites there are, by id."""
        found = dict(await self._outlets.sites([one for one in ids if one.startswith(OUTLET_PREFIX)]))
        for one in ids:
            if not one.startswith(OUTLET_PREFIX):
                try:
                    found[one] = site_of(await self._venues.get(one))
                except VenueUnknown:
                    continue
        return found

    async def get(self, site_id: str) -> Site:
        """Return the site, whoever asks; raises SiteUnknown."""
        found = (await self.several([site_id])).get(site_id)
        if found is None:
            raise SiteUnknown
        return found

    async def get_within(self, actor: Actor, site_id: str) -> Site:
        """Return the site; raises SiteUnknown when it is outside the actor's scope, too."""
        found = await self.get(site_id)
        if set(found.seen_by).isdisjoint(scope_names(actor)):
            raise SiteUnknown
        return found


def site_of(venue: Venue) -> Site:
    """Return a venue as a site."""
    return Site(
        id=venue.id,
        kind=SiteKind.VENUE,
        name=venue.name,
        name_en=venue.name_en,
        address=venue.address,
        position=venue.position,
        city_id=venue.city_id,
        district_id=venue.district_id,
        seen_by=tuple(scope_name(scope) for scope in covering(venue.owner)),
        state=SiteState.ACTIVE,
    )
