"""How what people do is worded as EPCIS events, so that actions and captures leave the same history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from services.identity.model import Scope
from services.items import life
from services.items.model import Transfer
from services.items.places import party_uri, transfer_uri

# One offset all year (IANA tz database).
CITY_OFFSET = "+08:00"
CITY_TIME = timezone(timedelta(hours=8))
OUR_WORDS = {life.OURS: life.NAMESPACE}

Body = dict[str, Any]


class ActionKind(StrEnum):
    """What people do with items, besides handing them over."""

    INSPECT = "inspect"
    REPAIR = "repair"
    STORE = "store"
    REPORT = "report"
    CLEAR = "clear"
    DESCRIBE = "describe"
    RETIRE = "retire"
    DESTROY = "destroy"


class Outcome(StrEnum):
    """How an inspection or a repair ended; words of the CBV."""

    CONFORMANT = "conformant"
    NON_CONFORMANT = "non_conformant"
    DAMAGED = "damaged"
    NEEDS_REPLACEMENT = "needs_replacement"


class Condition(StrEnum):
    """What lasts until it is cleared; words of the CBV."""

    DAMAGED = "damaged"
    RECALLED = "recalled"
    STOLEN = "stolen"


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What every event of ours says: which event it is, when it happened, and where, if that is known."""

    event_id: str
    happened_at: datetime
    place: str | None = None


def act(told: Telling, epcs: Sequence[str], kind: ActionKind, *, outcome: str | None, condition: str | None) -> Body:
    """Return the event of an action; `outcome` is an inspection's or repair's, `condition` a report's or clearing's."""
    action, step, disposition = _WORDS[kind]
    body = _object_event(told, epcs, action, step, outcome or disposition)
    if kind is ActionKind.REPORT:
        body["persistentDisposition"] = {"set": [condition]}
    elif kind is ActionKind.CLEAR:
        body["persistentDisposition"] = {"unset": [condition]}
    return body


_WORDS: Mapping[ActionKind, tuple[str, str, str | None]] = {
    ActionKind.INSPECT: ("OBSERVE", "inspecting", None),
    ActionKind.REPAIR: ("OBSERVE", "repairing", None),
    ActionKind.STORE: ("OBSERVE", "storing", "available"),
    ActionKind.REPORT: ("OBSERVE", "holding", None),
    ActionKind.CLEAR: ("OBSERVE", "other", "available"),
    ActionKind.RETIRE: ("DELETE", "decommissioning", "inactive"),
    ActionKind.DESTROY: ("DELETE", "destroying", "destroyed"),
}


def register(
    told: Telling,
    epc: str,
    *,
    name: str | None,
    serial: str | None,
    attributes: Mapping[str, Any],
    holder: Scope | None,
) -> Body:
    """Return the event that binds a code to a thing (CBV commissioning)."""
    body = _object_event(told, [epc], "ADD", "commissioning", "active")
    described = {life.NAME: name, life.SERIAL: serial, life.ATTRIBUTES: dict(attributes) or None}
    ilmd = {key: value for key, value in described.items() if value is not None}
    if ilmd:
        body |= {"@context": dict(OUR_WORDS), "ilmd": ilmd}
    if holder is not None:
        body["destinationList"] = [_possessing("destination", holder)]
    return body


def describe(
    told: Telling, epcs: Sequence[str], *, name: str | None, serial: str | None, attributes: Mapping[str, Any] | None
) -> Body:
    """Return the event that describes an item anew; what was said of it before stays in its history."""
    body = _object_event(told, epcs, "OBSERVE", life.DESCRIBING, None)
    described = {
        life.NAME: name,
        life.SERIAL: serial,
        life.ATTRIBUTES: None if attributes is None else dict(attributes),
    }
    said = {key: value for key, value in described.items() if value is not None}
    return body | {"@context": dict(OUR_WORDS), **said}


def hand_over(told: Telling, epcs: Sequence[str], transfer: Transfer) -> Body:
    """Return the event that opens a transfer."""
    body = _transfer_event(told, epcs, "shipping", "in_transit", transfer) | _both_parties(transfer)
    if transfer.due_on is not None:
        body |= {"@context": dict(OUR_WORDS), life.DUE_ON: transfer.due_on.isoformat()}
    return body


def accept(told: Telling, epcs: Sequence[str], transfer: Transfer) -> Body:
    """Return the event by which the receiver takes over."""
    return _transfer_event(told, epcs, "receiving", "active", transfer) | _both_parties(transfer)


def withdraw(told: Telling, epcs: Sequence[str], transfer: Transfer) -> Body:
    """Return the event by which the giver calls a transfer back."""
    return _transfer_event(told, epcs, life.VOID, "active", transfer)


def dispute(told: Telling, epcs: Sequence[str], transfer: Transfer) -> Body:
    """Return the event by which the receiver says that what came is not what was meant."""
    return _transfer_event(told, epcs, life.DISPUTING, "mismatch_instance", transfer)


def take_stock(told: Telling, epcs: Sequence[str], *, looked_at: str, disposition: str | None) -> Body:
    """Return the event of a count that looked at a place; told of a place, the items are there from now on."""
    body = _object_event(told, epcs, "OBSERVE", "stock_taking", disposition)
    return body | {"readPoint": {"id": looked_at}}


def declare_wrong(body: Mapping[str, Any], *, reason: str, declared_at: datetime, corrective: Sequence[str]) -> Body:
    """Return the error declaration of an event: the event again, and that it was wrong (EPCIS 2.0, section 7.4.1.4)."""
    declaration: Body = {"declarationTime": _time(declared_at), "reason": reason}
    if corrective:
        declaration["correctiveEventIDs"] = list(corrective)
    return {**body, "errorDeclaration": declaration}


def _object_event(told: Telling, epcs: Sequence[str], action: str, step: str, disposition: str | None) -> Body:
    body: Body = {
        "type": "ObjectEvent",
        "eventID": told.event_id,
        "eventTime": _time(told.happened_at),
        "eventTimeZoneOffset": CITY_OFFSET,
        "epcList": list(epcs),
        "action": action,
        "bizStep": step,
    }
    if disposition is not None:
        body["disposition"] = disposition
    if told.place is not None:
        body |= {"readPoint": {"id": told.place}, "bizLocation": {"id": told.place}}
    return body


def _transfer_event(told: Telling, epcs: Sequence[str], step: str, disposition: str, transfer: Transfer) -> Body:
    body = _object_event(told, epcs, "OBSERVE", step, disposition)
    named = {"type": f"{life.BTT}{transfer.purpose}", "bizTransaction": transfer_uri(transfer.id)}
    return body | {"bizTransactionList": [named]}


def _both_parties(transfer: Transfer) -> Body:
    return {
        "sourceList": [_possessing("source", transfer.source)],
        "destinationList": [_possessing("destination", transfer.destination)],
    }


def _possessing(kind: str, party: Scope) -> Body:
    return {"type": life.POSSESSING, kind: party_uri(party)}


def _time(instant: datetime) -> str:
    return instant.astimezone(CITY_TIME).isoformat(timespec="milliseconds")
