"""Querying events by the standard's parameters, page by page, within the actor's scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.epcis.errors import QueryParameterInvalid
from services.epcis.matching import matches
from services.epcis.queries import EventQuery, OrderBy, OrderDirection
from services.identity.model import Actor
from services.items.errors import QueryTooLarge
from services.items.places import item_id_of
from services.items.ports import EventStore, RecordedEvent, RecordStore
from services.items.rules import fault
from services.items.world import ERROR_MARK
from services.venues.scopes import scope_names

DEFAULT_PAGE = 30
LIST = "item events"
FIRST_WINDOW = 500
WIDEST_WINDOW = 4_000
# What one request looks through at most; a page may so be short and still have a following one.
MOST_LOOKED_THROUGH = 20_000


@dataclass(frozen=True, kw_only=True)
class EventPage:
    """Events in the order asked for, and the token of the following page, None at the end."""

    events: Sequence[RecordedEvent]
    next: str | None


class Querying:
    """Answers simple event queries."""

    def __init__(self, *, events: EventStore, records: RecordStore) -> None:
        self._events = events
        self._records = records

    async def query(self, actor: Actor, query: EventQuery) -> EventPage:
        """Return a page of events; raises CursorInvalid, QueryTooLarge, or QueryParameterInvalid.

        Only a query for certain items or eventIDs can be in the order of eventTime: the log's own is that of recording.
        """
        named = _named(query)
        if named is None and query.order_by is OrderBy.EVENT_TIME:
            raise QueryParameterInvalid(
                fault("orderBy", "order_needs_match", "orderBy=eventTime needs MATCH_… or EQ_eventID")
            )
        limit = min(query.per_page or DEFAULT_PAGE, query.event_count_limit or WIDEST_WINDOW)
        if query.max_event_count is not None:
            limit = query.max_event_count
        page = await (
            self._through_windows(actor, query, limit) if named is None else self._of(named, actor, query, limit)
        )
        if query.max_event_count is not None and page.next is not None:
            raise QueryTooLarge
        return EventPage(events=page.events, next=None) if query.event_count_limit is not None else page

    async def _of(self, named: frozenset[str], actor: Actor, query: EventQuery, limit: int) -> EventPage:
        found = {one.index: one for one in await self._events.naming(named)}
        if query.event_ids is not None:
            keys = [key for one in query.event_ids for key in (one, f"{one}{ERROR_MARK}")]
            found |= {one.index: one for one in (await self._records.events(keys)).values()}
        wanted = await self._visible(actor, [one for one in found.values() if _matches(one, query)])
        by_time = query.order_by is OrderBy.EVENT_TIME
        keyed = sorted((_moment(one, by_time=by_time), one.index) for one in wanted)
        if query.order_direction is OrderDirection.DESCENDING:
            keyed.reverse()
        start = 0 if query.next_page_token is None else _position(query.next_page_token)
        page = keyed[start : start + limit]
        more = len(keyed) > start + limit
        return EventPage(
            events=[found[index] for _, index in page], next=make_cursor(LIST, start + limit) if more else None
        )

    async def _through_windows(self, actor: Actor, query: EventQuery, limit: int) -> EventPage:
        size = await self._records.size()
        down = query.order_direction is OrderDirection.DESCENDING
        # Counted from the end that is asked for; a page of the newest must not move when newer ones come.
        at = (size if down else 0) if query.next_page_token is None else _position(query.next_page_token)
        found: list[RecordedEvent] = []
        width, looked = FIRST_WINDOW, 0
        while (at > 0 if down else at < size) and len(found) < limit and looked < MOST_LOOKED_THROUGH:
            since, until = (max(0, at - width), at) if down else (at, min(size, at + width))
            window = sorted(await self._events.between(since, until), key=lambda one: one.index, reverse=down)
            found += await self._visible(actor, [one for one in window if _matches(one, query)])
            at, looked, width = since if down else until, looked + until - since, min(width * 2, WIDEST_WINDOW)
        if len(found) > limit:
            found = found[:limit]
            at = found[-1].index if down else found[-1].index + 1
        more = at > 0 if down else at < size
        return EventPage(events=found, next=make_cursor(LIST, at) if more else None)

    async def _visible(self, actor: Actor, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        """Return the events of which at least one item exists for the actor, or that the actor told of."""
        scopes = set(scope_names(actor))
        items = await self._records.items({one for event in events for one in event.items})
        seen = {item.id for item in items.values() if not scopes.isdisjoint(item.seen_by)}
        return [event for event in events if event.recorded_by == actor.id or not seen.isdisjoint(event.items)]


def _named(query: EventQuery) -> frozenset[str] | None:
    """Return the ids that the query is about, None when it is about no certain ones."""
    choices = [query.epcs, query.parents, query.inputs, query.outputs, query.any_epcs]
    given = [choice for choice in choices if choice is not None]
    if not given and query.event_ids is None:
        return None
    return frozenset(item_id_of(epc) for choice in given for epc in choice)


def _matches(one: RecordedEvent, query: EventQuery) -> bool:
    return matches(one.event, one.recorded_at, query)


def _moment(one: RecordedEvent, *, by_time: bool) -> float:
    return one.event.event_time.timestamp() if by_time else float(one.index)


def _position(token: str) -> int:
    (position,) = read_cursor(token, LIST, (int,))
    if not isinstance(position, int) or position < 0:
        raise CursorInvalid
    return position
