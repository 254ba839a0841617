"""Reading applications: a leader's own, and those of the venues within one's scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.clock import Clock
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.identity.rules import may_see
from services.reservations.groups.errors import ApplicationUnknown
from services.reservations.groups.following import Following
from services.reservations.groups.model import Application, SeenApplication, VenueSearch
from services.reservations.groups.ports import ApplicationStore
from services.reservations.groups.rules import masked, read_contact
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

PREFIX = "gap"
OWN = "own group applications"


@dataclass(frozen=True, kw_only=True)
class ApplicationReading:
    """Answers about applications; the contact leaves in the clear for one application at a time only.

    A single one is shown as its reservation is now, and lists as the worker wrote it down last.
    """

    store: ApplicationStore
    following: Following
    venues: VenueDirectory
    cipher: FieldCipher
    clock: Clock

    async def get_own(self, citizen_id: str, application_id: str) -> Application:
        """Return the leader's application; another's does not exist for them."""
        found = await self.store.find(application_id)
        if found is None or found.citizen_id != citizen_id:
            raise ApplicationUnknown
        return await self.following.present(found)

    async def get_within(self, actor: Actor, application_id: str) -> Application:
        """Return an application to a venue within the actor's scope; raises ApplicationUnknown."""
        found = await self.store.find(application_id)
        if found is None:
            raise ApplicationUnknown
        try:
            venue = await self.venues.get(found.venue_id)
        except VenueUnknown:
            raise ApplicationUnknown from None
        if not may_see(actor, venue.owner):
            raise ApplicationUnknown
        return await self.following.present(found)

    async def seen(self, application: Application) -> SeenApplication:
        """Return the application with its contact in the clear."""
        contact = read_contact(await self.cipher.decrypt(application.contact))
        return SeenApplication(application=application, contact=contact)

    async def seen_masked(self, application: Application) -> SeenApplication:
        """Return the application with its contact masked."""
        seen = await self.seen(application)
        return SeenApplication(application=application, contact=masked(seen.contact))

    async def list_own(self, citizen_id: str, limit: int, after: str | None) -> Page[SeenApplication]:
        """Return a page of a leader's applications, newest first; raises CursorInvalid."""

        async def between(since: str, until: str) -> Sequence[Application]:
            return await self.store.own_between(citizen_id, since, until)

        until = None if after is None else str(read_cursor(after, OWN, (str,))[0])
        found = await newest(between, prefix=PREFIX, wanted=limit + 1, until=until, now=self.clock.now())
        return await self._page(OWN, found, limit)

    async def list_of_venue(self, actor: Actor, search: VenueSearch) -> Page[SeenApplication]:
        """Return a page of a venue's applications, newest first; raises VenueUnknown, CursorInvalid."""
        if not may_see(actor, (await self.venues.get(search.venue_id)).owner):
            raise VenueUnknown

        async def between(since: str, until: str) -> Sequence[Application]:
            return await self.store.of_venue_between(search.venue_id, search.status, since, until)

        name = f"group applications of {search.venue_id}"
        until = None if search.after is None else str(read_cursor(search.after, name, (str,))[0])
        found = await newest(between, prefix=PREFIX, wanted=search.limit + 1, until=until, now=self.clock.now())
        return await self._page(name, found, search.limit)

    async def _page(self, name: str, found: Sequence[Application], limit: int) -> Page[SeenApplication]:
        page = [await self.seen_masked(one) for one in found[:limit]]
        more = len(found) > len(page)
        return Page(items=page, next=make_cursor(name, page[-1].application.id) if more else None)
