"""Promoting: places that are free go to the next in the queue that fits, for some time; then to the one after."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.common.clock import Clock
from services.common.errors import DomainError, Unavailable
from services.notifications.model import Fact, NoticeKind
from services.policies.directory import PolicyDirectory
from services.reservations.changes import Cancellation, Leaving, Offer, Waiting
from services.reservations.errors import VisitorAlreadyBooked
from services.reservations.model import EndReason, Reservation, ReservationStatus, Slot
from services.reservations.ports import ReservationDesk
from services.reservations.told import notice_call
from services.reservations.waitlist.ports import Neighbourhood, WaitlistStore
from services.reservations.waitlist.rules import free_for_queue, is_hopeless, next_offers, offer_ends_at

LOOK_EVERY_S = 1.0
# In looks: how often a process looks after what is another's to do, lest that one is there and does not work; and after
# slots that are over, whose queues nobody hurries to end.
LOOK_EVERYWHERE_EVERY = 10
LOOK_AFTER_ENDED_EVERY = 60
MOST_AT_ONCE = 100


@dataclass(kw_only=True)
class WaitlistPromoting:
    """Works in every server process. Each looks after the slots that it writes, so that they do not collide.

    That is a matter of speed alone: what is offered to whom is decided on the ledger of the slot, where everybody who
    decides meets, and an offer is written with its notice or not at all. So two at once offer nothing twice, and who is
    killed leaves places free, or held until they lapse: both are found again by whoever looks next.
    """

    desk: ReservationDesk
    waitlist: WaitlistStore
    policies: PolicyDirectory
    neighbourhood: Neighbourhood
    clock: Clock
    tell: Callable[[Exception], None]
    look_every_s: float = LOOK_EVERY_S
    _looks: int = field(default=0, init=False)

    async def run(self) -> None:
        """Work until cancelled."""
        task = asyncio.current_task()
        # A cancellation that meets an answer of the database may get lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            await self._work()
            await asyncio.sleep(self.look_every_s)

    async def _work(self) -> None:
        self._looks += 1
        try:
            await (self.look_everywhere() if self._looks % LOOK_EVERYWHERE_EVERY == 0 else self.look())
            if self._looks % LOOK_AFTER_ENDED_EVERY == 1:
                await self.end_hopeless()
        except Unavailable:
            pass  # what lapsed is over, and what is free can be offered, at the next look as well
        except Exception as error:  # a defect of today's must not end tomorrow's waiting
            self.tell(error)

    async def look(self) -> None:
        """Pass on what has lapsed, and offer what is free, in the slots of this process."""
        await self._look(lambda slot_id: self.neighbourhood.owner_of(slot_id) is None)

    async def look_everywhere(self) -> None:
        """Do so in all slots, whosever they are."""
        await self._look(lambda _: True)

    async def _look(self, concerns_us: Callable[[str], bool]) -> None:
        while await self._end_lapsed(concerns_us):
            pass
        slots = await self.waitlist.slots_with_places()
        await self._together(self._offer(slot) for slot in slots if concerns_us(slot.id))

    async def _together(self, works: Iterable[Awaitable[bool]]) -> int:
        """Return how many of these came to something. A defect of one slot must not keep the others waiting."""
        came = await asyncio.gather(*works, return_exceptions=True)
        for one in came:
            if isinstance(one, Exception) and not isinstance(one, Unavailable):
                self.tell(one)
            elif isinstance(one, BaseException):
                raise one
        return sum(one is True for one in came)

    async def _end_lapsed(self, concerns_us: Callable[[str], bool]) -> int:
        """End some offers whose time is over; return how many."""
        now = self.clock.now()
        lapsed = [one for one in await self.waitlist.lapsed_offers(now) if concerns_us(one.slot_id)]
        ends = (Cancellation(reservation=one, cancelled_at=now, event=None, reason=EndReason.LAPSED) for one in lapsed)
        return await self._together(self.desk.cancel(one) for one in ends)

    async def _offer(self, slot: Slot) -> bool:
        """Offer what is free in a slot, until nobody fits any more; tell whether anything was."""
        offered = False
        while await self._offer_some(slot.id):
            offered = True
        return offered

    async def _offer_some(self, slot_id: str) -> bool:
        """Offer what is free to some; return whether there may be more to do."""
        slot = await self.desk.find_slot(slot_id)
        free = 0 if slot is None else free_for_queue(slot, self.clock.now())
        if slot is None or free == 0:
            return False
        chosen = next_offers(await self.desk.queue_of(slot_id), free)[:MOST_AT_ONCE]
        parties = await self._parties(chosen)
        if len(parties) != len(chosen):
            return False  # what this process knows of the queue is old
        made = [await self._draft(slot, one) for one in parties]
        # One after the other in one write: each is decided on top of the one before.
        came = await asyncio.gather(*(self.desk.offer(one) for one in made), return_exceptions=True)
        return await self._look_at(made, came)

    async def _parties(self, chosen: Sequence[Waiting]) -> Sequence[Reservation]:
        """Return the reservations of those chosen, in their order."""
        found = {one.id: one for one in await self.waitlist.waiting_among([one.id for one in chosen])}
        return [found[one.id] for one in chosen if one.id in found]

    async def _draft(self, slot: Slot, waiting: Reservation) -> Offer:
        policy = await self.policies.get(slot.venue_id)
        until = offer_ends_at(slot, policy.offer_minutes, self.clock.now())
        held = replace(waiting, status=ReservationStatus.HELD, held_until=until)
        facts = {Fact.RESPOND_BY: until.isoformat(), Fact.RESERVATION_ID: held.id}
        call = notice_call(NoticeKind.WAITLIST_OFFER, held, **facts)
        return Offer(reservation=held, calls=(replace(call, expires_at=until),))

    async def _look_at(self, offers: Sequence[Offer], came: Sequence[object]) -> bool:
        """Return whether to go on at once: after all went well, or after somebody who was in the way has left."""
        refusals = [one for one in came if isinstance(one, BaseException)]
        for refusal in refusals:
            if not isinstance(refusal, DomainError) or isinstance(refusal, Unavailable):
                raise refusal
        has_places = [
            offer.reservation for offer, one in zip(offers, came, strict=True) if isinstance(one, VisitorAlreadyBooked)
        ]
        # Staff booked one of them meanwhile. Nobody behind them would ever be next.
        left = await self._leave(has_places)
        return bool(offers) and (not refusals or left > 0)

    async def end_hopeless(self) -> None:
        """Have those leave who wait for slots that are over, or withdrawn."""
        now = self.clock.now()
        for slot in await self.waitlist.slots_waited_for():
            if is_hopeless(slot, now):
                while await self._leave(await self._parties(await self._some_waiting(slot.id))):
                    pass

    async def _some_waiting(self, slot_id: str) -> Sequence[Waiting]:
        return (await self.desk.queue_of(slot_id))[:MOST_AT_ONCE]

    async def _leave(self, parties: Sequence[Reservation]) -> int:
        """Have these leave on behalf of the venue; return how many did."""
        now = self.clock.now()
        leaving = (Leaving(reservation=one, left_at=now, reason=EndReason.VENUE) for one in parties)
        return await self._together(self.desk.leave(one) for one in leaving)
