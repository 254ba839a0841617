"""The world that decisions about events look at: items, their histories and what is in them, as far as it was read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from services.epcis.model import EpcisEvent
from services.identity.model import Scope
from services.items import rules
from services.items.life import Origin
from services.items.model import Item, ItemState

ERROR_MARK = "#error"


class Unread(Exception):
    """Something must be read before this can be decided: items, their whole histories, or what is in them, by EPC."""

    def __init__(
        self,
        *,
        items: Iterable[str] = (),
        histories: Iterable[str] = (),
        contents: Iterable[str] = (),
        origins: Iterable[str] = (),
    ) -> None:
        super().__init__()
        self.origins = frozenset(origins)
        self.items = frozenset(items)
        self.histories = frozenset(histories)
        self.contents = frozenset(contents)


class Kept(NamedTuple):
    """An event that is recorded, and the EPCs of the items that it concerned."""

    event: EpcisEvent
    epcs: tuple[str, ...]


@dataclass(kw_only=True)
class World:
    """All that decisions look at, by EPC, as it is read and as the decisions change it.

    `items` holds None for what was looked for and is not there; `histories` the events of an item in the order of
    recording; `unpacked` the parents whose contents were read; `events` what is recorded under a key; `next_index` the
    number that the next event gets.
    """

    items: dict[str, Item | None] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    histories: dict[str, list[tuple[int, EpcisEvent]]] = field(default_factory=dict)
    unpacked: set[str] = field(default_factory=set)
    events: dict[str, Kept] = field(default_factory=dict)
    seen: dict[Scope, tuple[str, ...]] = field(default_factory=dict)
    next_index: int = 0
    replayed: int = 0

    def copy(self) -> "World":
        """Return a world of its own that can be changed without this one."""
        return replace(
            self,
            items=dict(self.items),
            origins=dict(self.origins),
            histories=dict(self.histories),
            events=dict(self.events),
        )

    def find(self, epc: str) -> Item | None:
        """Return the item as it is now; raises Unread when nobody looked yet."""
        if epc not in self.items:
            raise Unread(items=[epc])
        return self.items[epc]

    def find_at(self, epc: str, instant: datetime) -> Item | None:
        """Return the item as it was at an instant; raises Unread when its history is needed and not read."""
        item = self.find(epc)
        if item is None or item.last_event_at <= instant or item.state is ItemState.VOID:
            return item
        past = [event for event in self.counting(epc) if event.event_time <= instant]
        # What begins later is shown as it began, so that whoever asks can tell the two apart.
        return self.fold(epc, past) or self.fold(epc, self.counting(epc)[:1])

    def contents(self, parent: str) -> list[str]:
        """Return what is in the parent or joined to it; raises Unread when nobody looked yet."""
        if parent not in self.unpacked:
            raise Unread(contents=[parent])
        return [epc for epc, item in self.items.items() if item and parent in {item.inside, item.joined_to}]

    def counting(self, epc: str) -> list[EpcisEvent]:
        """Return the events that make the item what it is."""
        if epc not in self.histories:
            raise Unread(histories=[epc])
        history = self.histories[epc]
        self.replayed += len(history)
        wrong = {event.event_id for _, event in history if event.error is not None}
        return rules.effective(history, wrong)

    def fold(self, epc: str, events: Sequence[EpcisEvent]) -> Item | None:
        """Return what the events make of the item."""
        return rules.fold(events, epc, self.origins[epc], self.seen)

    def keep(self, epc: str, item: Item, index: int) -> None:
        """Set the item as the event of that index leaves it."""
        before = self.items[epc]
        began_with, version = (index, 0) if before is None else (before.began_with, before.version)
        self.items[epc] = replace(item, began_with=began_with, last_index=index, version=version + 1)


def key_of(event: EpcisEvent) -> str:
    """Return the key under which an event is kept."""
    return event.event_id if event.error is None else f"{event.event_id}{ERROR_MARK}"
