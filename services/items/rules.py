"""What must be true for an event to have happened: pure, with the path of whatever is wrong."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.common.errors import FieldError
from services.epcis.model import Action, EpcisEvent, EventType
from services.identity.model import Scope
from services.items import life
from services.items.model import Item, ItemState, TransferPurpose
from services.items.places import is_item_epc

MOST_CONTAINERS = 32

Find = Callable[[str], Item | None]


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Who tells of an event, as far as it matters: the scopes that the account has, as `level:id`.

    None for the scopes is whoever may do everything: what is recorded was judged when it was.
    """

    scopes: frozenset[str] | None
    seen: life.Seen

    def may_touch(self, item: Item) -> bool:
        """Tell whether the item exists for the teller."""
        return self.scopes is None or not self.scopes.isdisjoint(item.seen_by)

    def is_responsible(self, item: Item) -> bool:
        """Tell whether the teller speaks for who owns or holds the item: others who see it only look."""
        return self.answers_for(item.owner) or self.answers_for(item.holder)

    def answers_for(self, party: Scope) -> bool:
        """Tell whether the teller may speak for the party."""
        return self.scopes is None or not self.scopes.isdisjoint(self.seen[party])


def faults(event: EpcisEvent, then: Find, now: Find, teller: Teller, path: str) -> list[FieldError]:
    """Return what contradicts the event: unknown or ended items, wrong custody, cycles; each with its path.

    `then` returns an item by its EPC as it was when the event happened, `now` as it is; None where there is none.
    """
    found: list[FieldError] = []
    if event.parent is None and _needs_parent(event):
        found.append(fault(f"{path}.parentID", "required", "this needs a parent"))
    for place, epcs in _listed(event):
        for index, epc in enumerate(epcs):
            where = f"{path}.{place}" if place == "parentID" else f"{path}.{place}[{index}]"
            found.extend(faults_of_one(event, epc, then(epc), teller, where))
    if not found and event.parent is not None and event.action is Action.ADD:
        for index, epc in enumerate(event.children):
            if any(closes_circle(event.parent, epc, find) for find in (then, now)):
                where = f"{path}.childEPCs[{index}]"
                found.append(fault(where, "aggregation_cycle", "the parent is inside this item, or too deep in others"))
    return found


def contradicts_later(
    event: EpcisEvent, epc: str, before: Item | None, later: Sequence[EpcisEvent], world: Teller
) -> bool:
    """Tell whether an event that is told late makes impossible what is recorded of the item's time after it.

    `before` is the item as the event met it. What was impossible all the same, after a correction, does not count.
    """
    without = before
    item = None if before is None else life.after(before, event, epc, world.seen)
    for one in later:
        if item is None or without is None:
            return False
        new = {found.code for found in faults_of_one(one, epc, item, world, "")}
        if not new <= {found.code for found in faults_of_one(one, epc, without, world, "")}:
            return True
        item, without = (life.after(state, one, epc, world.seen) for state in (item, without))
    return False


