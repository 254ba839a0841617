"""How slots and reservations are written as documents."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.reservations.ledger import Holding, LedgerEntry, Settlement
from services.reservations.model import (
    DocumentType,
    NewBooking,
    ProtectedVisitor,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
)


def slot_document(slot: Slot) -> dict[str, Any]:
    """Return the document of a slot."""
    return {
        "_id": slot.id,
        "venue_id": slot.venue_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "capacity": slot.capacity,
        "places_left": slot.places_left,
        "state": slot.state,
        "version": slot.version,
    }


def slot_changes(slot: Slot, now: datetime) -> dict[str, Any]:
    """Return the fields that a write of the ledger changes in a slot's document."""
    return {"version": slot.version, "places_left": slot.places_left, "changed_at": now}


def read_slot(document: Mapping[str, Any]) -> Slot:
    """Return the slot of a document."""
    return Slot(
        id=document["_id"],
        venue_id=document["venue_id"],
        starts_at=document["starts_at"],
        ends_at=document["ends_at"],
        capacity=document["capacity"],
        places_left=document["places_left"],
        state=SlotState(document["state"]),
        version=document["version"],
    )


def booking_document(booking: NewBooking) -> dict[str, Any]:
    """Return the document of a new reservation.

    `request_id` is unique among those of a citizen, so every reservation has one: its own id when nothing was named.
    """
    reservation, request = booking.reservation, booking.request
    return {
        **reservation_document(reservation),
        "request_id": reservation.id if request is None else request.id,
        "fingerprint": None if request is None else request.fingerprint,
        "repeated_at": None,
    }


def reservation_document(reservation: Reservation) -> dict[str, Any]:
    """Return what a reservation is as a document; personal values are ciphertexts already."""
    return {
        "_id": reservation.id,
        "citizen_id": reservation.citizen_id,
        "venue_id": reservation.venue_id,
        "slot_id": reservation.slot_id,
        "starts_at": reservation.starts_at,
        "ends_at": reservation.ends_at,
        "party_size": reservation.party_size,
        "status": reservation.status,
        "created_at": reservation.created_at,
        "cancelled_at": reservation.cancelled_at,
        "visitors": [
            {
                "identity": visitor.identity,
                "id_type": visitor.id_type,
                "document_digest": visitor.document_digest,
            }
            for visitor in reservation.visitors
        ],
        "contact_phone": reservation.contact_phone,
    }


def read_reservation(document: Mapping[str, Any]) -> Reservation:
    """Return the reservation of a document."""
    return Reservation(
        id=document["_id"],
        citizen_id=document["citizen_id"],
        venue_id=document["venue_id"],
        slot_id=document["slot_id"],
        starts_at=document["starts_at"],
        ends_at=document["ends_at"],
        party_size=document["party_size"],
        status=ReservationStatus(document["status"]),
        created_at=document["created_at"],
        cancelled_at=document["cancelled_at"],
        visitors=tuple(
            ProtectedVisitor(
                identity=visitor["identity"],
                id_type=DocumentType(visitor["id_type"]),
                document_digest=visitor["document_digest"],
            )
            for visitor in document["visitors"]
        ),
        contact_phone=document["contact_phone"],
    )


def entry_document(settlement: Settlement, now: datetime, *, keep: timedelta) -> dict[str, Any]:
    """Return the document of a ledger's entry, kept until `keep` after the slot has ended."""
    slot = settlement.entry.slot
    return {
        "_id": f"{slot.id}:{slot.version:010}",
        "slot_id": slot.id,
        "version": slot.version,
        "places_left": slot.places_left,
        "booked": _holdings(settlement.entry.booked),
        "freed": _holdings(settlement.entry.freed),
        "occurred_at": now,
        "expires_at": slot.ends_at + keep,
    }


def read_entry(document: Mapping[str, Any], slot: Slot) -> LedgerEntry:
    """Return the entry of a document; `slot` is the slot at any later version."""
    return LedgerEntry(
        slot=replace(slot, version=document["version"], places_left=document["places_left"]),
        booked=_read_holdings(document["booked"]),
        freed=_read_holdings(document["freed"]),
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
