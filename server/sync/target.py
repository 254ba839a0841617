"""The main system's shelf: found out about before anything is laid there, and again after each failure."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

from server.sync.connecting import Neighbour, TargetForbidden, TargetUnreadable, make_ready, meet, refusal_behind
from services.common.clock import Clock
from services.common.mongo import Mongo
from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.relay.mongo.intake import ONWARD
from services.sync.shelves.documents import AtTheRecipient
from services.sync.shelves.model import Cell, Lying, Put, Sum
from services.sync.shelves.mongo import MongoShelf, shelf_failures
from services.sync.shelves.ports import ShelfUnavailable

NOT_ABOVE = "target_not_above"
UNREADABLE = "target_unreadable"


class TargetShelf:
    """See `services.sync.shelves.ports.Shelf`. Whoever may not be delivered to is as good as away."""

    def __init__(self, mongo: Mongo, *, sender: str, ensure_above: Callable[[Neighbour], None], clock: Clock) -> None:
        """Let `ensure_above` raise TargetForbidden where delivering would go down, or in a circle."""
        self._mongo = mongo
        self._sender = sender
        self._ensure_above = ensure_above
        self._clock = clock
        self._shelf: MongoShelf | None = None
        self._target: Neighbour | None = None
        self._reads = 0

    @property
    def reads(self) -> int:
        """Return how many documents were read from the shelf so far."""
        return self._reads + (0 if self._shelf is None else self._shelf.reads)

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        """Lay envelopes down."""
        try:
            return await (await self._met_again()).put(envelopes)
        except ShelfUnavailable:
            self._forget()
            raise

    async def sums(self, cell: Cell) -> Mapping[Cell, Sum]:
        """Return the sums of what a cell is made of."""
        return await (await self._met()).sums(cell)

    async def lying(self, cell: Cell) -> Sequence[Lying]:
        """Return what lies in a cell."""
        return await (await self._met()).lying(cell)

    async def find(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Lying]:
        """Return what lies at these ids."""
        return await (await self._met()).find(kind, ids)

    async def replace(self, envelope: Envelope, seen: Lying | None) -> bool:
        """Lay the envelope in place of what was seen."""
        return await (await self._met()).replace(envelope, seen)

    async def remove(self, seen: Lying) -> bool:
        """Take away what was seen."""
        return await (await self._met()).remove(seen)

    async def contents(self, kind: RecordKind) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield everything of ours of a kind."""
        async for some in (await self._met()).contents(kind):
            yield some

    async def strangers(self, kind: RecordKind) -> int:
        """Return how many documents there somebody else laid."""
        return await (await self._met()).strangers(kind)

    async def _met(self) -> MongoShelf:
        return await self._met_again() if self._shelf is None else self._shelf

    async def _met_again(self) -> MongoShelf:
        """Return the shelf of who is there now: an instance that was set up since wants marks, or nothing from us."""
        try:
            with shelf_failures():
                target = await meet(self._mongo)
                self._ensure_above(target)
                if self._shelf is None:
                    await make_ready(self._mongo)
        except TargetForbidden as error:
            raise ShelfUnavailable(NOT_ABOVE) from error
        except TargetUnreadable as error:
            raise ShelfUnavailable(UNREADABLE) from error
        except ShelfUnavailable as error:
            raise ShelfUnavailable(refusal_behind(self._mongo) or error.reason) from error
        if self._shelf is None or target != self._target:
            self._forget()
            layout = AtTheRecipient(marks={ONWARD: True} if target.forwards else {})
            self._shelf = MongoShelf(self._mongo, sender=self._sender, layout=layout, clock=self._clock)
            self._target = target
        return self._shelf

    def _forget(self) -> None:
        self._reads = self.reads
        self._shelf = None