def _listed(event: EpcisEvent) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the fields that name items, with the EPCs in each."""
    yield "epcList", event.epcs
    yield "childEPCs", event.children
    yield "inputEPCList", event.inputs
    yield "outputEPCList", event.outputs
    if event.parent is not None and _parent_is_item(event):
        yield "parentID", (event.parent,)


def _parent_is_item(event: EpcisEvent) -> bool:
    """Tell whether the parent must be an item: things may also be fixed to places and listed in documents."""
    return event.type is EventType.AGGREGATION or is_item_epc(str(event.parent))


def _needs_parent(event: EpcisEvent) -> bool:
    """Tell whether a parent is missing: the JSON Schema does not ask for one, the standard does (section 7.4.3)."""
    return event.type is EventType.AGGREGATION and event.action is not Action.OBSERVE


def faults_of_one(event: EpcisEvent, epc: str, item: Item | None, teller: Teller, path: str) -> Iterator[FieldError]:
    """Yield what contradicts the event in one item, as it was when the event happened."""
    if life.begins(event, epc):
        if item is not None and (item.state is not ItemState.VOID or not teller.may_touch(item)):
            yield fault(path, "item_exists", "this item has begun already")
        return
    if item is None or item.state is ItemState.VOID or not teller.may_touch(item):
        yield fault(path, "item_not_found", "no such item at that time, or not yours")
    elif item.activated_at > event.event_time:
        yield fault(path, "item_not_begun", "this item began later than the event")
    elif item.state is ItemState.ENDED and not _only_looks(event):
        yield fault(path, "item_ended", "this item's life has ended")
    elif not (teller.is_responsible(item) or event.biz_step in life.RECEIVERS or _only_looks(event)):
        yield fault(path, "not_yours", "whom an item is offered accepts or disputes, and no more")
    else:
        yield from _faults_of_custody(event, item, teller, path)
        if epc in event.children:
            yield from _faults_of_container(event, item, path)


def _only_looks(event: EpcisEvent) -> bool:
    """Tell whether the event changes nothing: what has ended may still be seen, but nothing becomes of it."""
    says = (event.disposition, event.biz_location, event.persistent_set or None, event.persistent_unset or None)
    return event.action is Action.OBSERVE and event.biz_step not in life.CHANGING_STEPS and not any(says)


def _faults_of_container(event: EpcisEvent, item: Item, path: str) -> Iterator[FieldError]:
    if event.type not in {EventType.AGGREGATION, EventType.ASSOCIATION}:
        return
    held_by = item.inside if event.type is EventType.AGGREGATION else item.joined_to
    if event.action is Action.DELETE and held_by != event.parent:
        yield fault(path, "not_inside", "this item is not in that parent")
    elif event.action is Action.ADD and held_by is not None:
        yield fault(path, "already_inside", "this item is in a parent already")


def _faults_of_custody(event: EpcisEvent, item: Item, teller: Teller, path: str) -> Iterator[FieldError]:
    giver, receiver = life.source_party(event), life.destination_party(event)
    if giver is not None and giver != item.holder:
        yield fault(path, "not_held", "the source does not hold this item")
    elif event.biz_step in life.SETS_OUT and receiver is not None:
        yield from _faults_of_setting_out(event, item, receiver, teller, path)
    elif (event.biz_step in life.ARRIVES and receiver is not None) or event.biz_step in life.CLOSES:
        yield from _faults_of_closing(event, item, receiver, teller, path)


def _faults_of_setting_out(
    event: EpcisEvent, item: Item, receiver: Scope, teller: Teller, path: str
) -> Iterator[FieldError]:
    if life.purpose_of(event) is TransferPurpose.RETURN and (item.loan is None or item.loan.lender != receiver):
        yield fault(path, "not_lent", "this item is not on loan from there")
    elif receiver == item.holder:
        yield fault(path, "held_already", "this item is there already")
    elif item.transfer is not None:
        yield fault(path, "transfer_open", "this item is on its way already")
    elif not teller.answers_for(item.holder):
        yield fault(path, "not_yours", "only the holder gives it away")


def _faults_of_closing(
    event: EpcisEvent, item: Item, receiver: Scope | None, teller: Teller, path: str
) -> Iterator[FieldError]:
    """Yield what is wrong with the end of a transfer: the receiver accepts or disputes, the giver calls it back."""
    transfer = item.transfer
    if transfer is None or (event.biz_step in life.ARRIVES and transfer.destination != receiver):
        yield fault(path, "no_open_transfer", "no such transfer of this item is open")
        return
    decides = transfer.source if event.biz_step == life.VOID else transfer.destination
    if not teller.answers_for(decides):
        yield fault(path, "not_yours", "this is for the other party to say")


def closes_circle(parent: str, child: str, find: Find) -> bool:
    """Tell whether the child is the parent or above it, or the parent lies deeper than anything real."""
    seen = {parent}
    above = [parent]
    for _ in range(MOST_CONTAINERS):
        if child in seen:
            return True
        above = [one for one in _holders(above, find) if one not in seen]
        if not above:
            return False
        seen.update(above)
    return True


def _holders(epcs: Iterable[str], find: Find) -> Iterator[str]:
    for epc in epcs:
        item = find(epc)
        if item is not None:
            yield from (one for one in (item.inside, item.joined_to) if one is not None)


def fault(path: str, code: str, detail: str, *values: str) -> FieldError:
    """Return one fault."""
    return FieldError(path=path, code=code, detail=detail, values=values)


def fold(history: Sequence[EpcisEvent], epc: str, origin: life.Origin, seen: life.Seen) -> Item | None:
    """Return what the events make of the item, in their order; None when none of them begins it."""
    item: Item | None = None
    for event in history:
        if item is None and life.begins(event, epc):
            item = life.begun(event, epc, origin, seen)
        elif item is not None:
            item = life.after(item, event, epc, seen)
    return item


def effective(history: Sequence[tuple[int, EpcisEvent]], declared_wrong: Collection[str]) -> list[EpcisEvent]:
    """Return the events that count, in the order of eventTime, then of recording; `history` holds (index, event)."""
    counting = [
        (event.event_time, index, event)
        for index, event in history
        if event.error is None and event.event_id not in declared_wrong
    ]
    return [event for _, _, event in sorted(counting, key=lambda one: one[:2])]
