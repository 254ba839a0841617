"""How slots and reservations are written as documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.reservations.changes import Joining, NewBooking
from services.reservations.model import (
    Allotment,
    DocumentType,
    EndReason,
    ProtectedVisitor,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
)
from services.venues.model import Channel


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
        "set_aside": _allotments(slot.set_aside),
        "waiting": slot.waiting,
        "last_entry_at": slot.last_entry_at,
        "plan": slot.plan,
    }


def slot_changes(before: Slot, slot: Slot, now: datetime) -> dict[str, Any]:
    """Return the fields that a write of the ledger changes in a slot's document."""
    old, new = slot_document(before), slot_document(slot)
    return {name: value for name, value in new.items() if value != old[name]} | {"changed_at": now}


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
        set_aside=tuple(
            Allotment(channel=Channel(one["channel"]), places=one["places"], left=one["left"], flows_at=one["flows_at"])
            for one in document.get("set_aside", ())
        ),
        waiting=document.get("waiting", 0),
        last_entry_at=document.get("last_entry_at"),
        plan=document.get("plan"),
    )


def _allotments(set_aside: Sequence[Allotment]) -> list[dict[str, Any]]:
    return [
        {"channel": one.channel, "places": one.places, "left": one.left, "flows_at": one.flows_at} for one in set_aside
    ]


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


def waiting_document(joining: Joining, number: int) -> dict[str, Any]:
    """Return the document of a reservation that waits in a queue as the `number`th."""
    reservation, request = joining.reservation, joining.request
    return {
        **reservation_document(reservation),
        "number": number,
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
        "channel": reservation.channel,
        "last_entry_at": reservation.last_entry_at,
        "number": reservation.number,
        "held_until": reservation.held_until,
        "end_reason": reservation.end_reason,
        "rescheduled_from": reservation.rescheduled_from,
        "rescheduled_to": reservation.rescheduled_to,
        "day_counts": list(reservation.day_counts),
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
        channel=Channel(document.get("channel", Channel.INDIVIDUAL)),
        last_entry_at=document.get("last_entry_at"),
        number=document.get("number"),
        held_until=document.get("held_until"),
        end_reason=_end_reason(document.get("end_reason")),
        rescheduled_from=document.get("rescheduled_from"),
        rescheduled_to=document.get("rescheduled_to"),
        day_counts=tuple(document.get("day_counts", ())),
    )


def _end_reason(text: str | None) -> EndReason | None:
    return None if text is None else EndReason(text)
