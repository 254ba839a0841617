"""Reading ratings: a venue's list and figures, and the tickets of one's scopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.common.clock import Clock, city_day
from services.common.model import Page
from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.identity.model import Actor
from services.identity.rules import may_see
from services.ratings.documents import due_place_of, place_of
from services.ratings.errors import RatingUnknown
from services.ratings.model import Rating, RatingSearch, Summary, TicketFilter, TicketSearch, TicketState
from services.ratings.ports import RatingStore
from services.ratings.rules import KEPT_FOR, LONGEST_PERIOD, figures_of, is_overdue, period
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.scopes import scope_names

TICKETS = "rating tickets"
FIRST_WINDOW = timedelta(days=4)
DAY = timedelta(days=1)
# Where the stretches of deadlines begin, in days from today: most tickets lie in the middle ones.
STRETCHES = (-120, -60, -30, -14, -7, 0, 7, 14, 21, 28)
ALWAYS, NEVER = "", "~"


@dataclass(frozen=True, kw_only=True)
class RatingReading:
    """Answers about ratings."""

    store: RatingStore
    venues: VenueDirectory
    clock: Clock

    async def get(self, actor: Actor, rating_id: str) -> Rating:
        """Return a rating within the actor's scope; raises RatingUnknown."""
        rating = await self.store.find(rating_id)
        if rating is None:
            raise RatingUnknown
        try:
            venue = await self.venues.get(rating.venue_id)
        except VenueUnknown:
            raise RatingUnknown from None
        if not may_see(actor, venue.owner):
            raise RatingUnknown
        return rating

    async def list(self, actor: Actor, search: RatingSearch) -> Page[Rating]:
        """Return a page of a venue's ratings, newest day first; raises VenueUnknown, CursorInvalid."""
        await self._ensure_within(actor, search.venue_id)
        name = f"ratings of {search.venue_id}"
        last = None if search.after is None else _position(search.after, name)
        found = await self._newest(search, last)
        page = found[: search.limit]
        more = len(found) > len(page)
        return Page(items=page, next=make_cursor(name, page[-1].rated_on.isoformat(), page[-1].id) if more else None)

    async def _newest(self, search: RatingSearch, last: tuple[date, str] | None) -> Sequence[Rating]:
        """Look back, in windows that widen until the page is full."""
        today = city_day(self.clock.now())
        floor = max(search.from_on or date.min, today - KEPT_FOR)
        end = min(search.to_on or today, today) + DAY
        before = NEVER if last is None else f"{last[0].isoformat()}:{last[1]}"
        if last is not None:
            end = min(end, last[0] + DAY)
        found: list[Rating] = []
        width = FIRST_WINDOW
        while len(found) <= search.limit and end > floor:
            start = max(floor, end - width)
            until = min(before, end.isoformat())
            some = await self.store.between(
                search.venue_id, start.isoformat(), until, level=search.level, answered=search.answered
            )
            found += sorted(some, key=place_of, reverse=True)
            end, width = start, width * 2
        return found

    async def summary(self, actor: Actor, venue_id: str, from_on: date | None, to_on: date | None) -> Summary:
        """Return the figures of a venue within the actor's scope; raises VenueUnknown, PeriodRefused."""
        await self._ensure_within(actor, venue_id)
        return await self._summary(venue_id, *period(from_on, to_on, city_day(self.clock.now())))

    async def satisfaction(self, venue_id: str) -> Summary:
        """Return the figures of the year up to yesterday, for anybody; raises VenueUnknown.

        Not of today: who looks before and after somebody rates would see what they said.
        """
        await self.venues.get(venue_id)
        yesterday = city_day(self.clock.now()) - DAY
        return await self._summary(venue_id, yesterday - LONGEST_PERIOD + DAY, yesterday)

    async def _summary(self, venue_id: str, first: date, last: date) -> Summary:
        figures = figures_of(await self.store.counted(venue_id, first, last))
        return Summary(venue_id=venue_id, from_on=first, to_on=last, figures=figures)

    async def tickets(self, actor: Actor, search: TicketSearch) -> Page[Rating]:
        """Return a page of tickets that are not closed, the nearest deadline first; raises CursorInvalid."""
        last = None if search.after is None else _position(search.after, TICKETS)
        after = ALWAYS if last is None else f"{last[0].isoformat()}:{last[1]}~"
        today = city_day(self.clock.now())
        edges = [(today + timedelta(days=days)).isoformat() for days in STRETCHES]
        found: list[Rating] = []
        for start, end in zip([ALWAYS, *edges], [*edges, NEVER], strict=True):
            if end > after and len(found) <= search.limit:
                found += await self._stretch(scope_names(actor), search.state, max(start, after), end)
        page = found[: search.limit]
        more = len(found) > len(page)
        return Page(items=page, next=_ticket_cursor(page[-1]) if more else None)

    async def _stretch(
        self, scopes: Sequence[str], state: TicketFilter | None, since: str, until: str
    ) -> Sequence[Rating]:
        found: dict[str, Rating] = {}
        for scope in scopes:
            found.update((one.id, one) for one in await self.store.waiting(scope, since, until))
        today = city_day(self.clock.now())
        return sorted((one for one in found.values() if _is_sought(one, state, today)), key=due_place_of)

    async def _ensure_within(self, actor: Actor, venue_id: str) -> None:
        if not may_see(actor, (await self.venues.get(venue_id)).owner):
            raise VenueUnknown


def _is_sought(rating: Rating, state: TicketFilter | None, today: date) -> bool:
    ticket = rating.ticket
    if ticket is None or state is None:
        return ticket is not None
    if state is TicketFilter.OVERDUE:
        return is_overdue(ticket, today)
    return ticket.state is TicketState(state.value)


def _position(cursor: str, name: str) -> tuple[date, str]:
    """Return the day and the id behind a cursor; raises CursorInvalid."""
    day, its_id = (str(part) for part in read_cursor(cursor, name, (str, str)))
    try:
        return date.fromisoformat(day), its_id
    except ValueError:
        raise CursorInvalid from None


def _ticket_cursor(rating: Rating) -> str:
    day, _, its_id = due_place_of(rating).partition(":")
    return make_cursor(TICKETS, day, its_id)
