"""The desk: bookings and cancellations that arrive while a write is under way are decided and written together."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from functools import partial

from services.common.batches import Batches
from services.common.clock import Clock, IdSource
from services.common.deadlines import deadline, seconds_left
from services.common.errors import DatabaseUnavailable, TooBusy
from services.common.model import IdempotentRequest
from services.reservations.changes import BookingWay, Change, GiveBack, NewBooking, Waiting
from services.reservations.draft import decide
from services.reservations.errors import SlotUnknown
from services.reservations.ledger import Outcome
from services.reservations.ledgers import Ledgers
from services.reservations.model import Slot
from services.reservations.objecting import objection
from services.reservations.ports import Answer, LedgerMoved, LedgerStore, Objected, OutcomeUnknown, Peers
from services.sync.model import EventKind, OutboxEvent

LARGEST_BATCH = 100
LONGEST_QUEUE = 5000
PATIENCE_S = 5.0
BATCH_WITHIN_S = 8.0
# How long to leave a slot to the process that is writing it: not less than a write takes, and never in step.
PAUSE_MS = 20
TRIES_TOGETHER = 2
GIVE_BACK_AGAIN_S = 1.0

Pending = Mapping[int, Change]


class GroupCommitDesk:
    """Takes and gives back places, many at a time.

    The slot's version is the guard: a write names the version that it was decided on and fails when that is not the
    present one any more. So what was decided in memory is true, or is not written.
    """

    def __init__(self, *, store: LedgerStore, peers: Peers, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._peers = peers
        self._clock = clock
        self._ids = ids
        self._ledgers = Ledgers(store=store, clock=clock)
        self._batches = Batches[Change, Answer](
            self._write,
            largest=LARGEST_BATCH,
            longest=LONGEST_QUEUE,
            patience_s=PATIENCE_S,
            abandoned=self.give_back,
        )
        peers.serve(self.make_all)
        peers.watch(self._ledgers.doubt)

    async def find_slot(self, slot_id: str) -> Slot | None:
        """Return the slot as it was known within the last second, if there is one."""
        ledger = await self._ledgers.find(slot_id)
        return None if ledger is None else ledger.slot

    async def parties_in(self, slot_id: str) -> Sequence[str]:
        """Return the ids of the reservations with places in a slot, as it was known within the last second."""
        ledger = await self._ledgers.find(slot_id)
        return () if ledger is None else tuple(ledger.holdings)

    async def queue_of(self, slot_id: str) -> Sequence[Waiting]:
        """Return who waits for a slot, in the order of joining, as it was known within the last second."""
        ledger = await self._ledgers.find(slot_id)
        return () if ledger is None else tuple(ledger.queue.values())

    def newest(self, slot: Slot) -> Slot:
        """Return the slot as this process knows it, if that is newer than `slot`."""
        ledger = self._ledgers.find_last(slot.id)
        return slot if ledger is None or ledger.slot.version <= slot.version else ledger.slot

    def has_answered(self, slot_id: str, request: IdempotentRequest) -> bool:
        """Tell whether a reservation in this slot is known to have answered the request."""
        ledger = self._ledgers.find_last(slot_id)
        return ledger is not None and request.id in ledger.answers

    async def make(self, change: Change) -> Answer:
        """Make the change, or raise why not."""
        return await self._batches.submit(change)

    async def make_all(self, changes: Sequence[Change]) -> Sequence[Answer | Exception]:
        """Return what each change comes to, in order."""
        return await self._batches.submit_all(changes)

    async def _write(self, changes: Sequence[Change]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        pending = dict(enumerate(changes))
        failure = DatabaseUnavailable(retry_after_s=1)
        with deadline(BATCH_WITHIN_S):
            try:
                await self._settle(pending, outcomes)
            except DatabaseUnavailable as error:
                failure = error
            except OutcomeUnknown:
                # Whoever hears of the failure may repeat the request; who does not shall hold no place.
                self.give_back([one for index, one in pending.items() if index not in outcomes])
        return [outcomes.get(index, failure) for index in pending]

    async def _settle(self, changes: Pending, outcomes: dict[int, Outcome]) -> None:
        """Find the outcome of every change; together while that goes well, else in halves.

        Raises DatabaseUnavailable or OutcomeUnknown when time runs out; what has an outcome by then keeps it.
        """
        pending, objections, unsettled = dict(changes), 0, False
        while pending:
            try:
                return await self._attempt(pending, outcomes)
            except LedgerMoved:
                await self._look_again(pending)
            except OutcomeUnknown:
                unsettled = True
                await self._look_again(pending)
            except DatabaseUnavailable:
                await self._insist(pending, unsettled=unsettled)
            except Objected:
                objections += 1
                if not await self._drop_objected(pending, outcomes) and objections >= TRIES_TOGETHER:
                    return await self._settle_in_halves(pending, outcomes)
        return None

    async def _attempt(self, pending: Pending, outcomes: dict[int, Outcome]) -> None:
        ledgers = await self._ledgers.find_known(_slots_of(pending))
        known = {index: change for index, change in pending.items() if ledgers.keys() >= set(change.slot_ids)}
        now = self._clock.now()
        decided, settlements = decide(ledgers, list(known.values()), now)
        untested = ledgers.keys() - {settlement.entry.slot.id for settlement in settlements}
        self._ledgers.doubt(untested & _refused_but_bookings(known, decided))
        if await self._ledgers.refresh_stale(untested):  # a refusal is not tested by a write: it needs what is true now
            decided, settlements = decide(ledgers, list(known.values()), now)
        if settlements:
            await self._store.write(settlements, now)
            self._ledgers.note_written([settlement.entry for settlement in settlements])
            freed = [one.entry.slot.id for one in settlements if one.frees]
            if freed:
                self._peers.tell_freed(freed)
        outcomes.update(dict.fromkeys(pending.keys() - known.keys(), SlotUnknown()))
        outcomes.update(zip(known, decided, strict=True))

    async def _look_again(self, pending: Pending) -> None:
        self._ledgers.doubt(_slots_of(pending))
        # Not in step with the other process that wants the same slot.
        await asyncio.sleep(secrets.randbelow(PAUSE_MS) / 1000)

    async def _insist(self, pending: Pending, *, unsettled: bool) -> None:
        """Go on as long as there is time, if something may have been written already; else let it be."""
        if not unsettled:
            raise DatabaseUnavailable(retry_after_s=1)
        if seconds_left(BATCH_WITHIN_S) == 0:
            raise OutcomeUnknown
        await self._look_again(pending)

    async def _drop_objected(self, pending: dict[int, Change], outcomes: dict[int, Outcome]) -> bool:
        """Settle what the database has something against; return whether there was any."""
        objections = await self._store.find_objections(list(pending.values()))
        found = {index: objection(change, objections) for index, change in pending.items()}
        dropped = {index: outcome for index, outcome in found.items() if outcome is not None}
        outcomes.update(dropped)
        for index in dropped:
            del pending[index]
        return bool(dropped)

    async def _settle_in_halves(self, pending: Pending, outcomes: dict[int, Outcome]) -> None:
        if len(pending) == 1:
            outcomes.update(dict.fromkeys(pending, TooBusy(retry_after_s=1)))
            return
        indexes = list(pending)
        middle = len(indexes) // 2
        for half in (indexes[:middle], indexes[middle:]):
            await self._settle({index: pending[index] for index in half}, outcomes)

    def give_back(self, changes: Sequence[Change]) -> None:
        """Free the places that these bookings took, if they took any; before anything else that waits."""
        for booking in changes:
            # What staff or a draw book is known to what they book it for, and is found again by that.
            if isinstance(booking, NewBooking) and booking.way is BookingWay.PUBLIC:
                answer = self._batches.submit_first(self._giving_back(booking))
                answer.add_done_callback(partial(self._give_back_later, booking))

    def _give_back_later(self, booking: NewBooking, answer: asyncio.Future[Answer]) -> None:
        if not answer.cancelled() and answer.exception() is not None:
            asyncio.get_running_loop().call_later(GIVE_BACK_AGAIN_S, self.give_back, [booking])

    def _giving_back(self, booking: NewBooking) -> GiveBack:
        reservation, now = booking.reservation, self._clock.now()
        return GiveBack(
            booking=booking,
            cancelled_at=now,
            event=OutboxEvent(
                id=self._ids.new("evt"),
                kind=EventKind.RESERVATION_CANCELLED,
                subject_id=reservation.id,
                occurred_at=now,
                payload={"venue_id": reservation.venue_id, "slot_id": reservation.slot_id},
            ),
        )


def _refused_but_bookings(changes: Pending, outcomes: Sequence[Outcome]) -> set[str]:
    """Return the slots of what is refused, but for bookings: these are many, and a second's delay does them no harm.

    Whoever takes an offer that another process has just made, or is told to book instead of waiting, needs what is true
    now.
    """
    refused = (one for one, outcome in zip(changes.values(), outcomes, strict=True) if isinstance(outcome, Exception))
    return {slot_id for change in refused if not isinstance(change, NewBooking) for slot_id in change.slot_ids}


def _slots_of(changes: Pending) -> set[str]:
    return {slot_id for change in changes.values() for slot_id in change.slot_ids}
