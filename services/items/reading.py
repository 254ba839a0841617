"""Reading items: one, several, those in a transfer, and as they were at a past instant; within the actor's scope."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from services.common.errors import FieldError
from services.common.model import Page
from services.identity.model import Actor
from services.items import rules
from services.items.errors import ItemUnknown
from services.items.gathering import Gathering
from services.items.model import Item, ItemSearch
from services.items.places import item_epc
from services.items.ports import ItemStore, RecordedEvent, RecordStore
from services.venues.scopes import scope_names


class ItemReading:
    """Answers about items; what is out of the actor's scope does not exist for them."""

    def __init__(self, *, records: RecordStore, items: ItemStore, gathering: Gathering) -> None:
        self._records = records
        self._items = items
        self._gathering = gathering

    async def get(self, actor: Actor, item_id: str) -> Item:
        """Return the item; raises ItemUnknown."""
        return (await self.get_all(actor, [item_id]))[0]

    async def get_all(self, actor: Actor, item_ids: Collection[str]) -> Sequence[Item]:
        """Return the items in the order asked for; raises ItemUnknown naming those that do not exist."""
        found = await self._records.items(item_ids)
        scopes = set(scope_names(actor))
        unknown = [
            FieldError(path=f"item_ids[{at}]", code="item_not_found", detail="no such item")
            for at, one in enumerate(item_ids)
            if one not in found or scopes.isdisjoint(found[one].seen_by)
        ]
        if unknown:
            raise ItemUnknown(errors=tuple(unknown))
        return [found[one] for one in item_ids]

    async def find_all(self, actor: Actor, item_ids: Collection[str]) -> Sequence[Item]:
        """Return those of the items that exist for the actor."""
        scopes = set(scope_names(actor))
        found = await self._records.items(item_ids)
        return [item for item in found.values() if not scopes.isdisjoint(item.seen_by)]

    async def search(self, actor: Actor, search: ItemSearch) -> Page[Item]:
        """Return a page of the actor's items; raises CursorInvalid."""
        return await self._items.find(search, scope_names(actor))

    def through(self, actor: Actor, search: ItemSearch) -> AsyncIterator[Sequence[Item]]:
        """Yield all of the actor's items that are looked for, some at a time; raises TooMuchToLookThrough."""
        return self._items.through(search, scope_names(actor))

    async def in_transfer(self, actor: Actor, transfer_id: str) -> Sequence[Item]:
        """Return the items of an open or disputed transfer that exist for the actor."""
        scopes = set(scope_names(actor))
        found = await self._items.in_transfer(transfer_id)
        return [item for item in found if not scopes.isdisjoint(item.seen_by)]

    async def on_their_way(self, actor: Actor) -> Sequence[Item]:
        """Return the items in open or disputed transfers that exist for the actor."""
        scopes = set(scope_names(actor))
        return [item for item in await self._items.on_their_way() if not scopes.isdisjoint(item.seen_by)]

    async def history(self, actor: Actor, item_id: str) -> Sequence[RecordedEvent]:
        """Return the item's events in the order of recording; raises ItemUnknown."""
        await self.get(actor, item_id)
        return await self._records.history(item_id)

    async def at(self, actor: Actor, item_id: str, instant: datetime) -> Item | None:
        """Return the item as its events up to an instant made it, None before it began; raises ItemUnknown.

        Events count by eventTime, and those declared in error do not count at all.
        """
        await self.get(actor, item_id)
        epc = item_epc(item_id)
        world = await self._gathering.histories([epc])
        past = [event for event in world.counting(epc) if event.event_time <= instant]
        return rules.fold(past, epc, world.origins[epc], world.seen)
