"""Taking an offer: the places that are held become a booking."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.notifications.model import NoticeKind
from services.policies.directory import PolicyDirectory
from services.reservations.changes import Taking
from services.reservations.errors import ReservationUnknown
from services.reservations.limits import DayLimits
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.told import booked_event, notice_call
from services.reservations.waitlist.rules import ensure_offered


class OfferTaking:
    """Takes offers in time. Taking and lapsing both go through the ledger, where one of them comes first."""

    def __init__(
        self,
        *,
        desk: ReservationDesk,
        reservations: ReservationStore,
        policies: PolicyDirectory,
        limits: DayLimits,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._desk = desk
        self._reservations = reservations
        self._policies = policies
        self._limits = limits
        self._clock = clock
        self._ids = ids

    async def take(self, reservation_id: str, citizen_id: str) -> Reservation:
        """Return the booked reservation; taking again changes nothing and says the same.

        Raises ReservationUnknown, NoOfferYet, NotWaiting, NotHeld when the offer is over, DayLimitReached.
        """
        held = await self._reservations.find(reservation_id, citizen_id)
        if held is None:
            raise ReservationUnknown
        if held.status is ReservationStatus.BOOKED and held.number is not None:
            return held
        now = self._clock.now()
        ensure_offered(held, now)
        wanted = replace(held, status=ReservationStatus.BOOKED, held_until=None)
        booked, limits = self._limits.counted(wanted, await self._policies.get(held.venue_id))
        await self._desk.take(
            Taking(
                reservation=booked,
                event=booked_event(self._ids.new("evt"), booked, now),
                day_limits=limits,
                calls=(notice_call(NoticeKind.BOOKING_CONFIRMED, booked),),
            )
        )
        return booked
