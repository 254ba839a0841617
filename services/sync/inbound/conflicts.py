"""Conflicts and refused documents, for whoever has to look at them."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from services.common.clock import Clock
from services.common.model import Page
from services.common.newest import EARLIEST
from services.common.pages import make_cursor, read_cursor
from services.sync.inbound.errors import ConflictUnknown
from services.sync.inbound.model import Conflict, ConflictState, RefusedReference
from services.sync.inbound.places import LATEST, Between, newest_places
from services.sync.inbound.ports import ConflictStore, RefusedStore

CONFLICTS = "sync conflicts"
REFUSED = "refused references"

T = TypeVar("T")


class InboundReading:
    """Lists with the newest first."""

    def __init__(self, *, conflicts: ConflictStore, refused: RefusedStore, clock: Clock) -> None:
        self._conflicts = conflicts
        self._refused = refused
        self._clock = clock

    async def conflicts(self, state: ConflictState | None, limit: int, after: str | None) -> Page[Conflict]:
        """Return a page of conflicts, of all or of those in one state; raises CursorInvalid."""
        between = partial(self._conflicts.between, state)
        return await self._page(CONFLICTS, between, self._conflicts.several, limit, after)

    async def refused(self, limit: int, after: str | None) -> Page[RefusedReference]:
        """Return a page of documents that could not be taken; raises CursorInvalid."""
        return await self._page(REFUSED, self._refused.between, self._refused.several, limit, after)

    async def acknowledge(self, by: str, conflict_id: str) -> Conflict:
        """Write down that somebody has seen a conflict, unless somebody had; raises ConflictUnknown."""
        await self._conflicts.acknowledge(conflict_id, by, self._clock.now())
        found = await self._conflicts.find(conflict_id)
        if found is None:
            raise ConflictUnknown
        return found

    async def _page(
        self,
        name: str,
        between: Between,
        read: Callable[[Collection[str]], Awaitable[Mapping[str, T]]],
        limit: int,
        after: str | None,
    ) -> Page[T]:
        last = None if after is None else _read_place(name, after)
        places = await newest_places(between, wanted=limit + 1, after=last, now=self._clock.now())
        page = places[:limit]
        found = await read([its_id for _, its_id in page])
        following = make_cursor(name, _millisecond(page[-1][0]), page[-1][1]) if len(places) > limit else None
        return Page(items=[found[its_id] for _, its_id in page if its_id in found], next=following)


def _millisecond(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _read_place(name: str, cursor: str) -> tuple[datetime, str]:
    millisecond, its_id = read_cursor(cursor, name, (int, str))
    # Anybody can make a cursor: one of another age stands for an end of the list.
    bounded = min(max(int(millisecond), _millisecond(EARLIEST)), _millisecond(LATEST))
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=bounded), str(its_id)
