"""Winners: what was drawn for them becomes bookings, or is forfeited where it cannot be booked any more."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.errors import DomainError, Unavailable
from services.notifications.model import YES, Fact, NoticeCall, NoticeKind
from services.policies.directory import PolicyDirectory
from services.reservations.changes import BookingWay, NewBooking
from services.reservations.limits import DayLimits
from services.reservations.model import Reservation, Slot
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.releases.model import Drawn, DrawRequest, RequestState
from services.reservations.releases.rules import reservation_id, reservation_of
from services.reservations.told import booked_event, notice_call


class Winning:
    """Books through the desk, as anybody does: no place is given twice, and the limits of a day count it."""

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

    async def book(
        self, winners: Sequence[tuple[DrawRequest, str]], slots: Mapping[str, Slot], drawn: Drawn
    ) -> list[DrawRequest]:
        """Return the winners with what became of them; raises Unavailable when that is not known of one of them."""
        bookings = [await self._find_booking(request, slots[slot_id], drawn) for request, slot_id in winners]
        # In the order of the draw: it counts where staff have taken places away since the pool was fixed.
        outcomes = await asyncio.gather(*(self._make(one) for one in bookings), return_exceptions=True)
        return [
            _became(request, slot_id, drawn, outcome)
            for (request, slot_id), outcome in zip(winners, outcomes, strict=True)
        ]

    async def _find_booking(self, request: DrawRequest, slot: Slot, drawn: Drawn) -> NewBooking | None:
        """Return what is to be booked; None for what was booked before, though it may be cancelled by now."""
        made = await self._reservations.find(reservation_id(request, drawn.drawn_at), request.citizen_id)
        return None if made is not None else await self._booking(request, slot, drawn)

    async def _make(self, booking: NewBooking | None) -> None:
        if booking is not None:
            await self._desk.book(booking)

    async def _booking(self, request: DrawRequest, slot: Slot, drawn: Drawn) -> NewBooking:
        policy = await self._policies.get(slot.venue_id)
        reservation, limits = self._limits.counted(reservation_of(request, slot, drawn.drawn_at), policy)
        return NewBooking(
            reservation=reservation,
            request=None,
            event=booked_event(self._ids.new("evt"), reservation, self._clock.now()),
            way=BookingWay.DRAW,
            day_limits=limits,
            calls=(_drawn(request, reservation), notice_call(NoticeKind.BOOKING_CONFIRMED, reservation)),
        )


def _drawn(request: DrawRequest, reservation: Reservation) -> NoticeCall:
    facts = {Fact.OUTCOME: YES, Fact.RESERVATION_ID: reservation.id}
    return replace(notice_call(NoticeKind.DRAW_RESULT, reservation, **facts), subject_id=request.id)


def _became(request: DrawRequest, slot_id: str, drawn: Drawn, outcome: BaseException | None) -> DrawRequest:
    if outcome is None:
        its_id = reservation_id(request, drawn.drawn_at)
        return replace(request, state=RequestState.WON, slot_id=slot_id, reservation_id=its_id)
    if isinstance(outcome, DomainError) and not isinstance(outcome, Unavailable):
        return replace(request, state=RequestState.FORFEITED, slot_id=slot_id, refusal=outcome.code)
    raise outcome
