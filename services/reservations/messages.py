"""How changes and what they come to travel between processes: as documents of plain values."""

from collections.abc import Callable, Mapping
from typing import Any

from services.common.errors import DatabaseUnavailable, TooBusy
from services.common.model import IdempotentRequest
from services.reservations.documents import booking_document, read_reservation, reservation_document
from services.reservations.errors import (
    SlotClosed,
    SlotEnded,
    SlotFull,
    SlotUnknown,
    VisitBegun,
    VisitorAlreadyBooked,
)
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Cancellation, Change, NewBooking, Reservation
from services.reservations.ports import Answer, PeerSilent
from services.sync.documents import event_document, read_event

# What can be refused, by name, and how it is made again from its one detail.
REFUSALS: Mapping[str, Callable[[int], Exception]] = {
    "SlotFull": SlotFull,
    "VisitorAlreadyBooked": VisitorAlreadyBooked,
    "SlotUnknown": lambda _: SlotUnknown(),
    "SlotClosed": lambda _: SlotClosed(),
    "SlotEnded": lambda _: SlotEnded(),
    "VisitBegun": lambda _: VisitBegun(),
    "AlreadyAnswered": lambda _: AlreadyAnswered(),
    "TooBusy": lambda _: TooBusy(retry_after_s=1),
    "DatabaseUnavailable": lambda _: DatabaseUnavailable(retry_after_s=1),
}
# What a process answers that could not even try.
SILENCE: Mapping[str, Any] = {"refusal": PeerSilent.__name__}


def change_document(change: NewBooking | Cancellation) -> dict[str, Any]:
    """Return a booking or a cancellation as it travels."""
    event = event_document(change.event)
    if isinstance(change, NewBooking):
        return {"booking": booking_document(change), "event": event}
    return {"reservation": reservation_document(change.reservation), "at": change.cancelled_at, "event": event}


def read_change(document: Mapping[str, Any]) -> NewBooking | Cancellation:
    """Return the change that travelled."""
    event = read_event(document["event"])
    booking = document.get("booking")
    if booking is None:
        reservation = read_reservation(document["reservation"])
        return Cancellation(reservation=reservation, cancelled_at=document["at"], event=event)
    fingerprint = booking["fingerprint"]
    request = None if fingerprint is None else IdempotentRequest(id=booking["request_id"], fingerprint=fingerprint)
    return NewBooking(reservation=read_reservation(booking), request=request, event=event)


def outcome_document(outcome: Answer | Exception) -> dict[str, Any]:
    """Return what a change came to as it travels; whoever asked has the reservation."""
    if isinstance(outcome, Reservation | bool):
        return {"made": bool(outcome)}
    detail = getattr(outcome, "places_left", getattr(outcome, "index", 0))
    return {"refusal": type(outcome).__name__, "detail": detail}


def read_outcome(change: Change, document: Mapping[str, Any]) -> Answer | Exception:
    """Return what the change came to; PeerSilent for a refusal without a name, which is a defect of the peer's."""
    if "made" in document:
        return change.reservation if isinstance(change, NewBooking) else bool(document["made"])
    refusal = REFUSALS.get(str(document.get("refusal")))
    return PeerSilent() if refusal is None else refusal(document.get("detail", 0))
