"""How items and their events are written as documents."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.epcis.events import read_event
from services.items.model import Item, ItemState, Loan, Transfer, TransferPurpose, TransferState
from services.items.places import item_id_of
from services.items.ports import RecordedEvent
from services.items.searching import pieces_of, texts_of
from services.items.world import key_of
from services.venues.scopes import read_scope, scope_name

Document = dict[str, Any]


def event_document(recorded: RecordedEvent) -> Document:
    """Return an event as it is kept; its JSON is a text, since names in it may hold dots and dollars."""
    return {
        "_id": key_of(recorded.event),
        "index": recorded.index,
        "items": list(recorded.items),
        "named": list(dict.fromkeys((*recorded.items, *map(item_id_of, recorded.event.every_epc)))),
        "recorded_at": recorded.recorded_at,
        "recorded_by": recorded.recorded_by,
        "salt": recorded.salt,
        "commitment": recorded.commitment,
        "body": recorded.text,
    }


def read_recorded(document: Mapping[str, Any]) -> RecordedEvent:
    """Return the event of a document."""
    return RecordedEvent(
        event=read_event(json.loads(document["body"])),
        text=document["body"],
        index=document["index"],
        recorded_at=document["recorded_at"],
        recorded_by=document["recorded_by"],
        salt=bytes(document["salt"]),
        commitment=bytes(document["commitment"]),
        items=tuple(document["items"]),
    )


def item_document(item: Item) -> Document:
    """Return an item as it is kept, with what it can be found by."""
    return {
        "_id": item.id,
        "type_id": item.type_id,
        "batch_id": item.batch_id,
        "owner": scope_name(item.owner),
        "seen_by": list(item.seen_by),
        "state": item.state,
        "name": item.name,
        "serial": item.serial,
        "attributes": json.dumps(item.attributes, ensure_ascii=False),
        "disposition": item.disposition,
        "conditions": list(item.conditions),
        "place": item.place,
        "holder": scope_name(item.holder),
        "transfer": None if item.transfer is None else _transfer(item.transfer),
        "loan": None if item.loan is None else _loan(item.loan),
        "transfer_id": None if item.transfer is None else item.transfer.id,
        "inside": item.inside,
        "joined_to": item.joined_to,
        "began_with": item.began_with,
        "last_index": item.last_index,
        "version": item.version,
        "last_event_at": item.last_event_at,
        "activated_at": item.activated_at,
        "pieces": _pieces(item),
    }


def _pieces(item: Item) -> list[str]:
    # What has no name of its own is called by its EPC; whoever looks for that asks for it by its id.
    name = "" if item.name == item.id else item.name
    return pieces_of(texts_of(name, item.serial, item.attributes))


def read_item(document: Mapping[str, Any]) -> Item:
    """Return the item of a document."""
    fields = dict(document)
    del fields["_id"], fields["pieces"], fields["transfer_id"]
    transfer, loan = fields["transfer"], fields["loan"]
    return Item(
        **{
            **fields,
            "id": document["_id"],
            "owner": read_scope(fields["owner"]),
            "holder": read_scope(fields["holder"]),
            "seen_by": tuple(fields["seen_by"]),
            "conditions": tuple(fields["conditions"]),
            "state": ItemState(fields["state"]),
            "attributes": json.loads(fields["attributes"]),
            "transfer": None if transfer is None else _read_transfer(transfer),
            "loan": None if loan is None else _read_loan(loan),
        }
    )


def _loan(loan: Loan) -> Document:
    return {"lender": scope_name(loan.lender), "due_on": None if loan.due_on is None else loan.due_on.isoformat()}


def _read_loan(document: Mapping[str, Any]) -> Loan:
    due_on = document["due_on"]
    return Loan(lender=read_scope(document["lender"]), due_on=None if due_on is None else date.fromisoformat(due_on))


def _transfer(transfer: Transfer) -> Document:
    return {
        "id": transfer.id,
        "state": transfer.state,
        "purpose": transfer.purpose,
        "source": scope_name(transfer.source),
        "destination": scope_name(transfer.destination),
        "opened_at": transfer.opened_at,
        "due_on": None if transfer.due_on is None else transfer.due_on.isoformat(),
    }


def _read_transfer(document: Mapping[str, Any]) -> Transfer:
    due_on = document["due_on"]
    return Transfer(
        id=document["id"],
        state=TransferState(document["state"]),
        purpose=TransferPurpose(document["purpose"]),
        source=read_scope(document["source"]),
        destination=read_scope(document["destination"]),
        opened_at=document["opened_at"],
        due_on=None if due_on is None else date.fromisoformat(due_on),
    )
