"""How entries of a slot's ledger are written as documents."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.reservations.changes import Waiting
from services.reservations.ledger import Holding, Joined, LedgerEntry, QueueEntry, Settlement, Shrunk
from services.reservations.model import Slot
from services.reservations.queue import QueueEvent, QueueStep


def entry_document(settlement: Settlement, now: datetime, *, keep: timedelta) -> dict[str, Any]:
    """Return the document of a ledger's entry, kept until `keep` after the slot has ended."""
    entry = settlement.entry
    slot = entry.slot
    return {
        "_id": f"{slot.id}:{slot.version:010}",
        "slot_id": slot.id,
        "version": slot.version,
        "places_left": slot.places_left,
        "booked": _holdings(entry.booked),
        "freed": _holdings(entry.freed),
        "taken": list(entry.taken),
        "shrunk": [[one.reservation_id, one.party_size] for one in entry.shrunk],
        "queue": None if entry.queue is None else _queue(entry.queue),
        "occurred_at": now,
        "expires_at": slot.ends_at + keep,
    }


def read_entry(document: Mapping[str, Any], slot: Slot) -> LedgerEntry:
    """Return the entry of a document; `slot` is the slot at any later version."""
    queue = document.get("queue")
    return LedgerEntry(
        slot=replace(slot, version=document["version"], places_left=document["places_left"]),
        booked=_read_holdings(document["booked"]),
        freed=_read_holdings(document["freed"]),
        taken=tuple(document.get("taken", ())),
        shrunk=tuple(Shrunk(reservation_id=key, party_size=size) for key, size in document.get("shrunk", ())),
        queue=None if queue is None else read_queue(queue),
    )


def _holdings(holdings: Sequence[Holding]) -> list[dict[str, Any]]:
    return [
        {"reservation_id": one.reservation_id, "request_id": one.request_id, "people": list(one.people)}
        for one in holdings
    ]


def _read_holdings(documents: Sequence[Mapping[str, Any]]) -> tuple[Holding, ...]:
    return tuple(
        Holding(reservation_id=one["reservation_id"], request_id=one["request_id"], people=tuple(one["people"]))
        for one in documents
    )


def _queue(queue: QueueEntry) -> dict[str, Any]:
    return {
        "joined": [
            {
                "id": one.waiting.id,
                "account": one.waiting.account,
                "number": one.waiting.number,
                "party_size": one.waiting.party_size,
                "people": list(one.waiting.people),
                "request_id": one.request_id,
            }
            for one in queue.joined
        ],
        "offered": list(queue.offered),
        "left": list(queue.left),
        "steps": [[one.event, one.number, one.party_size, one.free] for one in queue.steps],
        "link": queue.link,
    }


def read_queue(document: Mapping[str, Any]) -> QueueEntry:
    """Return what became of a queue in one entry."""
    return QueueEntry(
        joined=tuple(
            Joined(
                waiting=Waiting(
                    id=one["id"],
                    account=one["account"],
                    number=one["number"],
                    party_size=one["party_size"],
                    people=tuple(one["people"]),
                ),
                request_id=one["request_id"],
            )
            for one in document["joined"]
        ),
        offered=tuple(document["offered"]),
        left=tuple(document["left"]),
        steps=tuple(
            QueueStep(event=QueueEvent(event), number=number, party_size=party_size, free=free)
            for event, number, party_size, free in document["steps"]
        ),
        link=document["link"],
    )
