"""Cancelling a reservation by the citizen who made it."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.reservations.changes import Cancellation
from services.reservations.errors import OnlyOffered, ReservationUnknown
from services.reservations.model import EndReason, Reservation, ReservationStatus
from services.reservations.ports import BookingDesk, ReservationStore
from services.reservations.rules import ensure_cancellable
from services.reservations.told import cancelled_event

ENDED = frozenset({ReservationStatus.CANCELLED, ReservationStatus.LAPSED})


class Cancelling:
    """Gives places back; the gate refuses the code from the same instant."""

    def __init__(self, *, desk: BookingDesk, reservations: ReservationStore, clock: Clock, ids: IdSource) -> None:
        self._desk = desk
        self._reservations = reservations
        self._clock = clock
        self._ids = ids

    async def cancel(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the cancelled reservation; cancelling again changes nothing and says the same."""
        reservation = await self._get(reservation_id, citizen_id)
        if reservation.status in ENDED:
            return reservation
        if reservation.status is not ReservationStatus.BOOKED:
            raise OnlyOffered
        now = self._clock.now()
        ensure_cancellable(reservation, now)
        cancellation = Cancellation(
            reservation=reservation,
            cancelled_at=now,
            event=cancelled_event(self._ids.new("evt"), reservation, now),
        )
        if not await self._desk.cancel(cancellation):
            return await self._get(reservation_id, citizen_id)
        return replace(reservation, status=ReservationStatus.CANCELLED, cancelled_at=now, end_reason=EndReason.CITIZEN)

    async def _get(self, reservation_id: str, citizen_id: str) -> Reservation:
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return reservation
