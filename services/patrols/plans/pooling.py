"""Whom and what a plan is made of: active sites, inspectors who work there, and a checklist in use."""

from collections.abc import Collection, Mapping, Sequence

from services.identity.model import Actor, Scope, ScopeLevel, StaffAccount
from services.patrols.checklists.model import TemplateState
from services.patrols.plans.ports import ActiveOutlets, Inspectors, Templates
from services.patrols.plans.rules import refused
from services.patrols.sites.directory import Sites, site_of
from services.patrols.sites.model import Site, SiteKind, SiteState
from services.venues.directory import VenueDirectory
from services.venues.model import VenueSearch
from services.venues.scopes import Scopes, scope_name, scope_names

VENUES_AT_ONCE = 200


class Pools:
    """Answers about what can be planned."""

    def __init__(
        self,
        *,
        sites: Sites,
        outlets: ActiveOutlets,
        venues: VenueDirectory,
        scopes: Scopes,
        templates: Templates,
        inspectors: Inspectors,
    ) -> None:
        self._sites = sites
        self._outlets = outlets
        self._venues = venues
        self._scopes = scopes
        self._templates = templates
        self._inspectors = inspectors

    async def seen_by(self, actor: Actor, scope: Scope) -> tuple[str, ...]:
        """Return the scopes that cover `scope`; raises OwnerUnknown when it is not within the actor's."""
        return await self._scopes.seen_by_within(actor, scope)

    async def site(self, actor: Actor, site_id: str) -> Site:
        """Return a site that may be visited; raises SiteUnknown, and PlanRefused for a closed one."""
        site = await self._sites.get_within(actor, site_id)
        if site.state is not SiteState.ACTIVE:
            raise refused("site_id", "site_closed", "this site is closed or was merged into another")
        return site

    async def several(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the sites there are, whatever their state, by id."""
        return await self._sites.several(ids)

    async def sites(self, scope: Scope, kind: SiteKind) -> Sequence[Site]:
        """Return all active sites of a kind within a scope, in the order of their ids."""
        name = scope_name(scope)
        if kind is SiteKind.OUTLET:
            found = await self._outlets.active_within(name)
        else:
            found = [site for site in await self._all_venues() if name in site.seen_by]
        return sorted((site for site in found if site.state is SiteState.ACTIVE), key=lambda site: site.id)

    async def _all_venues(self) -> list[Site]:
        found: list[Site] = []
        after = None
        while True:
            search = VenueSearch(text=None, district_id=None, near=None, limit=VENUES_AT_ONCE, after=after)
            page = await self._venues.search(search)
            found += [site_of(venue) for venue in page.items]
            after = page.next
            if after is None:
                return found

    async def inspectors(self, sites: Collection[Site]) -> Mapping[str, Collection[str]]:
        """Return the inspectors who work in the districts of these sites, each with those of the districts."""
        cities = {site.district_id: site.city_id for site in sites}
        wanted = [_scopes_of(district, city) for district, city in sorted(cities.items())]
        accounts = await self._inspectors.inspectors_within({scope for some in wanted for scope in some})
        return {
            account.id: [district for district, city in sorted(cities.items()) if _works_in(account, district, city)]
            for account in accounts
        }

    async def ensure_assignable(self, site: Site, assignees: Sequence[str]) -> None:
        """Raise PlanRefused unless all of them are inspectors who work where the site is."""
        known = await self.inspectors([site])
        for place, account_id in enumerate(assignees):
            if account_id not in known:
                raise refused(f"assignees[{place}]", "inspector_unknown", "no inspector of that district has this id")
            if account_id in assignees[:place]:
                raise refused(f"assignees[{place}]", "repeated", "this is in the list already")

    async def ensure_template(self, actor: Actor, template_id: str, kind: SiteKind) -> None:
        """Raise PlanRefused unless the actor may use this checklist, it is in use, and made for such sites."""
        template = await self._templates.template(template_id)
        usable = await self._scopes.usable_by(actor)
        covered = template is not None and not set(template.seen_by).isdisjoint(scope_names(actor))
        if template is None or not (covered or template.owner in usable):
            raise refused("template_id", "template_unknown", "there is no such checklist")
        if template.state is not TemplateState.ACTIVE:
            raise refused("template_id", "template_retired", "this checklist is retired")
        if template.site_kind is not kind:
            raise refused("template_id", "template_of_other_kind", "this checklist is for sites of another kind")


def _scopes_of(district_id: str, city_id: str) -> tuple[Scope, Scope]:
    return Scope(level=ScopeLevel.DISTRICT, id=district_id), Scope(level=ScopeLevel.CITY, id=city_id)


def _works_in(account: StaffAccount, district_id: str, city_id: str) -> bool:
    return not set(account.scopes).isdisjoint(_scopes_of(district_id, city_id))
