"""Decisions about bookings, free of input and output."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.common.errors import FieldError
from services.policies.model import Age
from services.reservations.changes import BookingWay
from services.reservations.documents_of_identity import born_on, find_flaw
from services.reservations.errors import (
    EntryNotYet,
    PartyRefused,
    ReservationCancelled,
    ReservationMoved,
    ReservationOver,
    SlotClosed,
    SlotDrawn,
    SlotEnded,
    SlotFull,
)
from services.reservations.model import (
    DocumentType,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
    SlotStatus,
    Visitor,
)
from services.reservations.quotas import flowed, left_for, places_of
from services.venues.model import Channel

# People queue before the hour and are still in the queue after it; both are let in.
ENTRY_OPENS_BEFORE = timedelta(minutes=30)
ENTRY_CLOSES_AFTER = timedelta(minutes=15)


def entry_ends_at(slot: Slot | Reservation) -> datetime:
    """Return when the last people are let in, which is also until when the slot can be booked."""
    return slot.ends_at if slot.last_entry_at is None else slot.last_entry_at


def places_for_individuals(slot: Slot, now: datetime) -> int:
    """Return how many places anybody can book: none while others wait for them."""
    return 0 if slot.waiting else left_for(flowed(slot, now), Channel.INDIVIDUAL)


def status_of(slot: Slot, now: datetime, releases_at: datetime | None = None) -> SlotStatus:
    """Return what a citizen can do with the slot at `now`, if it can be booked from `releases_at` on."""
    if entry_ends_at(slot) <= now:
        return SlotStatus.ENDED
    if slot.state is SlotState.DRAWN:
        return SlotStatus.DRAWN
    if slot.state is not SlotState.OPEN:
        return SlotStatus.CLOSED
    if releases_at is not None and now < releases_at:
        return SlotStatus.NOT_RELEASED
    return SlotStatus.OPEN if places_for_individuals(slot, now) > 0 else SlotStatus.FULL


def ensure_bookable(slot: Slot, party_size: int, now: datetime) -> None:
    """Raise SlotEnded, SlotClosed, SlotDrawn or SlotFull unless anybody can have the places."""
    _ensure_open(slot, now)
    places = places_for_individuals(slot, now)
    if places < party_size:
        raise SlotFull(places)


def _ensure_open(slot: Slot, now: datetime) -> None:
    if entry_ends_at(slot) <= now:
        raise SlotEnded
    if slot.state is SlotState.DRAWN:
        raise SlotDrawn
    if slot.state is not SlotState.OPEN:
        raise SlotClosed


def ensure_takeable(slot: Slot, reservation: Reservation, way: BookingWay, now: datetime) -> None:
    """Raise why a booking that comes about in this `way` cannot have places; set-aside ones have flowed before.

    Each channel has its own: who waits, waits for individuals' places.
    """
    if way is BookingWay.PUBLIC and reservation.channel is Channel.INDIVIDUAL:
        ensure_bookable(slot, reservation.party_size, now)
        return
    if way is BookingWay.DRAW:
        if entry_ends_at(slot) <= now:
            raise SlotEnded
        if slot.state is not SlotState.DRAWN:
            raise SlotClosed
    else:
        _ensure_open(slot, now)
    left = left_for(slot, reservation.channel)
    if left < reservation.party_size:
        raise SlotFull(left)


def ensure_joinable(slot: Slot, party_size: int, now: datetime) -> None:
    """Raise SlotEnded, SlotClosed, SlotDrawn or SlotFull unless a party can wait for places, or be offered some."""
    _ensure_open(slot, now)
    places = places_of(slot, Channel.INDIVIDUAL, now)
    if party_size > places:
        raise SlotFull(places)


def ensure_party(visitors: Sequence[Visitor], max_party_size: int) -> None:
    """Raise PartyRefused unless the party is small enough, distinct, and its documents are well-formed."""
    errors = [error for index, visitor in enumerate(visitors) if (error := _document_error(index, visitor))]
    if len(visitors) > max_party_size:
        detail = f"at most {max_party_size} visitors at this venue"
        errors.append(FieldError(path="visitors", code="party_too_large", detail=detail, values=(str(max_party_size),)))
    seen: set[tuple[DocumentType, str]] = set()
    for index, visitor in enumerate(visitors):
        document = (visitor.id_type, normal_number(visitor))
        if document in seen:
            path = f"visitors[{index}].id_number"
            errors.append(FieldError(path=path, code="duplicate", detail="this document appears twice"))
        seen.add(document)
    if errors:
        raise PartyRefused(errors=tuple(errors))


def normal_number(visitor: Visitor) -> str:
    """Return the document number as it is compared: without spaces, in capitals."""
    return "".join(visitor.id_number.split()).upper()


def _document_error(index: int, visitor: Visitor) -> FieldError | None:
    flaw = find_flaw(visitor.id_type, normal_number(visitor))
    return None if flaw is None else FieldError(path=f"visitors[{index}].id_number", code=flaw.code, detail=flaw.detail)


def age_of(visitor: Visitor) -> Age:
    """Return what is known of the age of somebody whose document is well-formed."""
    return Age(born_on=born_on(visitor.id_type, normal_number(visitor)), declared_minor=visitor.minor)


def ensure_cancellable(reservation: Reservation, now: datetime) -> None:
    """Raise ReservationOver once the slot has ended."""
    if reservation.ends_at <= now:
        raise ReservationOver


def ensure_enterable(reservation: Reservation, now: datetime) -> None:
    """Raise EntryNotYet, ReservationMoved, ReservationCancelled or ReservationOver unless a code may be shown."""
    if reservation.status in {ReservationStatus.WAITING, ReservationStatus.HELD}:
        raise EntryNotYet
    if reservation.rescheduled_to is not None:
        raise ReservationMoved(reservation.rescheduled_to)
    if reservation.status is not ReservationStatus.BOOKED:
        raise ReservationCancelled
    if entry_window(reservation.starts_at, entry_ends_at(reservation))[1] <= now:
        raise ReservationOver


def entry_window(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """Return from when until when the gate lets a slot's visitors in."""
    return starts_at - ENTRY_OPENS_BEFORE, ends_at + ENTRY_CLOSES_AFTER


def write_identity(name: str, number: str) -> str:
    """Return name and number as one text, which is encrypted as a whole: half the work of two."""
    return json.dumps([name, number], ensure_ascii=False)


def read_identity(text: str) -> tuple[str, str]:
    """Return the name and number that `write_identity` was given."""
    name, number = json.loads(text)
    return name, number


def masked_name(name: str) -> str:
    """Return the first character and stars, as gate staff and citizens see it: 张**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def masked_number(number: str) -> str:
    """Return stars and the last four characters, fewer when the number is short."""
    shown = min(4, len(number) // 2)
    return "*" * (len(number) - shown) + number[len(number) - shown :]
