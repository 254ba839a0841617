"""Booking a visit."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.model import IdempotentRequest
from services.notifications.model import NoticeKind
from services.policies.model import VisitPolicy
from services.reservations.changes import NewBooking
from services.reservations.drafting import Drafting, Wish
from services.reservations.errors import SlotUnknown
from services.reservations.ledger import AlreadyAnswered
from services.reservations.limits import DayLimits
from services.reservations.model import BookVisit, Reservation, ReservationStatus, Slot
from services.reservations.ports import BookingDesk, Pauses, ReservationStore
from services.reservations.rules import ensure_bookable
from services.reservations.told import booked_event, notice_call

# A first answer may be given back, because nobody had heard of it, in the moment in which it is asked for again.
TRIES = 3


class Booking:
    """Turns a citizen's wish into a reservation, or into a named refusal."""

    def __init__(
        self,
        *,
        desk: BookingDesk,
        reservations: ReservationStore,
        drafting: Drafting,
        limits: DayLimits,
        pauses: Pauses,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._desk = desk
        self._reservations = reservations
        self._drafting = drafting
        self._limits = limits
        self._pauses = pauses
        self._clock = clock
        self._ids = ids

    async def book_visit(self, command: BookVisit) -> Reservation:
        """Return the new reservation, or the first answer to a repeated request."""
        slot = await self._desk.find_slot(command.slot_id)
        if slot is None:
            raise SlotUnknown
        if command.request is not None and self._desk.has_answered(slot.id, command.request):
            first = await self._first_answer(command.request, command.citizen_id)
            if first is not None:
                return first
        policy = await self._drafting.ensure_welcome(slot, command.visitors)
        ensure_bookable(slot, len(command.visitors), self._clock.now())
        await self._pauses.ensure_welcome(command.citizen_id, policy)
        return await self._book(await self._draft(command, slot, policy))

    async def _draft(self, command: BookVisit, slot: Slot, policy: VisitPolicy) -> NewBooking:
        wish = Wish(citizen_id=command.citizen_id, visitors=command.visitors, contact_phone=command.contact_phone)
        reservation, limits = self._limits.counted(await self._drafting.reservation(slot, wish), policy)
        return NewBooking(
            reservation=reservation,
            request=command.request,
            event=booked_event(self._ids.new("evt"), reservation, reservation.created_at),
            day_limits=limits,
            calls=(notice_call(NoticeKind.BOOKING_CONFIRMED, reservation),),
        )

    async def _book(self, booking: NewBooking) -> Reservation:
        for _ in range(TRIES):
            try:
                return await self._desk.book(booking)
            except AlreadyAnswered:
                if booking.request is None:
                    raise
                first = await self._first_answer(booking.request, booking.reservation.citizen_id)
                if first is not None:
                    return first
        raise TooBusy(retry_after_s=1)

    async def _first_answer(self, request: IdempotentRequest, citizen_id: str) -> Reservation | None:
        """Return what the request was answered with, if that was not given back because nobody had heard of it."""
        first = await self._reservations.claim_first_answer(request, citizen_id)
        if first is None or first.status is ReservationStatus.WAITING:
            return first
        return replace(first, status=ReservationStatus.BOOKED, cancelled_at=None, end_reason=None)
