"""Booking at the window, for people without a phone."""

from dataclasses import replace
from datetime import timedelta

from services.common.clock import Clock, IdSource, city_day
from services.common.errors import TooBusy
from services.identity.model import Actor
from services.identity.rules import may_see
from services.policies.model import VisitPolicy
from services.reservations.changes import BookingWay, NewBooking
from services.reservations.drafting import Drafting, Wish
from services.reservations.errors import SlotFull, SlotUnknown
from services.reservations.ledger import AlreadyAnswered
from services.reservations.limits import DayLimits
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.quotas import flowed, left_for
from services.reservations.told import booked_event
from services.reservations.window.model import BookAtWindow, window_of
from services.reservations.window.ports import WindowStore
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Channel

# As long as visitors' identities are kept after a visit.
KEEP_NOTES = timedelta(days=30)
# A first answer may be given back, because nobody had heard of it, in the moment in which it is asked for again.
TRIES = 3


class WindowBooking:
    """Takes the places that are set aside for the window; when there are none, what anybody can have."""

    def __init__(
        self,
        *,
        store: WindowStore,
        desk: ReservationDesk,
        reservations: ReservationStore,
        drafting: Drafting,
        limits: DayLimits,
        venues: VenueDirectory,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._desk = desk
        self._reservations = reservations
        self._drafting = drafting
        self._limits = limits
        self._venues = venues
        self._clock = clock
        self._ids = ids

    async def book(self, actor: Actor, command: BookAtWindow) -> Reservation:
        """Return the new reservation, or the first answer to a repeated request, as it was then.

        The hour of release does not bind the window: whoever stands there has nowhere else to go. Raises VenueUnknown,
        SlotUnknown, SlotFull, SlotClosed, SlotDrawn, SlotEnded, PartyRefused, MinorsUnaccompanied, DayLimitReached or
        VisitorAlreadyBooked.
        """
        if not may_see(actor, (await self._venues.get(command.venue_id)).owner):
            raise VenueUnknown
        slot = await self._desk.find_slot(command.slot_id)
        if slot is None or slot.venue_id != command.venue_id:
            raise SlotUnknown
        policy = await self._drafting.ensure_party(slot, command.visitors)
        booking = await self._draft(command, slot, policy)
        reservation = booking.reservation
        kept_until = reservation.ends_at + KEEP_NOTES
        await self._store.note(reservation, city_day(reservation.starts_at), kept_until)
        for _ in range(TRIES):
            try:
                return await self._take(booking, slot)
            except AlreadyAnswered:
                if booking.request is None:
                    raise
                first = await self._reservations.claim_first_answer(booking.request, reservation.citizen_id)
                if first is not None:
                    return replace(first, status=ReservationStatus.BOOKED, cancelled_at=None, end_reason=None)
        raise TooBusy(retry_after_s=1)

    async def _draft(self, command: BookAtWindow, slot: Slot, policy: VisitPolicy) -> NewBooking:
        wish = Wish(
            citizen_id=window_of(command.venue_id),
            visitors=command.visitors,
            contact_phone=command.contact_phone,
            channel=Channel.ASSISTED,
        )
        reservation, limits = self._limits.counted(await self._drafting.reservation(slot, wish), policy)
        return NewBooking(
            reservation=reservation,
            request=command.request,
            event=booked_event(self._ids.new("evt"), reservation, reservation.created_at),
            way=BookingWay.STAFF,
            day_limits=limits,
        )

    async def _take(self, booking: NewBooking, slot: Slot) -> Reservation:
        """Book places that are set aside, else those of individuals; the same reservation, since the first was refused.

        The latter as the public does: where anybody waits, they go first.
        """
        present = flowed(self._desk.newest(slot), self._clock.now())
        if left_for(present, Channel.ASSISTED):
            try:
                return await self._desk.book(booking)
            except SlotFull:
                pass
        individual = replace(booking.reservation, channel=Channel.INDIVIDUAL)
        return await self._desk.book(replace(booking, reservation=individual, way=BookingWay.PUBLIC))
