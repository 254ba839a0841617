"""Leasing: a gate takes places that are set aside for walk-ins, as a booking does, so that nobody else has them."""

from dataclasses import dataclass
from datetime import timedelta

from services.common.clock import Clock, IdSource, city_day
from services.common.errors import TooBusy
from services.identity.model import Actor
from services.reservations.changes import BookingWay, NewBooking
from services.reservations.leases.model import Lease, LeaseNote, LeasePlaces, walk_ins_of
from services.reservations.leases.ports import LeaseStore
from services.reservations.leases.rules import ensure_leasable
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.ports import ReservationDesk, ReservationStore
from services.venues.directory import VenueDirectory
from services.venues.model import Channel

# As long as the reservations' own traces in ledgers.
KEEP_NOTES = timedelta(days=30)
# A first answer may be given back in the moment in which it is asked for again.
TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Leasing:
    """Takes places for walk-ins and no others: who wants more than are left gets none, and hears how many there are."""

    store: LeaseStore
    desk: ReservationDesk
    reservations: ReservationStore
    venues: VenueDirectory
    clock: Clock
    ids: IdSource

    async def lease(self, actor: Actor, command: LeasePlaces) -> Lease:
        """Return the new lease, or what the first answer to a repeated request is by now.

        Raises GateUnknown, GateNotEntrance, SlotUnknown, SlotFull, SlotClosed, SlotDrawn, SlotEnded, TooBusy.
        """
        venue, gate = await self.venues.get_gate_for(actor, command.gate_id)
        slot = ensure_leasable(await self.desk.find_slot(command.slot_id), venue.id, gate)
        reservation = self._draft(slot, command.places)
        note = LeaseNote(
            id=reservation.id, venue_id=venue.id, gate_id=gate.id, holder_id=actor.id, leased=command.places
        )
        forget_at = reservation.ends_at + KEEP_NOTES
        await self.store.note(note, city_day(reservation.starts_at), reservation.created_at, forget_at)
        booking = NewBooking(reservation=reservation, request=command.request, event=None, way=BookingWay.STAFF)
        for _ in range(TRIES):
            try:
                return Lease(note=note, reservation=await self.desk.book(booking), used=0)
            except AlreadyAnswered:
                if (first := await self._first(booking)) is not None:
                    return first
        raise TooBusy(retry_after_s=1)

    async def _first(self, booking: NewBooking) -> Lease | None:
        assert booking.request is not None  # noqa: S101 -- without one, nothing is answered already
        first = await self.reservations.claim_first_answer(booking.request, booking.reservation.citizen_id)
        return None if first is None else await self.store.find(first.id)

    def _draft(self, slot: Slot, places: int) -> Reservation:
        return Reservation(
            id=self.ids.new("rsv"),
            citizen_id=walk_ins_of(slot.venue_id),
            venue_id=slot.venue_id,
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            last_entry_at=slot.last_entry_at,
            party_size=places,
            status=ReservationStatus.BOOKED,
            created_at=self.clock.now(),
            cancelled_at=None,
            visitors=(),
            contact_phone=None,
            channel=Channel.WALK_IN,
        )
