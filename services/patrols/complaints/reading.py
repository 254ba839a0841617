"""Reading complaints: staff within their scope, and whoever complained by the secret."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.common.clock import Clock
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.patrols.complaints.errors import ComplaintUnknown
from services.patrols.complaints.filing import PREFIX
from services.patrols.complaints.model import Complaint, ComplaintSearch, ComplaintView
from services.patrols.complaints.ports import ComplaintStore
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site
from services.venues.scopes import scope_names

LIST = "complaints"


@dataclass(frozen=True, kw_only=True)
class ComplaintReading:
    """Answers about complaints."""

    store: ComplaintStore
    sites: Sites
    secrecy: Secrecy
    clock: Clock

    async def get(self, actor: Actor, complaint_id: str) -> ComplaintView:
        """Return a complaint with its texts; raises ComplaintUnknown."""
        complaint = await self.get_record(actor, complaint_id)
        return replace(
            _view(complaint, await self._site(complaint)),
            text=await self.secrecy.open(complaint.text),
            contact=await self.secrecy.open(complaint.contact),
            answer=await self.secrecy.open(complaint.answer),
        )

    async def get_record(self, actor: Actor, complaint_id: str) -> Complaint:
        """Return a complaint as it is kept; raises ComplaintUnknown."""
        found = await self.store.find(complaint_id)
        if found is None or set(found.seen_by).isdisjoint(scope_names(actor)):
            raise ComplaintUnknown
        return found

    async def look(self, complaint_id: str, secret: str) -> ComplaintView:
        """Return what became of a complaint, for whoever has its secret; raises ComplaintUnknown."""
        found = await self.store.find(complaint_id)
        if found is None or not self.secrecy.fits(found, secret):
            raise ComplaintUnknown
        return replace(_view(found, await self._site(found)), answer=await self.secrecy.open(found.answer))

    async def list(self, actor: Actor, search: ComplaintSearch) -> Page[ComplaintView]:
        """Return a page of the actor's complaints without their texts, newest first; raises CursorInvalid."""
        until = None if search.after is None else str(read_cursor(search.after, LIST, (str,))[0])
        found = await newest(
            partial(self._between, scope_names(actor), search),
            prefix=PREFIX,
            wanted=search.limit + 1,
            until=until,
            now=self.clock.now(),
        )
        page = found[: search.limit]
        sites = await self.sites.several({one.site_id for one in page})
        return Page(
            items=[_view(one, sites.get(one.site_id)) for one in page],
            next=make_cursor(LIST, page[-1].id) if len(found) > search.limit else None,
        )

    async def _between(
        self, scopes: Sequence[str], search: ComplaintSearch, since: str, until: str
    ) -> Sequence[Complaint]:
        found: list[Complaint] = []
        for scope in scopes:
            found += await self.store.between(
                scope, since, until, held_back=search.held_back, state=search.state, site_id=search.site_id
            )
        return found

    async def _site(self, complaint: Complaint) -> Site | None:
        return (await self.sites.several([complaint.site_id])).get(complaint.site_id)


def _view(complaint: Complaint, site: Site | None) -> ComplaintView:
    """Return a complaint without its texts."""
    return ComplaintView(
        complaint=complaint,
        site_name="" if site is None else site.name,
        site_name_en="" if site is None else site.name_en,
        text=None,
        contact=None,
        answer=None,
    )
