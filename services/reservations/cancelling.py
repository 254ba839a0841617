"""Cancelling a reservation by the citizen who made it."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.reservations.errors import ReservationUnknown
from services.reservations.model import Cancellation, Reservation, ReservationStatus
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.rules import ensure_cancellable
from services.sync.model import EventKind, OutboxEvent


class Cancelling:
    """Gives places back; the gate refuses the code from the same instant."""

    def __init__(self, *, desk: ReservationDesk, reservations: ReservationStore, clock: Clock, ids: IdSource) -> None:
        self._desk = desk
        self._reservations = reservations
        self._clock = clock
        self._ids = ids

    async def cancel(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the cancelled reservation; cancelling again changes nothing and says the same."""
        reservation = await self._get(reservation_id, citizen_id)
        if reservation.status is ReservationStatus.CANCELLED:
            return reservation
        now = self._clock.now()
        ensure_cancellable(reservation, now)
        event = OutboxEvent(
            id=self._ids.new("evt"),
            kind=EventKind.RESERVATION_CANCELLED,
            subject_id=reservation.id,
            occurred_at=now,
            payload={"venue_id": reservation.venue_id, "slot_id": reservation.slot_id},
        )
        if not await self._desk.cancel(Cancellation(reservation=reservation, cancelled_at=now, event=event)):
            return await self._get(reservation_id, citizen_id)
        return replace(reservation, status=ReservationStatus.CANCELLED, cancelled_at=now)

    async def _get(self, reservation_id: str, citizen_id: str) -> Reservation:
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return reservation
