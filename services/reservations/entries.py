"""How what was decided becomes an entry of the ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.reservations.changes import NewBooking, Waiting
from services.reservations.ledger import Facts, Holding, Joined, LedgerEntry, QueueEntry, Shrunk
from services.reservations.model import Reservation, Slot
from services.reservations.queue import QueueStep, chained


def holding_of(reservation: Reservation, request_id: str | None) -> Holding:
    """Return the places of a reservation; `request_id` is the request that it answers."""
    return Holding(
        reservation_id=reservation.id,
        request_id=request_id,
        people=tuple(visitor.document_digest for visitor in reservation.visitors),
    )


def waiting_of(reservation: Reservation, number: int) -> Waiting:
    """Return the party's place in a queue."""
    return Waiting(
        id=reservation.id,
        account=reservation.citizen_id,
        number=number,
        party_size=reservation.party_size,
        people=tuple(visitor.document_digest for visitor in reservation.visitors),
    )


def ledger_entry(slot: Slot, facts: Facts, booked: Iterable[Holding], queue: QueueEntry | None) -> LedgerEntry:
    """Return the entry that leads to `slot`; `booked` are the places that somebody has from now on."""
    return LedgerEntry(
        slot=slot,
        booked=tuple(booked),
        freed=(
            *(holding_of(one.reservation, None) for one in facts.cancellations),
            *(holding_of(one.reservation, _request_id(one.booking)) for one in facts.given_back),
        ),
        taken=tuple(one.reservation.id for one in facts.taken),
        shrunk=tuple(Shrunk(reservation_id=one.reservation.id, party_size=one.party_size) for one in facts.shrunk),
        queue=queue,
    )


def _request_id(booking: NewBooking) -> str | None:
    return None if booking.request is None else booking.request.id


def queue_entry(link: str, slot_id: str, now: datetime, facts: Facts, steps: Sequence[QueueStep]) -> QueueEntry | None:
    """Return what became of the queue whose last link was `link`, or None when nothing did."""
    if not steps:
        return None
    joined = tuple(
        Joined(
            waiting=waiting_of(one.reservation, number),
            request_id=None if one.request is None else one.request.id,
        )
        for one, number in facts.joined
    )
    return QueueEntry(
        joined=joined,
        offered=tuple(one.reservation.id for one in facts.offers),
        left=tuple(one.reservation.id for one in facts.left),
        steps=tuple(steps),
        link=chained(link, slot_id, now, steps),
    )
