"""Slots and reservations as records of the data standard."""

from datetime import datetime

from services.common.clock import city_day
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.sync.model import RecordKind
from services.sync.records import Record
from services.sync.wording import written_time


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
    reservation: Reservation, admitted_count: int, district_id: str, entered_at: datetime | None
) -> Record:
    """Return a reservation, of whom `admitted_count` have entered, the last of them at `entered_at`.

    Both counts in its version only ever grow: people enter, and who has entered does not cancel.
    """
    cancelled = reservation.status is ReservationStatus.CANCELLED
    return Record(
        kind=RecordKind.RESERVATION,
        id=reservation.id,
        version=1 + admitted_count + int(cancelled),
        district_id=district_id,
        day=city_day(reservation.starts_at),
        changed_at=entered_at or reservation.cancelled_at or reservation.created_at,
        data={
            "id": reservation.id,
            "venue_id": reservation.venue_id,
            "slot_id": reservation.slot_id,
            "visit_on": city_day(reservation.starts_at).isoformat(),
            "party_size": reservation.party_size,
            "admitted_count": admitted_count,
            "status": reservation.status.value,
        },
    )
