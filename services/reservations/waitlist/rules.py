"""Decisions about those who wait, free of input and output."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.reservations.changes import Waiting
from services.reservations.errors import NotHeld
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.queue import QueueEvent
from services.reservations.quotas import flowed, left_for
from services.reservations.rules import entry_ends_at
from services.reservations.waitlist.errors import NoOfferYet, NotWaiting
from services.reservations.waitlist.model import LogEntry
from services.venues.model import Channel

ENDED = frozenset({ReservationStatus.CANCELLED, ReservationStatus.LAPSED})


def free_for_queue(slot: Slot, now: datetime) -> int:
    """Return how many places those who wait can be offered now: none of a slot that nobody can book."""
    if slot.state is not SlotState.OPEN or entry_ends_at(slot) <= now:
        return 0
    return left_for(flowed(slot, now), Channel.INDIVIDUAL)


def next_offers(queue: Iterable[Waiting], free: int) -> Sequence[Waiting]:
    """Return who is next, and next after that, as long as anybody fits into what is left of `free` places.

    A party that does not fit is passed over and keeps its place.
    """
    offered: list[Waiting] = []
    for one in queue:
        if one.party_size <= free:
            offered.append(one)
            free -= one.party_size
    return offered


def offer_ends_at(slot: Slot, offer_minutes: int, now: datetime) -> datetime:
    """Return until when an offer is held: so many minutes, and never longer than people are let in."""
    return min(now + timedelta(minutes=offer_minutes), entry_ends_at(slot))


def is_hopeless(slot: Slot, now: datetime) -> bool:
    """Tell whether nobody who waits will get a place any more: the slot is over, or the calendar has withdrawn it.

    Staff may open a closed slot again.
    """
    return slot.state is SlotState.WITHDRAWN or entry_ends_at(slot) <= now


def ensure_offered(reservation: Reservation, now: datetime) -> None:
    """Raise NoOfferYet, NotWaiting or NotHeld unless places are held for the party now.

    At `held_until` the offer is over, whether or not anybody has come to pass it on.
    """
    if reservation.status is ReservationStatus.WAITING:
        raise NoOfferYet
    if reservation.number is None:
        raise NotWaiting
    held_until = reservation.held_until
    if reservation.status is not ReservationStatus.HELD or held_until is None or held_until <= now:
        raise NotHeld


def parties_ahead(queue: Iterable[Waiting], number: int) -> int:
    """Return how many stand before a number in a queue."""
    return sum(one.number < number for one in queue)


def receipt_in(entries: Iterable[LogEntry], number: int) -> str | None:
    """Return the link that the joining of a number became part of."""
    joined = (QueueEvent.JOINED, number)
    return next((one.link for one in entries if joined in {(step.event, step.number) for step in one.steps}), None)
