"""What others are told when something becomes of a reservation: the main system, and the person who booked."""

from datetime import datetime

from services.notifications.model import Fact, NoticeCall, NoticeKind
from services.reservations.model import Reservation
from services.reservations.rules import entry_ends_at
from services.sync.model import EventKind, OutboxEvent


def booked_event(event_id: str, reservation: Reservation, now: datetime) -> OutboxEvent:
    """Return the event that places were booked."""
    return OutboxEvent(
        id=event_id,
        kind=EventKind.RESERVATION_BOOKED,
        subject_id=reservation.id,
        occurred_at=now,
        payload={
            "venue_id": reservation.venue_id,
            "slot_id": reservation.slot_id,
            "party_size": reservation.party_size,
        },
    )


def cancelled_event(event_id: str, reservation: Reservation, now: datetime) -> OutboxEvent:
    """Return the event that booked places came back."""
    return OutboxEvent(
        id=event_id,
        kind=EventKind.RESERVATION_CANCELLED,
        subject_id=reservation.id,
        occurred_at=now,
        payload={"venue_id": reservation.venue_id, "slot_id": reservation.slot_id},
    )


def notice_call(kind: NoticeKind, reservation: Reservation, **facts: str) -> NoticeCall:
    """Return what the person who booked shall be told, as long as it is worth knowing."""
    said = {Fact.STARTS_AT: reservation.starts_at.isoformat(), Fact.PARTY_SIZE: str(reservation.party_size)}
    return NoticeCall(
        kind=kind,
        subject_id=reservation.id,
        citizen_id=reservation.citizen_id,
        venue_id=reservation.venue_id,
        facts=said | facts,
        due_at=None,
        expires_at=entry_ends_at(reservation),
    )


def notice_calls(kind: NoticeKind, reservation: Reservation, **facts: str) -> tuple[NoticeCall, ...]:
    """Return the same where somebody with an account has booked; nobody is told of what a window has booked."""
    return (notice_call(kind, reservation, **facts),) if reservation.has_account else ()
