"""Gathering: reading all that decisions about events turn out to need."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from services.common.aside import aside
from services.identity.model import Scope
from services.items import life
from services.items.deciding import Decision, Draft, decide
from services.items.errors import RecordingContended
from services.items.life import Origin
from services.items.model import Item, ItemState
from services.items.places import is_item_epc, item_epc, item_id_of
from services.items.ports import RecordStore, TypeStore
from services.items.world import Kept, Unread, World, key_of
from services.venues.errors import OwnerUnknown
from services.venues.scopes import Scopes

# One level of containers a time, and what is late, and what is in a parent.
MOST_READS = 100


class Gathering:
    """Decides drafts, and reads again whenever a decision lacks something."""

    def __init__(self, *, store: RecordStore, types: TypeStore, scopes: Scopes) -> None:
        self._store = store
        self._types = types
        self._scopes = scopes

    async def decide(self, drafts: Sequence[Draft], size: int) -> tuple[World, list[Decision]]:
        """Return the decisions, and the world that they leave."""
        wanted = _obviously_wanted(drafts)
        world = World()
        for _ in range(MOST_READS):
            world = await self._read(drafts, wanted, world)
            world.next_index = size
            fresh = world.copy()
            try:
                weight = sum(len(draft.events) for draft in drafts)
                return fresh, await aside(weight, partial(_decide_all, drafts, fresh))
            except Unread as more:
                wanted = more
        raise RecordingContended(retry_after_s=1)

    async def histories(self, epcs: Collection[str]) -> World:
        """Return a world that holds these items, which there are, with their histories."""
        return await self._read([], Unread(items=epcs, histories=epcs), World())

    async def _read(self, drafts: Sequence[Draft], wanted: Unread, world: World) -> World:
        """Return the world with what is wanted added."""
        if not world.events:
            keys = {key for draft in drafts for event in draft.events for key in (event.event_id, key_of(event))}
            for key, kept in (await self._store.events(keys)).items():
                world.events[key] = Kept(kept.event, tuple(item_epc(one) for one in kept.items))
        new = await self._read_items(wanted.items, world)
        histories = wanted.histories | _late(drafts, world)
        rootless = {epc for epc in new if _begins_anew(world.items[epc])} | histories | wanted.origins
        await self._read_origins(rootless, world)
        for epc in histories:
            history = await self._store.history(item_id_of(epc))
            world.histories[epc] = [(one.index, one.event) for one in history]
        for epc in wanted.contents:
            for item in await self._store.contents(epc):
                world.items.setdefault(item_epc(item.id), item)
            world.unpacked.add(epc)
        await self._read_parties(drafts, world)
        return world

    async def _read_items(self, epcs: Collection[str], world: World) -> Collection[str]:
        """Read the items that nobody looked for yet, and return their EPCs."""
        new = [epc for epc in epcs if epc not in world.items]
        found = await self._store.items([item_id_of(epc) for epc in new])
        world.items.update({epc: found.get(item_id_of(epc)) for epc in new})
        return new

    async def _read_origins(self, epcs: Collection[str], world: World) -> None:
        batches = await self._store.batches_of([item_id_of(epc) for epc in epcs if is_item_epc(epc)])
        types = {batch.type_id: None for batch in batches.values()}
        kinds = {type_id: await self._types.find(type_id) for type_id in types}
        for epc in epcs:
            batch, item = batches.get(item_id_of(epc)), world.items[epc]
            if batch is not None:
                world.origins[epc] = Origin(type=kinds[batch.type_id], batch_id=batch.id, owner=batch.owner)
            elif item is not None:
                world.origins[epc] = Origin(type=None, batch_id=None, owner=item.owner)

    async def _read_parties(self, drafts: Iterable[Draft], world: World) -> None:
        named = {party for draft in drafts for event in draft.events for party in life.parties(event)}
        named |= {origin.owner for origin in world.origins.values()} | {draft.home for draft in drafts}
        for item in world.items.values():
            if item is not None:
                named |= _parties_of(item.owner, item.holder)
                named |= _parties_of(item.transfer.source, item.transfer.destination) if item.transfer else set()
        for history in world.histories.values():
            named |= {party for _, event in history for party in life.parties(event)}
        for party in named - world.seen.keys():
            world.seen[party] = await self._seen_by(party)

    async def _seen_by(self, party: Scope) -> tuple[str, ...]:
        """Return the scopes that cover the party; none when there is no such party."""
        try:
            return await self._scopes.seen_by(party)
        except OwnerUnknown:
            return ()


def _obviously_wanted(drafts: Sequence[Draft]) -> Unread:
    """Return what any decision about the drafts will look at."""
    events = [event for draft in drafts for event in draft.events]
    return Unread(
        items={epc for event in events for epc in event.every_epc},
        contents={str(event.parent) for event in events if event.empties_parent},
    )


def _late(drafts: Sequence[Draft], world: World) -> set[str]:
    """Return the items whose histories late events will replay, and which nobody read."""
    found = set()
    for event in (event for draft in drafts for event in draft.events if key_of(event) not in world.events):
        for epc in event.every_epc:
            item = world.items.get(epc)
            if item is not None and (event.error is not None or event.event_time < item.last_event_at):
                found.add(epc)
    return {epc for epc in found if epc not in world.histories}


def _decide_all(drafts: Sequence[Draft], world: World) -> list[Decision]:
    return [decide(draft, world) for draft in drafts]


def _begins_anew(item: Item | None) -> bool:
    return item is None or item.state is ItemState.VOID


def _parties_of(*parties: Scope) -> set[Scope]:
    return set(parties)
