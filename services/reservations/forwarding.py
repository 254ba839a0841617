"""Sending a change to the process that writes its slot, so that many processes do not collide on one ledger."""

import asyncio
from functools import partial

from services.common.deadlines import seconds_left
from services.common.errors import DatabaseUnavailable, Unavailable
from services.common.model import IdempotentRequest
from services.reservations.desk import PATIENCE_S, GroupCommitDesk
from services.reservations.model import Cancellation, Change, NewBooking, Reservation, Slot
from services.reservations.ports import Answer, Peers, PeerSilent

# By then a silent peer has made what it was asked for, or never will: it waits PATIENCE_S for its turn, and writes for
# BATCH_WITHIN_S at most.
SETTLED_AFTER_S = 20.0


class ForwardingDesk:
    """The desk as handlers see it: the change is made here, or by the process whose slot it is.

    A peer that is silent may have made the change or not, and may be about to. Making it here then is safe: a ledger
    recognises a reservation that it holds already. Who was not told of a booking that may have been made holds no
    place: it is given back at once, and once more when the peer cannot make it any later.
    """

    def __init__(self, *, here: GroupCommitDesk, peers: Peers) -> None:
        self._here = here
        self._peers = peers

    async def find_slot(self, slot_id: str) -> Slot | None:
        """Return the slot as it was known within the last second, if there is one."""
        return await self._here.find_slot(slot_id)

    def newest(self, slot: Slot) -> Slot:
        """Return the slot as this process knows it, if that is newer than `slot`."""
        return self._here.newest(slot)

    def has_answered(self, slot_id: str, request: IdempotentRequest) -> bool:
        """Tell whether a reservation in this slot is known to have answered the request."""
        return self._here.has_answered(slot_id, request)

    async def book(self, booking: NewBooking) -> Reservation:
        """Take the places and keep the reservation, its request and its event: all or nothing."""
        answer = await self._make(booking)
        assert isinstance(answer, Reservation)  # noqa: S101 -- a booking comes to a reservation or is refused
        return answer

    async def cancel(self, cancellation: Cancellation) -> bool:
        """Give the places back, close the gate to the reservation; False when it was cancelled before."""
        return bool(await self._make(cancellation))

    async def _make(self, change: Change) -> Answer:
        owner = self._peers.owner_of(change.reservation.slot_id)
        if owner is None:
            return await self._here.make(change)
        try:
            return await self._ask(owner, change)
        except PeerSilent:
            return await self._make_after_silence(change)

    async def _make_after_silence(self, change: Change) -> Answer:
        try:
            return await self._here.make(change)
        except (Unavailable, asyncio.CancelledError):
            self._give_back_for_sure(change)
            raise

    async def _ask(self, owner: str, change: Change) -> Answer:
        answer = self._peers.ask(owner, change)
        try:
            async with asyncio.timeout(seconds_left(PATIENCE_S)):
                return await asyncio.shield(answer)
        except TimeoutError:
            answer.add_done_callback(partial(self._give_back_unheard, change))
            raise DatabaseUnavailable(retry_after_s=1) from None
        except asyncio.CancelledError:
            answer.add_done_callback(partial(self._give_back_unheard, change))
            raise
        except DatabaseUnavailable:  # the owner does not know what became of it
            self._give_back_for_sure(change)
            raise

    def _give_back_unheard(self, change: Change, answer: asyncio.Future[Answer]) -> None:
        refusal = answer.exception()
        if refusal is None:
            self._here.give_back([change])
        elif isinstance(refusal, PeerSilent | DatabaseUnavailable):
            self._give_back_for_sure(change)

    def _give_back_for_sure(self, change: Change) -> None:
        self._here.give_back([change])
        asyncio.get_running_loop().call_later(SETTLED_AFTER_S, self._here.give_back, [change])
