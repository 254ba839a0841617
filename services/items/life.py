"""What an event makes of an item: pure, and without judging whether the event should have happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.epcis.contexts import expand
from services.epcis.model import Action, EpcisEvent, EventType
from services.identity.model import Scope
from services.items.model import Item, ItemState, ItemType, Loan, Transfer, TransferPurpose, TransferState
from services.items.places import item_id_of, read_party, read_transfer

# Our words in events: by this prefix where we write them, by any prefix for the namespace where we read them.
OURS = "chengma"
NAMESPACE = "urn:chengma:ns:"
NAME = f"{OURS}:name"
SERIAL = f"{OURS}:serial"
ATTRIBUTES = f"{OURS}:attributes"
DUE_ON = f"{OURS}:due_on"
DISPUTING = "urn:chengma:bizstep:disputing"
DESCRIBING = "urn:chengma:bizstep:describing"
BTT = "urn:chengma:btt:"
PURPOSES = {f"{BTT}{purpose}": purpose for purpose in TransferPurpose}

# EventIDs that only we give.
OUR_EVENT = "urn:chengma:event:"
POSSESSING = "possessing_party"
SETS_OUT = frozenset({"shipping", "departing", "consigning"})
ARRIVES = frozenset({"receiving", "accepting"})
VOID = "void_shipping"
CLOSES = frozenset({VOID, DISPUTING})
# What the receiver of a transfer says, who may be nobody to the item as yet.
RECEIVERS = ARRIVES | {DISPUTING}
CHANGING_STEPS = SETS_OUT | ARRIVES | CLOSES | {DESCRIBING}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What is known of a thing before its first event: of a minted code by its batch, of another's EPC by who tells."""

    type: ItemType | None
    batch_id: str | None
    owner: Scope


Seen = Mapping[Scope, tuple[str, ...]]


def begun(event: EpcisEvent, epc: str, origin: Origin, seen: Seen) -> Item:
    """Return the item that the event brings into being: ObjectEvent ADD, or the output of a transformation."""
    holder = destination_party(event) or origin.owner
    item = Item(
        id=item_id_of(epc),
        type_id=None if origin.type is None else origin.type.id,
        batch_id=origin.batch_id,
        owner=origin.owner,
        seen_by=(),
        state=ItemState.ACTIVE,
        name=_text(_ours(event, event.ilmd, "name")) or _usual_name(origin, epc),
        serial=_text(_ours(event, event.ilmd, "serial")),
        attributes=attributes_of(event),
        disposition=event.disposition,
        conditions=event.persistent_set,
        place=event.biz_location,
        holder=holder,
        transfer=None,
        loan=None,
        inside=None,
        joined_to=None,
        began_with=0,
        last_index=0,
        version=1,
        last_event_at=event.event_time,
        activated_at=event.event_time,
    )
    return _seen(item, seen)


def after(item: Item, event: EpcisEvent, epc: str, seen: Seen) -> Item:
    """Return the item as the event leaves it; for a child, the parent's EPC has become its container."""
    changed = replace(
        item,
        disposition=event.disposition or item.disposition,
        conditions=_conditions(item.conditions, event),
        place=event.biz_location or item.place,
        state=ItemState.ENDED if ends(event, epc) else item.state,
        version=item.version + 1,
        last_event_at=max(item.last_event_at, event.event_time),
    )
    return _seen(_moved(_contained(_described(changed, event), event, epc), event), seen)


def ends(event: EpcisEvent, epc: str) -> bool:
    """Tell whether the item's life ends here: ObjectEvent DELETE, or being used up by a transformation."""
    if event.type is EventType.TRANSFORMATION:
        return epc in event.inputs
    return event.type is EventType.OBJECT and event.action is Action.DELETE


def begins(event: EpcisEvent, epc: str) -> bool:
    """Tell whether the item's life begins here."""
    if event.type is EventType.TRANSFORMATION:
        return epc in event.outputs and epc not in event.inputs
    return event.type is EventType.OBJECT and event.action is Action.ADD


def destination_party(event: EpcisEvent) -> Scope | None:
    """Return who has the items afterwards, as far as the event says and we know the party."""
    return _party(event.destinations)


def source_party(event: EpcisEvent) -> Scope | None:
    """Return who had the items before, as far as the event says and we know the party."""
    return _party(event.sources)


def parties(event: EpcisEvent) -> tuple[Scope, ...]:
    """Return every party of ours that the event names."""
    return tuple(party for party in (source_party(event), destination_party(event)) if party is not None)


def _party(listed: Sequence[tuple[str, str]]) -> Scope | None:
    for kind, uri in listed:
        if kind == POSSESSING:
            return read_party(uri)
    return None


