"""How slots and reservations are written as documents."""

from collections.abc import Mapping
from typing import Any

from services.reservations.model import (
    DocumentType,
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
    }


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
    )


def reservation_document(reservation: Reservation) -> dict[str, Any]:
    """Return the document of a reservation; personal values are ciphertexts already."""
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
                "name": visitor.name,
                "id_type": visitor.id_type,
                "id_number": visitor.id_number,
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
                name=visitor["name"],
                id_type=DocumentType(visitor["id_type"]),
                id_number=visitor["id_number"],
                document_digest=visitor["document_digest"],
            )
            for visitor in document["visitors"]
        ),
        contact_phone=document["contact_phone"],
    )
