"""The way of an approval from its beginning to its end, by whoever holds it; each step can be made again.

First the application says which reservation it will have, then the desk books it, then the application says that it has
it. Whoever is killed in between leaves an application that is `approving`, and somebody else goes on: a reservation
answers the application's id as its request, so however often it is booked, there is one.
"""

from services.common.clock import Clock, IdSource
from services.common.deadlines import deadline
from services.common.errors import TooBusy
from services.reservations.changes import BookingWay, Cancellation, NewBooking
from services.reservations.errors import SlotClosed, SlotDrawn, SlotEnded, SlotFull, SlotUnknown
from services.reservations.groups.errors import ApplicationChanged, ApplicationDecided, TooFewPlaces
from services.reservations.groups.model import ENDED, Application, ApplicationStatus
from services.reservations.groups.ports import ApplicationStore
from services.reservations.groups.rules import (
    approved,
    decided_call,
    is_left_alone,
    reopened,
    request_of,
    reservation_of,
    taken_up,
)
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import EndReason, Reservation, ReservationStatus
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.told import booked_event, cancelled_event

HOLDER = "hld"
# Well within the time after which an approval counts as left alone.
WITHIN_S = 20.0


class Finishing:
    """Takes the places of approved groups, once for each."""

    def __init__(
        self,
        *,
        store: ApplicationStore,
        desk: ReservationDesk,
        reservations: ReservationStore,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._desk = desk
        self._reservations = reservations
        self._clock = clock
        self._ids = ids

    async def take_up(self, application: Application) -> Application | None:
        """Go on with an approval that was left alone; None when it was not, or somebody else is quicker."""
        now = self._clock.now()
        if not is_left_alone(application, now):
            return None
        mine = taken_up(application, holder=self._ids.new(HOLDER), at=now)
        return await self.finish(mine) if await self._store.claim(application, mine) else None

    async def finish(self, application: Application) -> Application:
        """Return the approved application, which whoever calls holds as `approving`.

        Raises TooFewPlaces, SlotClosed, SlotDrawn, SlotEnded or SlotUnknown, and then it is pending again; TooBusy or
        DatabaseUnavailable, and then somebody goes on with it later.
        """
        try:
            with deadline(WITHIN_S):
                reservation = await self._book(application)
        except SlotFull as refusal:
            await self._store.claim(application, reopened(application))
            raise TooFewPlaces(refusal.places_left) from None
        except (SlotClosed, SlotDrawn, SlotEnded, SlotUnknown):
            await self._store.claim(application, reopened(application))
            raise
        return await self._approve(application, reservation)

    async def ensure_without_places(self, application: Application) -> None:
        """Raise ApplicationDecided when a pending application has places after all, and let it be approved.

        So it is when somebody was so late with an approval that it had been given up already.
        """
        reservation = await self._find_booked(application)
        if reservation is not None and _has_places(reservation):
            await self._approve(application, reservation)
            raise ApplicationDecided

    async def _book(self, application: Application) -> Reservation:
        wanted = reservation_of(application, application.reservation_id or "")
        booking = NewBooking(
            reservation=wanted,
            request=request_of(application),
            event=booked_event(self._ids.new("evt"), wanted, wanted.created_at),
            way=BookingWay.STAFF,
            calls=(decided_call(application, wanted.id),),
        )
        try:
            return await self._desk.book(booking)
        except AlreadyAnswered:
            first = await self._find_booked(application)
            if first is None:
                raise TooBusy(retry_after_s=1) from None
            return first

    async def _find_booked(self, application: Application) -> Reservation | None:
        return await self._reservations.claim_first_answer(request_of(application), application.citizen_id)

    async def _approve(self, before: Application, reservation: Reservation) -> Application:
        """Say that the application has its places; where it has ended in the meantime, give them back."""
        after = approved(before, reservation_id=reservation.id, at=self._clock.now())
        if await self._store.claim(before, after):
            return after
        now = await self._store.find(before.id)
        if now is None or now.status in ENDED:
            await self._give_back(reservation)
            raise ApplicationDecided
        if now.status is ApplicationStatus.APPROVED:
            return now
        if now.status is ApplicationStatus.PENDING:
            return await self._approve(now, reservation)
        raise ApplicationChanged  # somebody else holds it, and will find the same reservation

    async def _give_back(self, reservation: Reservation) -> None:
        now = self._clock.now()
        event = cancelled_event(self._ids.new("evt"), reservation, now)
        await self._desk.cancel(
            Cancellation(reservation=reservation, cancelled_at=now, event=event, reason=EndReason.DECLINED)
        )


def _has_places(reservation: Reservation) -> bool:
    """Tell whether it is booked, or the venue has moved it; what became of it then is followed once it is approved."""
    return reservation.status is ReservationStatus.BOOKED or reservation.rescheduled_to is not None
