"""Moving a reservation to another slot of its venue, once: both places change hands in one write, or neither does."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.notifications.model import Fact, NoticeKind
from services.policies.directory import PolicyDirectory
from services.policies.rules import ensure_released, penalty_free_until
from services.reservations.changes import BookingWay, Cancellation, NewBooking, Reschedule
from services.reservations.errors import (
    CancelDeadlinePassed,
    GroupNotMovable,
    OtherVenue,
    RescheduledBefore,
    ReservationCancelled,
    ReservationUnknown,
    SameSlot,
    SlotUnknown,
)
from services.reservations.ledger import AlreadyAnswered
from services.reservations.limits import DayLimits
from services.reservations.model import EndReason, Reservation, ReservationStatus, Slot
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.quotas import flowed
from services.reservations.rules import ensure_cancellable, ensure_takeable
from services.reservations.told import booked_event, cancelled_event, notice_call
from services.venues.model import Channel


class Rescheduling:
    """The party keeps its old place until it has the new one. The new reservation has an id and a code of its own."""

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

    async def reschedule(
        self, reservation_id: str, citizen_id: str, slot_id: str, request: IdempotentRequest | None
    ) -> Reservation:
        """Return the reservation in the other slot; asked again for the same slot, it returns the same.

        Raises ReservationUnknown, ReservationCancelled, ReservationOver, VisitBegun, GroupNotMovable,
        RescheduledBefore, SameSlot, OtherVenue, CancelDeadlinePassed, or why the slot cannot be booked.
        """
        old = await self._get(reservation_id, citizen_id)
        moved = await self._find_moved(old, slot_id)
        if moved is not None:
            return moved
        slot = await self._desk.find_slot(slot_id)
        if slot is None:
            raise SlotUnknown
        await self._ensure_movable(old, slot)
        try:
            new = await self._desk.reschedule(await self._draft(old, slot, request))
        except AlreadyAnswered:
            new = None
        return new or await self._settled(reservation_id, citizen_id, slot_id)

    async def _settled(self, reservation_id: str, citizen_id: str, slot_id: str) -> Reservation:
        """Return what somebody else has made of it meanwhile: the same request, or it is cancelled."""
        moved = await self._find_moved(await self._get(reservation_id, citizen_id), slot_id)
        if moved is None:
            raise ReservationCancelled
        return moved

    async def _get(self, reservation_id: str, citizen_id: str) -> Reservation:
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return reservation

    async def _find_moved(self, old: Reservation, slot_id: str) -> Reservation | None:
        if old.rescheduled_to is None:
            return None
        new = await self._reservations.find(old.rescheduled_to, old.citizen_id)
        return new if new is not None and new.slot_id == slot_id else None

    async def _ensure_movable(self, old: Reservation, slot: Slot) -> None:
        now = self._clock.now()
        if old.status is not ReservationStatus.BOOKED:
            raise ReservationCancelled
        if old.channel is Channel.GROUP:
            raise GroupNotMovable
        ensure_cancellable(old, now)
        if old.rescheduled_from is not None:
            raise RescheduledBefore
        if slot.id == old.slot_id:
            raise SameSlot
        if slot.venue_id != old.venue_id:
            raise OtherVenue
        policy = await self._policies.get(old.venue_id)
        if now >= penalty_free_until(policy, old.starts_at):
            raise CancelDeadlinePassed
        ensure_released(policy, slot.starts_at, now)
        ensure_takeable(flowed(slot, now), old, BookingWay.PUBLIC, now)

    async def _draft(self, old: Reservation, slot: Slot, request: IdempotentRequest | None) -> Reschedule:
        policy, now = await self._policies.get(old.venue_id), self._clock.now()
        wanted = replace(
            old,
            id=self._ids.new("rsv"),
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            last_entry_at=slot.last_entry_at,
            created_at=now,
            rescheduled_from=old.id,
            number=None,
        )
        new, limits = self._limits.counted(wanted, policy)
        return Reschedule(
            old=Cancellation(
                reservation=old,
                cancelled_at=now,
                event=cancelled_event(self._ids.new("evt"), old, now),
                reason=EndReason.RESCHEDULED,
                moved_to=new.id,
            ),
            new=NewBooking(
                reservation=new,
                request=request,
                event=booked_event(self._ids.new("evt"), new, now),
                way=BookingWay.PUBLIC,
                day_limits=limits,
                calls=(notice_call(NoticeKind.BOOKING_CHANGED, new, **{Fact.ROUND: old.id}),),
            ),
        )
