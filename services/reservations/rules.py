"""Decisions about bookings, free of input and output."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from services.common.errors import FieldError
from services.reservations.errors import (
    PartyRefused,
    ReservationCancelled,
    ReservationOver,
    SlotClosed,
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

# People queue before the hour and are still in the queue after it; both are let in.
ENTRY_OPENS_BEFORE = timedelta(minutes=30)
ENTRY_CLOSES_AFTER = timedelta(minutes=15)


def status_of(slot: Slot, now: datetime) -> SlotStatus:
    """Return what a citizen can do with the slot at `now`."""
    if slot.ends_at <= now:
        return SlotStatus.ENDED
    if slot.state is SlotState.CLOSED:
        return SlotStatus.CLOSED
    return SlotStatus.OPEN if slot.places_left > 0 else SlotStatus.FULL


def ensure_bookable(slot: Slot, party_size: int, now: datetime) -> None:
    """Raise SlotEnded, SlotClosed or SlotFull unless the party can have places in the slot."""
    status = status_of(slot, now)
    if status is SlotStatus.ENDED:
        raise SlotEnded
    if status is SlotStatus.CLOSED:
        raise SlotClosed
    if slot.places_left < party_size:
        raise SlotFull(slot.places_left)


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
    number = normal_number(visitor)
    path = f"visitors[{index}].id_number"
    if not number.isascii() or not number.isalnum():
        return FieldError(path=path, code="invalid_format", detail="letters and digits only")
    if visitor.id_type is DocumentType.RESIDENT_ID:
        try:
            ric.validate(number)
        except ValidationError:
            return FieldError(path=path, code="invalid_checksum", detail="not a resident identity number (GB 11643)")
    return None


def ensure_cancellable(reservation: Reservation, now: datetime) -> None:
    """Raise ReservationOver once the slot has ended."""
    if reservation.ends_at <= now:
        raise ReservationOver


def ensure_enterable(reservation: Reservation, now: datetime) -> None:
    """Raise ReservationCancelled or ReservationOver unless a code may be shown for it."""
    if reservation.status is ReservationStatus.CANCELLED:
        raise ReservationCancelled
    if entry_window(reservation.starts_at, reservation.ends_at)[1] <= now:
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
