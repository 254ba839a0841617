"""Booking a visit."""

from dataclasses import replace

from services.common.clock import Clock, IdSource
from services.common.errors import TooBusy
from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.protection import FieldCipher, KeyedDigest
from services.common.turns import Turns
from services.reservations.errors import ReservationUnknown, SlotUnknown
from services.reservations.model import (
    BookVisit,
    ProtectedVisitor,
    Reservation,
    ReservationStatus,
    Slot,
    Visitor,
)
from services.reservations.ports import AlreadyAnswered, ReservationStore, SlotStore
from services.reservations.rules import ensure_bookable, ensure_party, normal_number
from services.sync.model import EventKind, OutboxEvent
from services.venues.directory import VenueDirectory


class Booking:
    """Turns a citizen's wish into a reservation, or into a named refusal."""

    def __init__(
        self,
        *,
        slots: SlotStore,
        reservations: ReservationStore,
        venues: VenueDirectory,
        cipher: FieldCipher,
        digest: KeyedDigest,
        turns: Turns,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._slots = slots
        self._reservations = reservations
        self._venues = venues
        self._cipher = cipher
        self._digest = digest
        self._turns = turns
        self._clock = clock
        self._ids = ids

    async def book_visit(self, command: BookVisit) -> Reservation:
        """Return the new reservation, or the first answer to a repeated request."""
        # Before the answers: a slot that our own twin has just filled is then never seen without its answer.
        slot = await self._slots.find(command.slot_id)
        if command.request is not None:
            first = await self._find_first_answer(command.request, command.citizen_id)
            if first is not None:
                return first
        if slot is None:
            raise SlotUnknown
        venue = await self._venues.get(slot.venue_id)
        ensure_party(command.visitors, venue.max_party_size)
        ensure_bookable(slot, len(command.visitors), self._clock.now())
        reservation = await self._draft(command, slot)
        async with self._turns.turn(slot.id):
            return await self._keep(reservation, command)

    async def _keep(self, reservation: Reservation, command: BookVisit) -> Reservation:
        try:
            await self._reservations.add(reservation, command.request, self._event(reservation))
        except AlreadyAnswered:
            if command.request is None:
                raise
            first = await self._find_first_answer(command.request, command.citizen_id)
            if first is None:  # answered, and forgotten at the same moment
                raise TooBusy(retry_after_s=1) from None
            return first
        return reservation

    async def _find_first_answer(self, request: IdempotentRequest, citizen_id: str) -> Reservation | None:
        kept = await self._reservations.find_first_answer(request)
        if kept is None:
            return None
        reservation_id, fingerprint = kept
        ensure_same_content(request, fingerprint)
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        return replace(reservation, status=ReservationStatus.BOOKED, cancelled_at=None)

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
            name=await self._cipher.encrypt(visitor.name),
            id_type=visitor.id_type,
            id_number=await self._cipher.encrypt(number),
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