def _conditions(conditions: tuple[str, ...], event: EpcisEvent) -> tuple[str, ...]:
    if not (event.persistent_set or event.persistent_unset):
        return conditions
    kept = [one for one in conditions if one not in event.persistent_unset]
    return tuple(dict.fromkeys([*kept, *event.persistent_set]))


def _described(item: Item, event: EpcisEvent) -> Item:
    """Return the item as it is described anew; what is not mentioned stays."""
    if event.biz_step != DESCRIBING:
        return item
    attributes = _ours(event, event.body, "attributes")
    return replace(
        item,
        name=_text(_ours(event, event.body, "name")) or item.name,
        serial=_text(_ours(event, event.body, "serial")) or item.serial,
        attributes=attributes if isinstance(attributes, dict) else item.attributes,
    )


def _contained(item: Item, event: EpcisEvent, epc: str) -> Item:
    """Return the item in or out of its container, or joined to or parted from what it is fixed to."""
    is_child = epc in event.children or event.empties_parent
    if event.parent is None or epc == event.parent or not is_child or event.action is Action.OBSERVE:
        return item
    held_by = event.parent if event.action is Action.ADD else None
    if event.type is EventType.AGGREGATION:
        return replace(item, inside=held_by)
    return replace(item, joined_to=held_by) if event.type is EventType.ASSOCIATION else item


def _moved(item: Item, event: EpcisEvent) -> Item:
    """Return the item with custody as the event leaves it: on its way, arrived, called back, or in dispute."""
    receiver = destination_party(event)
    if event.biz_step in SETS_OUT and receiver is not None and receiver != item.holder:
        return replace(item, transfer=_transfer(item, event, receiver))
    if event.biz_step in ARRIVES and receiver is not None:
        return replace(item, holder=receiver, transfer=None, loan=_loan(item, receiver))
    if event.biz_step == VOID:
        return replace(item, transfer=None)
    if event.biz_step == DISPUTING and item.transfer is not None:
        return replace(item, transfer=replace(item.transfer, state=TransferState.DISPUTED))
    return item


def _loan(item: Item, receiver: Scope) -> Loan | None:
    """Return the loan that the arrival of an item leaves: one that begins, or goes on until the lender has it again."""
    transfer = item.transfer
    if transfer is not None and transfer.purpose is TransferPurpose.LOAN:
        return Loan(lender=transfer.source, due_on=transfer.due_on)
    return None if item.loan is None or item.loan.lender == receiver else item.loan


def _transfer(item: Item, event: EpcisEvent, receiver: Scope) -> Transfer:
    purpose, transfer_id = _purpose(event)
    return Transfer(
        id=transfer_id,
        state=TransferState.OPEN,
        purpose=purpose,
        source=item.holder,
        destination=receiver,
        opened_at=event.event_time,
        due_on=_day(_ours(event, event.body, "due_on")),
    )


def purpose_of(event: EpcisEvent) -> TransferPurpose:
    """Return why the items of an event change hands, as far as it says."""
    return _purpose(event)[0]


def _purpose(event: EpcisEvent) -> tuple[TransferPurpose, str]:
    """Return the purpose and the id of the transfer that an event is about."""
    for kind, uri in event.transactions:
        named = read_transfer(uri)
        if named is not None and kind in PURPOSES:
            # What is captured may say why, but not join a transfer that was opened here.
            return PURPOSES[kind], named if event.event_id.startswith(OUR_EVENT) else event.event_id
    return TransferPurpose.TRANSFER, event.event_id


def _seen(item: Item, seen: Seen) -> Item:
    """Return the item with the scopes that cover its owner, its holder, or who is to receive it."""
    concerned = [
        item.owner,
        item.holder,
        *([item.transfer.destination] if item.transfer else []),
        *([item.loan.lender] if item.loan else []),
    ]
    names = {name: None for party in concerned for name in seen[party]}
    return replace(item, seen_by=tuple(names))


def _usual_name(origin: Origin, epc: str) -> str:
    return epc if origin.type is None else origin.type.name


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def attributes_of(event: EpcisEvent) -> Mapping[str, Any]:
    """Return the attributes that an event gives to what begins with it, or describes anew."""
    given = _ours(event, event.body if event.biz_step == DESCRIBING else event.ilmd, "attributes")
    return given if isinstance(given, dict) else {}


def _ours(event: EpcisEvent, among: Mapping[str, Any], word: str) -> Any:
    """Return the value of a word of ours among extension members."""
    prefixes = event.body.get("@context", {})
    return next((value for name, value in among.items() if expand(name, prefixes) == f"{NAMESPACE}{word}"), None)


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
