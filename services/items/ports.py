"""What items need from outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.common.model import IdempotentRequest, Page
from services.epcis.model import EpcisEvent
from services.items.model import Item, ItemBatch, ItemSearch, ItemType
from services.jobs.model import Job
from services.sync.model import OutboxEvent
from services.transparency.tiles import Growth, Tail


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event as it is kept: `index` is its leaf in the log, `commitment` the leaf (`transparency.leaves`).

    `text` is the one spelling of its body (RFC 8785); `recorded_by` is the account that told of it.
    """

    event: EpcisEvent
    text: str
    index: int
    recorded_at: datetime
    recorded_by: str
    salt: bytes
    commitment: bytes
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one write adds: events, the items they leave, the growth of the log, and what the main system is told.

    `new` are the ids of items that were not there before.
    """

    events: Sequence[RecordedEvent]
    items: Sequence[Item]
    new: frozenset[str]
    growth: Growth
    told: Sequence[OutboxEvent]


class RecordStore(Protocol):
    """Items, their events, and the log they are proved by."""

    async def tail(self) -> Tail:
        """Return the log's right edge."""

    async def size(self) -> int:
        """Return how many events the log has."""

    async def items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """Return the items there are, by id."""

    async def batches_of(self, item_ids: Collection[str]) -> Mapping[str, ItemBatch]:
        """Return the batches of minted codes, by item id; nothing for what was never minted."""

    async def events(self, keys: Collection[str]) -> Mapping[str, RecordedEvent]:
        """Return the events there are, by key: the eventID, with `#error` for an error declaration."""

    async def history(self, item_id: str) -> Sequence[RecordedEvent]:
        """Return all events of an item, in the order of recording."""

    async def contents(self, epc: str) -> Sequence[Item]:
        """Return what is inside the item or joined to it."""

    async def claim(self, record: Record) -> bool:
        """Write all or nothing; False when the log has grown since it was decided, or an event is there already.

        The log must have been read before all else that was decided on.
        """


class EventStore(Protocol):
    """Events, as systems ask for them."""

    async def between(self, since: int, until: int) -> Sequence[RecordedEvent]:
        """Return the events with since <= index < until, in any order."""

    async def naming(self, ids: Collection[str]) -> Sequence[RecordedEvent]:
        """Return the events that name any of the items, by item id or EPC, each once."""

    async def concerning(self, item_ids: Collection[str]) -> Sequence[RecordedEvent]:
        """Return the events that changed any of the items, in any order."""


class ItemStore(Protocol):
    """Items, as people look for them."""

    async def in_transfer(self, transfer_id: str) -> Sequence[Item]:
        """Return the items that an open or disputed transfer is about."""

    async def on_their_way(self) -> Sequence[Item]:
        """Return the items that any open or disputed transfer is about."""

    async def find(self, search: ItemSearch, scopes: Collection[str]) -> Page[Item]:
        """Return a page of what is looked for and seen by any of the scopes, in the order of beginning."""

    def through(self, search: ItemSearch, scopes: Collection[str]) -> AsyncIterator[Sequence[Item]]:
        """Yield all that is looked for and seen by any of the scopes, some at a time and in any order, whatever the
        page; raises TooMuchToLookThrough.
        """


class TooMuchToLookThrough(Exception):
    """The search has nothing that an index finds, and there are too many items to look at each."""


class NumberTaken(Exception):
    """Another batch has this number."""


class TypeStore(Protocol):
    """Item types; a city has hundreds of them."""

    async def add(self, item_type: ItemType, request: IdempotentRequest | None) -> ItemType:
        """Add the type, or return what the request was answered with first; raises IdempotencyKeyReused."""

    async def find(self, type_id: str) -> ItemType | None:
        """Return the type."""

    async def within(self, scopes: Sequence[str], owners: Sequence[str]) -> Sequence[ItemType]:
        """Return the types that any of `scopes` covers or any of `owners` owns, all as `level:id`."""

    async def add_missing(self, item_types: Sequence[ItemType]) -> None:
        """Add those whose ids are not there yet."""

    async def replace(self, item_type: ItemType, version: int) -> bool:
        """Put the type in the place of its version `version`; False when it has another one."""


class BatchStore(Protocol):
    """Batches, each made in one with its job."""

    async def add(self, batch: ItemBatch, job: Job, request: IdempotentRequest | None) -> ItemBatch:
        """Add the batch and its job, or return what the request was answered with first.

        Raises NumberTaken, or IdempotencyKeyReused.
        """

    async def find(self, batch_id: str) -> ItemBatch | None:
        """Return the batch."""

    async def numbered_between(self, scope: str, type_id: str | None, since: int, until: int) -> Sequence[ItemBatch]:
        """Return the batches that `scope` covers, of one type unless None, with since <= number < until."""


class CodeStore(Protocol):
    """Codes that were minted."""

    async def add(self, batch_id: str, item_ids: Sequence[str]) -> None:
        """Note that these were minted; what was noted before stays."""
