"""Reading the register of outlets, within the actor's scope."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from services.common.clock import Clock, city_day
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.patrols.model import RecordedEvent
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.errors import OutletUnknown
from services.patrols.outlets.model import Contact, FoundOutlet, Nearness, NearOutlet, Outlet, OutletSearch
from services.patrols.outlets.ports import OutletStore, SiteHistory
from services.venues.scopes import scope_names

PREFIX = "otl"
LIST = "outlets"
NEAR = "outlets by distance"
EXPIRING = "expiring licences"
HISTORY = "outlet history"
FIRST_DAY = "2000-01-01"  # before any licence


class OutletReading:
    """Answers about outlets; what is outside the actor's scope does not exist."""

    def __init__(self, *, store: OutletStore, records: SiteHistory, contacts: Contacts, clock: Clock) -> None:
        self._store = store
        self._records = records
        self._contacts = contacts
        self._clock = clock

    async def get(self, actor: Actor, outlet_id: str) -> Outlet:
        """Return the outlet; raises OutletUnknown."""
        outlet = await self._store.find(outlet_id)
        if outlet is None or set(outlet.seen_by).isdisjoint(scope_names(actor)):
            raise OutletUnknown
        return outlet

    async def contacts(self, actor: Actor, outlet_id: str) -> Sequence[Contact]:
        """Return who answers for the outlet; raises OutletUnknown."""
        return await self._contacts.readable((await self.get(actor, outlet_id)).contacts)

    async def search(self, actor: Actor, search: OutletSearch, limit: int, after: str | None) -> Page[Outlet]:
        """Return a page of outlets, newest first; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        found = await newest(
            partial(self._between, scope_names(actor), search),
            prefix=PREFIX,
            wanted=limit + 1,
            until=until,
            now=self._clock.now(),
        )
        following = make_cursor(LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=await self._outlets([one.id for one in found[:limit]]), next=following)

    async def _between(
        self, scopes: Sequence[str], search: OutletSearch, since: str, until: str
    ) -> Sequence[FoundOutlet]:
        return [one for scope in scopes for one in await self._store.between(scope, search, since, until)]

    async def near(
        self, actor: Actor, search: OutletSearch, near: Nearness, limit: int, after: str | None
    ) -> Page[NearOutlet]:
        """Return a page of outlets within a radius, nearest first; raises CursorInvalid."""
        metres = await self._store.near(scope_names(actor), search, near)
        places = sorted((distance, its_id) for its_id, distance in metres.items())
        if after is not None:
            distance, its_id = read_cursor(after, NEAR, (float, str))
            places = [place for place in places if place > (distance, its_id)]
        page = places[:limit]
        following = make_cursor(NEAR, *page[-1]) if len(places) > limit else None
        outlets = await self._outlets([its_id for _, its_id in page])
        return Page(items=[NearOutlet(outlet=one, distance_m=metres[one.id]) for one in outlets], next=following)

    async def expiring(self, actor: Actor, within_days: int, limit: int, after: str | None) -> Page[Outlet]:
        """Return active outlets whose licences end within so many days, or have ended, the earliest first.

        Raises CursorInvalid.
        """
        last: date = city_day(self._clock.now()) + timedelta(days=within_days)
        seen: tuple[str, str] = (FIRST_DAY, "")
        if after is not None:
            day, its_id = read_cursor(after, EXPIRING, (str, str))
            seen = str(day), str(its_id)
        places: set[tuple[str, str]] = set()
        for scope in scope_names(actor):
            places.update(await self._store.expiring(scope, seen[0], last.isoformat()))
        following = sorted(place for place in places if place > seen)
        page = following[:limit]
        more = make_cursor(EXPIRING, *page[-1]) if len(following) > limit else None
        return Page(items=await self._outlets([its_id for _, its_id in page]), next=more)

    async def history(self, actor: Actor, outlet_id: str, limit: int, after: str | None) -> Page[RecordedEvent]:
        """Return a page of what happened to the outlet and at it, in the order of recording.

        Raises OutletUnknown, CursorInvalid.
        """
        outlet = await self.get(actor, outlet_id)
        since = -1 if after is None else int(read_cursor(after, HISTORY, (int,))[0])
        events = [one for one in await self._records.history(outlet.id) if one.index > since]
        page = events[:limit]
        return Page(items=page, next=make_cursor(HISTORY, page[-1].index) if len(events) > limit else None)

    async def _outlets(self, ids: Sequence[str]) -> list[Outlet]:
        """Return the outlets in the order of their ids, but for those that went out of sight meanwhile."""
        outlets = await self._store.several(ids)
        return [outlets[one] for one in ids if one in outlets]
