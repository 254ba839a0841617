"""Reading and counting together: many checks, one look at the database; many counts of an item, one write a second.

What was counted since the last write is lost when the process is killed: at most a second of counts, never an item.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.common.batches import Batches
from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.items.model import Item
from services.items.public.model import UNCHECKED, Checked, Checks, Visit
from services.items.public.ports import CheckStore, ItemsById
from services.items.public.rules import counted, joined

READ_TOGETHER = 500
LONGEST_QUEUE = 10_000
PATIENCE_S = 5.0
WRITE_EVERY_S = 1.0
# Reading waits for writing, so that no check is seen twice or not at all: few at a time.
WRITTEN_TOGETHER = 100


@dataclass(frozen=True, kw_only=True)
class _Look:
    item_id: str
    visit: Visit | None


class Counting:
    """The items as checks find them, counted as they are found; work in the background writes the counts."""

    def __init__(self, *, items: ItemsById, store: CheckStore, clock: Clock) -> None:
        self._items = items
        self._store = store
        self._clock = clock
        self._unsaved: dict[str, Checks] = {}
        self._turn = asyncio.Lock()
        self._looks = Batches[_Look, Checked | None](
            self._see, largest=READ_TOGETHER, longest=LONGEST_QUEUE, patience_s=PATIENCE_S
        )

    async def see(self, item_id: str, visit: Visit | None) -> Checked | None:
        """Return the item, None where there is none; counts `visit` unless None.

        Raises TooBusy or DatabaseUnavailable.
        """
        return await self._looks.submit(_Look(item_id=item_id, visit=visit))

    async def run(self) -> None:
        """Write every second until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY_S)
                await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """Write what was counted; what the database does not take stays for the next time."""
        waiting = list(self._unsaved)
        with suppress(DatabaseUnavailable):
            for start in range(0, len(waiting), WRITTEN_TOGETHER):
                await self._write_some(waiting[start : start + WRITTEN_TOGETHER])

    async def _write_some(self, item_ids: Sequence[str]) -> None:
        async with self._turn:
            await self._store.add({item_id: self._unsaved[item_id] for item_id in item_ids})
            for item_id in item_ids:
                del self._unsaved[item_id]

    async def _see(self, looks: Sequence[_Look]) -> Sequence[Checked | None]:
        ids = list(dict.fromkeys(look.item_id for look in looks))
        async with self._turn:
            items, saved = await asyncio.gather(self._items.items(ids), self._store.find(ids))
            return [self._count(look, items.get(look.item_id), saved.get(look.item_id, UNCHECKED)) for look in looks]

    def _count(self, look: _Look, item: Item | None, saved: Checks) -> Checked | None:
        if item is None:
            return None
        unsaved = self._unsaved.get(look.item_id, UNCHECKED)
        before = joined(saved, unsaved)
        if look.visit is None:
            return Checked(item=item, checks=before)
        more = counted(before, look.visit, self._clock.now())
        self._unsaved[look.item_id] = joined(unsaved, more)
        return Checked(item=item, checks=joined(before, more))
