"""Slots and reservations as records of the data standard."""

from dataclasses import dataclass
from datetime import datetime

from services.common.clock import city_day
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.sync.model import RecordKind
from services.sync.records import Record
from services.sync.wording import written_time


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """How many of a party were let in; `movements` counts those who were, and those of them who were taken back.

    `last_at` is when the last of these movements was.
    """

    admitted_count: int
    movements: int
    last_at: datetime | None


NOBODY_CAME = Attendance(admitted_count=0, movements=0, last_at=None)


def slot_record(slot: Slot, district_id: str, changed_at: datetime) -> Record:
    """Return a slot; its version counts the writes to it."""
    return Record(
        kind=RecordKind.SLOT,
        id=slot.id,
        version=slot.version + 1,
        district_id=district_id,
        day=city_day(slot.starts_at),
        changed_at=changed_at,
        data={
            "id": slot.id,
            "venue_id": slot.venue_id,
            "starts_at": written_time(slot.starts_at),
            "ends_at": written_time(slot.ends_at),
            "capacity": slot.capacity,
            "places_left": slot.places_left,
            # The standard knows what a visitor can do: slots that are drawn or withdrawn take no bookings either.
            "state": (SlotState.OPEN if slot.state is SlotState.OPEN else SlotState.CLOSED).value,
        },
    )


def reservation_record(
    reservation: Reservation, attendance: Attendance, district_id: str, *, shrunk_count: int = 0
) -> Record:
    """Return a reservation with those of it who came; `shrunk_count` says how often places of it were given back.

    The counts in its version only ever grow: an entry that is undone is a movement more.
    """
    cancelled = reservation.status is ReservationStatus.CANCELLED
    changes = (reservation.created_at, reservation.cancelled_at, attendance.last_at)
    return Record(
        kind=RecordKind.RESERVATION,
        id=reservation.id,
        version=1 + attendance.movements + int(cancelled) + shrunk_count,
        district_id=district_id,
        day=city_day(reservation.starts_at),
        changed_at=max(at for at in changes if at is not None),
        data={
            "id": reservation.id,
            "venue_id": reservation.venue_id,
            "slot_id": reservation.slot_id,
            "visit_on": city_day(reservation.starts_at).isoformat(),
            "party_size": reservation.party_size,
            "admitted_count": attendance.admitted_count,
            "status": reservation.status.value,
        },
    )
