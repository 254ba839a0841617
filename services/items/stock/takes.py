"""Stock-takes: opening a count, and sighting it again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest, Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor, Scope, ScopeLevel
from services.items.errors import StockTakeTooLarge, StockTakeUnknown
from services.items.model import ItemState
from services.items.places import Place, item_epc
from services.items.stock.model import CountedItem, StockTake, StockTakeState
from services.items.stock.ports import Placed, StockStore
from services.items.types import ItemTypes
from services.venues.scopes import Scopes, scope_names

MOST_EXPECTED = 100_000
# Also the most EPCs in one event of a signed-off count: the items of an event are written in one transaction, which
# must be short (measured: 3 ms an item on the embedded database).
PART_ITEMS = 200
DEEPEST = 32
LIST = "stock-takes"
PREFIX = "stk"


@dataclass(frozen=True, kw_only=True)
class OpenStockTake:
    """A wish to count what is at a place, of one type unless None."""

    actor: Actor
    place: Place
    item_type_id: str | None
    name: str | None
    request: IdempotentRequest | None


class StockTakes:
    """Counts within the actor's scope."""

    def __init__(self, *, store: StockStore, scopes: Scopes, types: ItemTypes, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._scopes = scopes
        self._types = types
        self._clock = clock
        self._ids = ids

    async def open(self, command: OpenStockTake) -> StockTake:
        """Open a count: what is expected is what is recorded at the place now, with all that is inside it.

        Raises OwnerUnknown for a venue outside the actor's scope, ItemTypeUnknown, StockTakeTooLarge, or
        IdempotencyKeyReused.
        """
        venue = Scope(level=ScopeLevel.VENUE, id=command.place.venue_id)
        seen_by = await self._scopes.seen_by_within(command.actor, venue)
        if command.item_type_id is not None:
            await self._types.get(command.actor, command.item_type_id)
        scopes = tuple(scope for scope in seen_by if scope in scope_names(command.actor))
        expected = await self._expected(command, scopes)
        parts = [expected[start : start + PART_ITEMS] for start in range(0, len(expected), PART_ITEMS)]
        take = StockTake(
            id=self._ids.new(PREFIX),
            place=command.place,
            item_type_id=command.item_type_id,
            name=command.name,
            seen_by=seen_by,
            scopes=scopes,
            state=StockTakeState.OPEN,
            expected=len(expected),
            starts=tuple(part[0].id for part in parts),
            counts={},
            missing=len(expected),
            opened_at=self._clock.now(),
            opened_by=command.actor.id,
            signed_off_at=None,
            signed_off_by=None,
            mark_missing=None,
            told=0,
            to_tell=0,
            marked_missing=0,
            version=1,
        )
        return await self._store.add(take, parts, command.request)

    async def _expected(self, command: OpenStockTake, scopes: Collection[str]) -> list[CountedItem]:
        """Return what is expected, in the order of ids: what is at the place, and what is inside that, and so on."""
        found: dict[str, Placed] = {}
        level = await self._store.at_place(command.place)
        for _ in range(DEEPEST):
            new = [one for one in level if one.item.id not in found and _is_there(one, scopes)]
            found.update((one.item.id, one) for one in new)
            if len(found) > MOST_EXPECTED:
                raise StockTakeTooLarge
            if not new:
                break
            level = await self._store.inside([item_epc(one.item.id) for one in new])
        wanted = command.item_type_id
        return [found[one].item for one in sorted(found) if wanted is None or found[one].type_id == wanted]

    async def get(self, actor: Actor, take_id: str) -> StockTake:
        """Return the count; raises StockTakeUnknown."""
        take = await self._store.find(take_id)
        if take is None or set(take.seen_by).isdisjoint(scope_names(actor)):
            raise StockTakeUnknown
        return take

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[StockTake]:
        """Return a page of the actor's counts, newest first; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        found = await newest(
            partial(self._between, scope_names(actor)),
            prefix=PREFIX,
            wanted=limit + 1,
            until=until,
            now=self._clock.now(),
        )
        following = make_cursor(LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=found[:limit], next=following)

    async def _between(self, scopes: Sequence[str], since: str, until: str) -> Sequence[StockTake]:
        return [take for scope in scopes for take in await self._store.between(scope, since, until)]


def _is_there(one: Placed, scopes: Collection[str]) -> bool:
    return one.state is ItemState.ACTIVE and not set(scopes).isdisjoint(one.seen_by)
