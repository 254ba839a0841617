"""Leaving a waitlist, or declining what it offers."""

from services.common.clock import Clock
from services.common.errors import TooBusy
from services.reservations.changes import Cancellation, Leaving
from services.reservations.errors import ReservationUnknown
from services.reservations.model import EndReason, Reservation, ReservationStatus
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.waitlist.errors import NotWaiting
from services.reservations.waitlist.rules import ENDED

# A party that leaves may be offered places in the same moment: then it is the offer that it declines.
TRIES = 3


class WaitlistLeaving:
    """Ends the waiting of a party that does not want to go on. What was held for it goes on to the next."""

    def __init__(self, *, desk: ReservationDesk, reservations: ReservationStore, clock: Clock) -> None:
        self._desk = desk
        self._reservations = reservations
        self._clock = clock

    async def leave(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the ended reservation; leaving again changes nothing and says the same.

        Raises ReservationUnknown, and NotWaiting for a party that has its places.
        """
        for _ in range(TRIES):
            reservation = await self._get(reservation_id, citizen_id)
            if reservation.number is None or reservation.status is ReservationStatus.BOOKED:
                raise NotWaiting
            if reservation.status in ENDED:
                return reservation
            if await self._end(reservation):
                return await self._get(reservation_id, citizen_id)
        raise TooBusy(retry_after_s=1)

    async def _end(self, reservation: Reservation) -> bool:
        """Leave or decline; False when it was something else meanwhile."""
        now = self._clock.now()
        if reservation.status is ReservationStatus.WAITING:
            return await self._desk.leave(Leaving(reservation=reservation, left_at=now, reason=EndReason.CITIZEN))
        declined = Cancellation(reservation=reservation, cancelled_at=now, event=None, reason=EndReason.DECLINED)
        return await self._desk.cancel(declined)

    async def _get(self, reservation_id: str, citizen_id: str) -> Reservation:
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return reservation
