"""Sending a change to the process that writes its slot, so that many processes do not collide on one ledger."""

import asyncio
from collections.abc import Sequence
from functools import partial

from services.common.deadlines import seconds_left
from services.common.errors import DatabaseUnavailable, Unavailable
from services.common.model import IdempotentRequest
from services.reservations.changes import (
    Cancellation,
    Change,
    Joining,
    Leaving,
    NewBooking,
    Offer,
    Reschedule,
    Shrinking,
    SlotChange,
    Taking,
    Waiting,
)
from services.reservations.desk import PATIENCE_S, GroupCommitDesk
from services.reservations.model import Reservation, Slot
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

    # What follows is rare, so it is made here: whoever loses the slot's version to its owner looks again.

    async def reschedule(self, move: Reschedule) -> Reservation | None:
        """Take the new place and give the old one back: both or neither; None when the old one was given up before."""
        answer = await self._here.make(move)
        return answer if isinstance(answer, Reservation) else None

    async def join(self, joining: Joining) -> Waiting:
        """Stand in the queue."""
        answer = await self._here.make(joining)
        assert isinstance(answer, Waiting)  # noqa: S101 -- joining comes to a place in the queue or is refused
        return answer

    async def leave(self, leaving: Leaving) -> bool:
        """Leave the queue; False for who does not stand in it."""
        return bool(await self._here.make(leaving))

    async def offer(self, offer: Offer) -> Reservation:
        """Hold places for a waiting party."""
        answer = await self._here.make(offer)
        assert isinstance(answer, Reservation)  # noqa: S101 -- an offer comes to a held reservation or is refused
        return answer

    async def take(self, taking: Taking) -> Reservation:
        """Make a booking of what is held."""
        answer = await self._here.make(taking)
        assert isinstance(answer, Reservation)  # noqa: S101 -- taking comes to a reservation or is refused
        return answer

    async def shrink(self, shrinking: Shrinking) -> bool:
        """Give back what a lease has not used; False when it is not what it was, or more have entered on it."""
        return bool(await self._here.make(shrinking))

    async def change_slot(self, change: SlotChange) -> Slot:
        """Change quota or state of a slot."""
        answer = await self._here.make(change)
        assert isinstance(answer, Slot)  # noqa: S101 -- a change comes to a slot or is refused
        return answer

    async def parties_in(self, slot_id: str) -> Sequence[str]:
        """Return the ids of the reservations with places in a slot, as it was known within the last second."""
        return await self._here.parties_in(slot_id)

    async def queue_of(self, slot_id: str) -> Sequence[Waiting]:
        """Return who waits for a slot, in the order of joining, as it was known within the last second."""
        return await self._here.queue_of(slot_id)

    async def _make(self, change: NewBooking | Cancellation) -> Answer:
        owner = self._peers.owner_of(change.reservation.slot_id)
        if owner is None:
            return await self._here.make(change)
        try:
            return await self._ask(owner, change)
        except PeerSilent:
            return await self._make_after_silence(change)

    async def _make_after_silence(self, change: NewBooking | Cancellation) -> Answer:
        try:
            return await self._here.make(change)
        except (Unavailable, asyncio.CancelledError):
            self._give_back_for_sure(change)
            raise

    async def _ask(self, owner: str, change: NewBooking | Cancellation) -> Answer:
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
