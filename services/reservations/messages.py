"""How changes and what they come to travel between processes: as documents of plain values."""

from collections.abc import Callable, Mapping
from typing import Any

from services.common.errors import DatabaseUnavailable, TooBusy
from services.common.model import IdempotentRequest
from services.notifications.documents import call_document, read_call
from services.reservations.changes import (
    BookingWay,
    Cancellation,
    Change,
    DayLimit,
    DayLimitKind,
    NewBooking,
)
from services.reservations.documents import booking_document, read_reservation, reservation_document
from services.reservations.errors import (
    DayLimitReached,
    SlotClosed,
    SlotDrawn,
    SlotEnded,
    SlotFull,
    SlotUnknown,
    VisitBegun,
    VisitorAlreadyBooked,
)
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import EndReason
from services.reservations.ports import Answer, PeerSilent
from services.sync.documents import event_document, read_event

# What can be refused, by name, and how it is made again from its one detail.
REFUSALS: Mapping[str, Callable[[int], Exception]] = {
    "SlotFull": SlotFull,
    "VisitorAlreadyBooked": VisitorAlreadyBooked,
    "SlotUnknown": lambda _: SlotUnknown(),
    "SlotClosed": lambda _: SlotClosed(),
    "SlotEnded": lambda _: SlotEnded(),
    "SlotDrawn": lambda _: SlotDrawn(),
    "DayLimitReached": lambda index: DayLimitReached(None if index < 0 else index),
    "VisitBegun": lambda _: VisitBegun(),
    "AlreadyAnswered": lambda _: AlreadyAnswered(),
    "TooBusy": lambda _: TooBusy(retry_after_s=1),
    "DatabaseUnavailable": lambda _: DatabaseUnavailable(retry_after_s=1),
}
# What a process answers that could not even try.
SILENCE: Mapping[str, Any] = {"refusal": PeerSilent.__name__}


def change_document(change: NewBooking | Cancellation) -> dict[str, Any]:
    """Return a booking or a cancellation as it travels."""
    travels: dict[str, Any] = {
        "event": None if change.event is None else event_document(change.event),
        "calls": [call_document(call) for call in change.calls],
    }
    if isinstance(change, NewBooking):
        limits = [_limit_document(one) for one in change.day_limits]
        return travels | {"booking": booking_document(change), "way": change.way, "limits": limits}
    return travels | {
        "reservation": reservation_document(change.reservation),
        "at": change.cancelled_at,
        "reason": change.reason,
        "moved_to": change.moved_to,
    }


def read_change(document: Mapping[str, Any]) -> NewBooking | Cancellation:
    """Return the change that travelled."""
    event = None if document["event"] is None else read_event(document["event"])
    calls = tuple(read_call(call) for call in document["calls"])
    booking = document.get("booking")
    if booking is None:
        return Cancellation(
            reservation=read_reservation(document["reservation"]),
            cancelled_at=document["at"],
            event=event,
            reason=EndReason(document["reason"]),
            calls=calls,
            moved_to=document["moved_to"],
        )
    fingerprint = booking["fingerprint"]
    request = None if fingerprint is None else IdempotentRequest(id=booking["request_id"], fingerprint=fingerprint)
    return NewBooking(
        reservation=read_reservation(booking),
        request=request,
        event=event,
        way=BookingWay(document["way"]),
        day_limits=tuple(_read_limit(one) for one in document["limits"]),
        calls=calls,
    )


def _limit_document(limit: DayLimit) -> dict[str, Any]:
    return {**vars(limit), "kind": limit.kind.value}


def _read_limit(document: Mapping[str, Any]) -> DayLimit:
    return DayLimit(**{**document, "kind": DayLimitKind(document["kind"])})


def outcome_document(outcome: Answer | Exception) -> dict[str, Any]:
    """Return what a change came to as it travels; whoever asked has the reservation."""
    if not isinstance(outcome, Exception):
        return {"made": bool(outcome)}
    detail = getattr(outcome, "places_left", getattr(outcome, "index", 0))
    return {"refusal": type(outcome).__name__, "detail": -1 if detail is None else detail}


def read_outcome(change: Change, document: Mapping[str, Any]) -> Answer | Exception:
    """Return what the change came to; PeerSilent for a refusal without a name, which is a defect of the peer's."""
    if "made" in document:
        return change.reservation if isinstance(change, NewBooking) else bool(document["made"])
    refusal = REFUSALS.get(str(document.get("refusal")))
    return PeerSilent() if refusal is None else refusal(document.get("detail", 0))
