"""Booking a visit."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.model import IdempotentRequest
from services.common.protection import FieldCipher, KeyedDigest
from services.reservations.errors import SlotUnknown
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import (
    BookVisit,
    NewBooking,
    ProtectedVisitor,
    Reservation,
    ReservationStatus,
    Slot,
    Visitor,
)
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.rules import ensure_bookable, ensure_party, normal_number, write_identity
from services.sync.model import EventKind, OutboxEvent
from services.venues.directory import VenueDirectory

# A first answer may be given back, because nobody had heard of it, in the moment in which it is asked for again.
TRIES = 3


class Booking:
    """Turns a citizen's wish into a reservation, or into a named refusal."""

    def __init__(
        self,
        *,
        desk: ReservationDesk,
        reservations: ReservationStore,
        venues: VenueDirectory,
        cipher: FieldCipher,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._desk = desk
        self._reservations = reservations
        self._venues = venues
        self._cipher = cipher
        self._digest = digest
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
        venue = await self._venues.get(slot.venue_id)
        ensure_party(command.visitors, venue.max_party_size)
        ensure_bookable(slot, len(command.visitors), self._clock.now())
        reservation = await self._draft(command, slot)
        booking = NewBooking(reservation=reservation, request=command.request, event=self._event(reservation))
        return await self._book(booking)

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
        return None if first is None else replace(first, status=ReservationStatus.BOOKED, cancelled_at=None)

    async def _draft(self, command: BookVisit, slot: Slot) -> Reservation:
        phone = command.contact_phone
        return Reservation(
            id=self._ids.new("rsv"),
            citizen_id=command.citizen_id,
            venue_id=slot.venue_id,
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            party_size=len(command.visitors),
            status=ReservationStatus.BOOKED,
            created_at=self._clock.now(),
            cancelled_at=None,
            visitors=tuple([await self._protect(visitor) for visitor in command.visitors]),
            contact_phone=None if phone is None else await self._cipher.encrypt(phone),
        )

    async def _protect(self, visitor: Visitor) -> ProtectedVisitor:
        number = normal_number(visitor)
        return ProtectedVisitor(
            identity=await self._cipher.encrypt(write_identity(visitor.name, number)),
            id_type=visitor.id_type,
            document_digest=self._digest.of("document", visitor.id_type, number),
        )

    def _event(self, reservation: Reservation) -> OutboxEvent:
        return OutboxEvent(
            id=self._ids.new("evt"),
            kind=EventKind.RESERVATION_BOOKED,
            subject_id=reservation.id,
            occurred_at=reservation.created_at,
            payload={
                "venue_id": reservation.venue_id,
                "slot_id": reservation.slot_id,
                "party_size": reservation.party_size,
            },
        )
