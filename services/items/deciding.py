"""What becomes of drafts of events: pure decisions, over what is known of the world."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from services.common.errors import FieldError
from services.epcis.events import meaning
from services.epcis.model import EpcisEvent
from services.identity.model import Scope
from services.items import life, rules
from services.items.attributes import check_attributes
from services.items.life import Origin
from services.items.model import Item, ItemState
from services.items.places import is_item_epc
from services.items.rules import Teller, fault

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


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Events that an account tells of together, with the path of each in what was sent.

    With `proceed` what can be recorded is; without, one fault refuses them all. `home` will own what begins
    here without one of our codes.
    """

    events: tuple[EpcisEvent, ...]
    paths: tuple[str, ...]
    account_id: str
    scopes: frozenset[str]
    home: Scope
    proceed: bool
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be recorded of a draft, what was known before (by eventID), and what is refused."""

    events: tuple[EpcisEvent, ...]
    known: tuple[str, ...]
    refused: tuple[FieldError, ...]


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

    def copy(self) -> "World":
        """Return a world of its own that can be changed without this one."""
        return replace(
            self,
            items=dict(self.items),
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


def decide(draft: Draft, world: World) -> Decision:
    """Decide a draft and change the world accordingly; raises Unread, after which the world must be made anew."""
    teller = Teller(scopes=draft.scopes, seen=world.seen)
    recorded: list[EpcisEvent] = []
    known: list[str] = []
    refused: list[FieldError] = []
    # In the order in which it happened, whatever the order of telling.
    told = sorted(zip(draft.events, draft.paths, strict=True), key=lambda one: one[0].event_time)
    kept = dict(world.items)
    for event, path in told:
        if _is_known(event, world):
            known.append(event.event_id)
            continue
        faults = _faults(event, world, teller, path)
        if faults:
            refused.extend(faults)
        elif draft.proceed or not refused:
            _happen(event, world)
            recorded.append(event)
    if refused and not draft.proceed:
        _take_back(recorded, world, kept)
        recorded = []
    return Decision(events=tuple(recorded), known=tuple(known), refused=tuple(refused))


def _is_known(event: EpcisEvent, world: World) -> bool:
    kept = world.events.get(key_of(event))
    return kept is not None and meaning(kept.event.body) == meaning(event.body)


def _faults(event: EpcisEvent, world: World, teller: Teller, path: str) -> list[FieldError]:
    if key_of(event) in world.events:
        code = "event_id_reused" if event.error is None else "already_declared"
        return [fault(f"{path}.eventID", code, "another event has this eventID")]
    if event.error is not None:
        return _faults_of_declaration(event, world, teller, path)
    unknown = [party for party in life.parties(event) if not world.seen.get(party)]
    if unknown:
        return [fault(f"{path}.destinationList", "party_unknown", "no such party")]
    faults = rules.faults(event, lambda epc: world.find_at(epc, event.event_time), world.find, teller, path)
    return faults or _faults_of_lateness(event, world, path) or _faults_of_beginnings(event, world, teller, path)


def _faults_of_lateness(event: EpcisEvent, world: World, path: str) -> list[FieldError]:
    """Return whether an event that is told late contradicts what is recorded of the time after it."""
    anybody = Teller(scopes=None, seen=world.seen)
    for epc in event.every_epc:
        item = world.items.get(epc)
        if item is None or item.state is ItemState.VOID or item.last_event_at <= event.event_time:
            continue
        later = [one for one in world.counting(epc) if one.event_time > event.event_time]
        if rules.contradicts_later(event, epc, world.find_at(epc, event.event_time), later, anybody):
            return [fault(path, "contradicts_later", "what is recorded of the time after it would be impossible", epc)]
    return []


def _faults_of_beginnings(event: EpcisEvent, world: World, teller: Teller, path: str) -> list[FieldError]:
    """Return what is wrong with what begins, or is described: a code not minted for the teller, unfit attributes."""
    found: list[FieldError] = []
    for epc in event.every_epc:
        describes = event.biz_step == life.DESCRIBING
        if not (describes or life.begins(event, epc)):
            continue
        origin = world.origins.get(epc)
        if describes and origin is None:
            raise Unread(origins=[epc])
        if origin is None or (is_item_epc(epc) and not teller.answers_for(origin.owner)):
            found.append(fault(f"{path}.epcList", "code_not_minted", "no such code was minted for you", epc))
        elif origin.type is not None:
            where = path if describes else f"{path}.ilmd"
            for one in check_attributes(origin.type, life.attributes_of(event)):
                found.append(replace(one, path=f"{where}.{life.OURS}:{one.path}"))
    return found


def _faults_of_declaration(event: EpcisEvent, world: World, teller: Teller, path: str) -> list[FieldError]:
    declared = world.events.get(event.event_id)
    if declared is None:
        return [fault(f"{path}.eventID", "event_not_found", "no such event to declare wrong")]
    undeclared = {name: value for name, value in event.body.items() if name != "errorDeclaration"}
    if meaning(declared.event.body) != meaning(undeclared):
        return [fault(path, "declared_event_differs", "the declaration must repeat the event as it was")]
    for epc in declared.epcs:
        item = world.find(epc)
        if item is None or not teller.may_touch(item):
            return [fault(f"{path}.eventID", "event_not_found", "no such event to declare wrong")]
        others = [one for one in world.counting(epc) if one.event_id != event.event_id]
        if others and not life.begins(others[0], epc):
            return [fault(f"{path}.eventID", "beginning_needed", "later events of the item rest on this one")]
    return []


def _happen(event: EpcisEvent, world: World) -> None:
    index, world.next_index = world.next_index, world.next_index + 1
    epcs = _affected(event, world)
    world.events[key_of(event)] = Kept(event, tuple(epcs))
    for epc in epcs:
        item = world.items[epc]
        late = event.error is not None or (item is not None and event.event_time < item.last_event_at)
        if late:
            world.counting(epc)  # its history must be read before it grows
        if epc in world.histories:
            world.histories[epc] = [*world.histories[epc], (index, event)]
        world.keep(epc, _next(item, event, epc, world, late=late), index)


def _next(item: Item | None, event: EpcisEvent, epc: str, world: World, *, late: bool) -> Item:
    if late and item is not None:
        return world.fold(epc, world.counting(epc)) or replace(item, state=ItemState.VOID)
    if life.begins(event, epc):
        return life.begun(event, epc, world.origins[epc], world.seen)
    if item is None:
        raise Unread(items=[epc])
    return life.after(item, event, epc, world.seen)


def _affected(event: EpcisEvent, world: World) -> list[str]:
    """Return the items that the event belongs to; a parent that is no item is none."""
    if event.error is not None:
        return list(world.events[event.event_id].epcs)
    named = dict.fromkeys(event.every_epc)
    if event.empties_parent:
        named |= dict.fromkeys(world.contents(str(event.parent)))
    return [epc for epc in named if world.items.get(epc) is not None or life.begins(event, epc)]


def _take_back(recorded: Sequence[EpcisEvent], world: World, kept: dict[str, Item | None]) -> None:
    world.items.clear()
    world.items.update(kept)
    world.next_index -= len(recorded)
    for event in recorded:
        for epc in world.events.pop(key_of(event)).epcs:
            if epc in world.histories:
                world.histories[epc] = [one for one in world.histories[epc] if one[1] is not event]
