"""What becomes of drafts of events: pure decisions, over what is known of the world."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
from services.items.world import ERROR_MARK, Kept, Unread, World, key_of

# Steps of replaying histories that one draft may cost: late events of an item replay all that it has.
MOST_REPLAYED = 20_000
# Items in one parent that may leave it without being named.
MOST_CONTENTS = 500


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Events that an account tells of together, with the path of each in what was sent.

    With `proceed` what can be recorded is; without, one fault refuses them all. `home` will own what begins
    here without one of our codes. `ours` says that we worded the events ourselves, from what a person did.
    """

    events: tuple[EpcisEvent, ...]
    paths: tuple[str, ...]
    account_id: str
    scopes: frozenset[str]
    home: Scope
    proceed: bool
    ours: bool
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to be recorded of a draft, what was known before (by eventID), and what is refused."""

    events: tuple[EpcisEvent, ...]
    known: tuple[str, ...]
    refused: tuple[FieldError, ...]


def decide(draft: Draft, world: World) -> Decision:
    """Decide a draft and change the world accordingly; raises Unread, after which the world must be made anew."""
    teller = Teller(scopes=draft.scopes, seen=world.seen)
    recorded: list[EpcisEvent] = []
    known: list[str] = []
    refused: list[FieldError] = []
    # In the order in which it happened, whatever the order of telling.
    told = sorted(zip(draft.events, draft.paths, strict=True), key=lambda one: one[0].event_time)
    kept = (dict(world.items), dict(world.origins))
    for event, path in told:
        if _is_known(event, world):
            known.append(event.event_id)
            continue
        faults = _faults_of_name(event, draft, path) or _faults(event, world, teller, path)
        if faults:
            refused.extend(faults)
        elif draft.proceed or not refused:
            _happen(event, world, draft.home)
            recorded.append(event)
    if refused and not draft.proceed:
        _take_back(recorded, world, kept)
        recorded = []
    return Decision(events=tuple(recorded), known=tuple(known), refused=tuple(refused))


def _is_known(event: EpcisEvent, world: World) -> bool:
    kept = world.events.get(key_of(event))
    return kept is not None and meaning(kept.event.body) == meaning(event.body)


def _faults_of_name(event: EpcisEvent, draft: Draft, path: str) -> list[FieldError]:
    """Return whether the eventID is one that only we give."""
    ours = event.event_id.startswith(life.OUR_EVENT) and event.error is None and not draft.ours
    if ours or event.event_id.endswith(ERROR_MARK):
        return [fault(f"{path}.eventID", "event_id_reserved", "only we give such an eventID")]
    return []


def _faults(event: EpcisEvent, world: World, teller: Teller, path: str) -> list[FieldError]:
    if key_of(event) in world.events:
        code = "event_id_reused" if event.error is None else "already_declared"
        return [fault(f"{path}.eventID", code, "another event has this eventID")]
    if event.error is not None:
        return _faults_of_declaration(event, world, teller, path)
    if event.empties_parent and len(world.contents(str(event.parent))) > MOST_CONTENTS:
        most = str(MOST_CONTENTS)
        return [fault(f"{path}.childEPCs", "too_many_children", "too many to take out without naming them", most)]
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
        if world.replayed > MOST_REPLAYED:
            return [fault(path, "too_many_late", "too many late events at once: send them in smaller documents")]
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
        if not describes and not _may_begin(event, teller):
            found.append(fault(f"{path}.destinationList", "not_yours", "only the receiver takes into custody"))
        elif is_item_epc(epc) and (origin is None or not teller.answers_for(origin.owner)):
            found.append(fault(f"{path}.epcList", "code_not_minted", "no such code was minted for you", epc))
        elif origin is not None and origin.type is not None:
            where = path if describes else f"{path}.ilmd"
            for one in check_attributes(origin.type, life.attributes_of(event)):
                found.append(replace(one, path=f"{where}.{life.OURS}:{one.path}"))
    return found


def _may_begin(event: EpcisEvent, teller: Teller) -> bool:
    """Tell whether whoever has what begins is somebody that the teller speaks for: custody is not imposed."""
    holder = life.destination_party(event)
    return holder is None or teller.answers_for(holder)


def _faults_of_declaration(event: EpcisEvent, world: World, teller: Teller, path: str) -> list[FieldError]:
    declared = world.events.get(event.event_id)
    if declared is None:
        return [fault(f"{path}.eventID", "event_not_found", "no such event to declare wrong")]
    undeclared = {name: value for name, value in event.body.items() if name != "errorDeclaration"}
    if meaning(declared.event.body) != meaning(undeclared):
        return [fault(path, "declared_event_differs", "the declaration must repeat the event as it was")]
    for epc in declared.epcs:
        wrong = _fault_of_declaring(event, epc, world, teller)
        if wrong is not None:
            return [fault(f"{path}.eventID", *wrong)]
    return []


def _fault_of_declaring(event: EpcisEvent, epc: str, world: World, teller: Teller) -> tuple[str, str] | None:
    """Return code and detail of what keeps the event from being taken back from one item."""
    item = world.find(epc)
    if item is None or not teller.may_touch(item):
        return "event_not_found", "no such event to declare wrong"
    if not teller.is_responsible(item):
        return "not_yours", "only owner and holder correct what is said of an item"
    others = [one for one in world.counting(epc) if one.event_id != event.event_id]
    if others and not life.begins(others[0], epc):
        return "beginning_needed", "later events of the item rest on this one"
    if _would_circle(world.fold(epc, others), epc, world):
        return "aggregation_cycle", "without it, items would lie within themselves"
    return None


def _would_circle(item: Item | None, epc: str, world: World) -> bool:
    above = [one for one in (item.inside, item.joined_to) if one is not None] if item is not None else []
    return any(rules.closes_circle(one, epc, world.find) for one in above)


def _happen(event: EpcisEvent, world: World, home: Scope) -> None:
    index, world.next_index = world.next_index, world.next_index + 1
    epcs = _affected(event, world)
    world.events[key_of(event)] = Kept(event, tuple(epcs))
    for epc in epcs:
        item = world.items[epc]
        if item is None:
            world.origins.setdefault(epc, Origin(type=None, batch_id=None, owner=home))
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


def _take_back(
    recorded: Sequence[EpcisEvent], world: World, kept: tuple[dict[str, Item | None], dict[str, Origin]]
) -> None:
    world.items, world.origins = kept
    world.next_index -= len(recorded)
    for event in recorded:
        for epc in world.events.pop(key_of(event)).epcs:
            if epc in world.histories:
                world.histories[epc] = [one for one in world.histories[epc] if one[1] is not event]
