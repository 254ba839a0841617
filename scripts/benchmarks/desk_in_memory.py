"""The ceiling of booking: the same handler, deciding by the same rules, with nothing written anywhere."""

import asyncio
from dataclasses import replace

from services.common.idempotency import ensure_same_content
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.reservations.changes import Cancellation, NewBooking
from services.reservations.documents import read_slot
from services.reservations.errors import SlotUnknown, VisitorAlreadyBooked
from services.reservations.model import Reservation, Slot
from services.reservations.mongo.plans import SLOTS
from services.reservations.rules import ensure_bookable


class DeskInMemory:
    """Reads each slot once; everything else lives and dies with the process."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(SLOTS)
        self._readings: dict[str, asyncio.Future[None]] = {}
        self._slots: dict[str, Slot] = {}
        self._people: set[tuple[str, str]] = set()
        self._answers: dict[str, NewBooking] = {}

    async def find_slot(self, slot_id: str) -> Slot | None:
        """Return the slot, if there is one."""
        if slot_id not in self._slots:
            # A crowd that comes at once waits for one answer, together.
            if slot_id not in self._readings:
                self._readings[slot_id] = asyncio.ensure_future(self._read(slot_id))
            await self._readings[slot_id]
        return self._slots.get(slot_id)

    async def _read(self, slot_id: str) -> None:
        document = await self._collection.find_one({"_id": slot_id})
        if document is not None:
            self._slots[slot_id] = read_slot(document)

    def newest(self, slot: Slot) -> Slot:
        """Return the slot as it is after what was booked here."""
        return self._slots.get(slot.id, slot)

    def has_answered(self, slot_id: str, request: IdempotentRequest) -> bool:  # noqa: ARG002 -- the port's signature
        """Leave repeated requests to `book`."""
        return False

    async def book(self, booking: NewBooking) -> Reservation:
        """Take the places."""
        reservation, request = booking.reservation, booking.request
        if request is not None and request.id in self._answers:
            first = self._answers[request.id]
            if first.request is not None:
                ensure_same_content(request, first.request.fingerprint)
            return first.reservation
        slot = self._slots.get(reservation.slot_id)
        if slot is None:
            raise SlotUnknown
        ensure_bookable(slot, reservation.party_size, reservation.created_at)
        people = [(slot.id, visitor.document_digest) for visitor in reservation.visitors]
        for index, person in enumerate(people):
            if person in self._people:
                raise VisitorAlreadyBooked(index)
        self._people.update(people)
        self._slots[slot.id] = replace(slot, places_left=slot.places_left - reservation.party_size)
        if request is not None:
            self._answers[request.id] = booking
        return reservation

    async def cancel(self, cancellation: Cancellation) -> bool:  # noqa: ARG002 -- the port's signature
        """Cancel nothing: no measurement does."""
        return False
