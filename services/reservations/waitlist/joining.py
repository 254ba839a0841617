"""Joining the waitlist of a slot that is full."""

from dataclasses import replace

from services.common.clock import Clock
from services.common.errors import TooBusy
from services.common.model import IdempotentRequest
from services.reservations.changes import Joining
from services.reservations.drafting import Drafting, Wish
from services.reservations.errors import SlotUnknown
from services.reservations.ledger import AlreadyAnswered
from services.reservations.model import BookVisit, Reservation, ReservationStatus
from services.reservations.ports import Pauses, ReservationDesk, ReservationStore
from services.reservations.rules import ensure_joinable
from services.reservations.waitlist.model import WaitlistPlace
from services.reservations.waitlist.reading import WaitlistReading


class WaitlistJoining:
    """Gives a party the next number in a slot's queue, and the receipt that keeps its place."""

    def __init__(
        self,
        *,
        desk: ReservationDesk,
        reservations: ReservationStore,
        drafting: Drafting,
        pauses: Pauses,
        reading: WaitlistReading,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._reservations = reservations
        self._drafting = drafting
        self._pauses = pauses
        self._reading = reading
        self._clock = clock

    async def join(self, command: BookVisit) -> WaitlistPlace:
        """Return the party's place, or the first answer to a repeated request.

        Raises what booking raises of the party and the slot, PlacesFree, AlreadyWaiting, and SlotFull for a party that
        is larger than the slot.
        """
        slot = await self._desk.find_slot(command.slot_id)
        if slot is None:
            raise SlotUnknown
        if command.request is not None and self._desk.has_answered(slot.id, command.request):
            return await self._first_answer(command.request, command.citizen_id)
        policy = await self._drafting.ensure_welcome(slot, command.visitors)
        ensure_joinable(slot, len(command.visitors), self._clock.now())
        await self._pauses.ensure_welcome(command.citizen_id, policy)
        wish = Wish(
            citizen_id=command.citizen_id,
            visitors=command.visitors,
            contact_phone=command.contact_phone,
            status=ReservationStatus.WAITING,
        )
        joining = Joining(reservation=await self._drafting.reservation(slot, wish), request=command.request)
        try:
            waiting = await self._desk.join(joining)
        except AlreadyAnswered:
            if command.request is None:
                raise
            return await self._first_answer(command.request, command.citizen_id)
        # It was written after the slot was seen, so the log need not be read from its beginning.
        return await self._reading.place(replace(joining.reservation, number=waiting.number), since=slot.version + 1)

    async def _first_answer(self, request: IdempotentRequest, citizen_id: str) -> WaitlistPlace:
        first = await self._reservations.claim_first_answer(request, citizen_id)
        if first is None:  # answered by a write that this process knows of, and its database does not show yet
            raise TooBusy(retry_after_s=1)
        return await self._reading.place(_as_it_joined(first), since=1)


def _as_it_joined(reservation: Reservation) -> Reservation:
    return replace(
        reservation,
        status=ReservationStatus.WAITING,
        held_until=None,
        cancelled_at=None,
        end_reason=None,
        day_counts=(),
    )
