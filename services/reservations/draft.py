"""Deciding changes to slots, one after the other, each on top of the last; free of input and output."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.common.errors import DomainError
from services.reservations.changes import (
    Cancellation,
    Change,
    DayLimit,
    GiveBack,
    Joining,
    Leaving,
    NewBooking,
    Offer,
    Reschedule,
    Shrinking,
    SlotChange,
    Taking,
    Waiting,
    counts_in,
)
from services.reservations.entries import holding_of, ledger_entry, queue_entry, waiting_of
from services.reservations.errors import (
    DayLimitReached,
    NotHeld,
    NotNext,
    PlacesFree,
    VisitorAlreadyBooked,
)
from services.reservations.ledger import AlreadyAnswered, Batch, Facts, Holding, Outcome, Settlement, SlotLedger
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.queue import QueueEvent, QueueStep, ensure_waits_once, next_fitting
from services.reservations.quotas import changed, flowed, left_for, take
from services.reservations.rules import ensure_joinable, ensure_takeable
from services.venues.model import Channel


class Draft:
    """The next entry of a slot's ledger."""

    def __init__(self, ledger: SlotLedger, batch: Batch) -> None:
        self._ledger = ledger
        self._batch = batch
        self._slot = flowed(ledger.slot, batch.now)
        self._holdings: dict[str, Holding | None] = {}
        self._holders: dict[str, str | None] = {}
        self._sizes: dict[str, int] = {}
        self._queue = dict(ledger.queue)
        self._numbers = ledger.numbers
        self._steps: list[QueueStep] = []
        self._forgotten: set[str] = set()
        self._facts = Facts()
        self._touched = False
        self._deciders: Mapping[type[Change], Callable[[Any], Outcome]] = {
            NewBooking: self.book,
            Cancellation: self.free,
            GiveBack: self.free,
            Shrinking: self._shrink,
            Joining: self._join,
            Leaving: self._leave,
            Offer: self._offer,
            Taking: self._take_offer,
            SlotChange: self._change,
        }

    def decide(self, change: Change) -> Outcome:
        """Return what the change comes to, if this entry is written."""
        try:
            return self._deciders[type(change)](change)
        except (DomainError, AlreadyAnswered) as refusal:
            return refusal

    def book(self, booking: NewBooking) -> Reservation:
        """Take the places of a booking; raises why not."""
        reservation, request = booking.reservation, booking.request
        if self.holds(reservation):  # our own fact: it was written, and only the database's answer got lost
            return reservation
        if request is not None and self._has_answered(request.id):
            raise AlreadyAnswered
        ensure_takeable(self._present(), reservation, booking.way, self._batch.now)
        self._ensure_nobody_twice(reservation)
        self._count(booking.day_limits)
        self._hold(reservation, None if request is None else request.id)
        self._facts.bookings.append(booking)
        if request is not None:
            self._batch.answered.add(request.id)
        return reservation

    def free(self, change: Cancellation | GiveBack) -> bool:
        """Give the places of a reservation back; False when it holds none."""
        reservation = change.reservation
        if not self.can_free(reservation):
            # Unlike a refused booking, which a second's delay does no harm, this must be true: the write tests it,
            # and shuts out a booking of this reservation that may still be on its way.
            self._touched = True
            return False
        self._holdings[reservation.id] = None
        for visitor in reservation.visitors:
            self._holders[visitor.document_digest] = None
        self._give_back(reservation, self._size_of(reservation))
        self._batch.counted.subtract(counts_in(change))
        if isinstance(change, Cancellation):
            self._facts.cancellations.append(change)
            return True
        self._facts.given_back.append(change)
        if change.booking.request is not None:
            self._forgotten.add(change.booking.request.id)
        return True

    def _shrink(self, change: Shrinking) -> bool:
        """Give back what a lease has not used; False when it is not what it was."""
        reservation = change.reservation
        size = self._size_of(reservation) if self.holds(reservation) else 0
        if size == change.party_size:
            return True  # our own fact: it was written, and only the database's answer got lost
        if size != reservation.party_size:
            self._touched = True  # this must be true, as in `free`
            return False
        self._sizes[reservation.id] = change.party_size
        self._give_back(reservation, size - change.party_size)
        self._facts.shrunk.append(change)
        return True

    def _size_of(self, reservation: Reservation) -> int:
        known = self._ledger.sizes.get(reservation.id, reservation.party_size)
        return self._sizes.get(reservation.id, known)

    def _give_back(self, reservation: Reservation, places: int) -> None:
        self._slot = flowed(take(self._slot, reservation.channel, -places), self._batch.now)

    def holds(self, reservation: Reservation) -> bool:
        """Tell whether the reservation has places, if only held ones."""
        if reservation.id in self._holdings:
            return self._holdings[reservation.id] is not None
        return reservation.id in self._ledger.holdings

    def can_free(self, reservation: Reservation) -> bool:
        """Tell whether there are places to give back: an offer that was taken meanwhile ends as a booking only."""
        ended_as_offer = reservation.status is ReservationStatus.HELD
        return self.holds(reservation) and (not ended_as_offer or self._is_offer(reservation.id))

    def _is_offer(self, reservation_id: str) -> bool:
        offered = {one.reservation.id for one in self._facts.offers} | self._ledger.offers.keys()
        return reservation_id in offered and all(one.reservation.id != reservation_id for one in self._facts.taken)

    def _offered(self) -> set[str]:
        """Return the accounts that hold an offer."""
        made = {one.reservation.id: one.reservation.citizen_id for one in self._facts.offers}
        offers = {**self._ledger.offers, **made}
        ended = {key for key, holding in self._holdings.items() if holding is None}
        return {account for key, account in offers.items() if key not in ended and self._is_offer(key)}

    def _has_answered(self, request_id: str) -> bool:
        # Also when by this very write: whoever asks again must claim the answer, lest it be given back because who
        # asked first has gone.
        before = request_id in self._ledger.answers and request_id not in self._forgotten
        return before or request_id in self._batch.answered

    def _present(self) -> Slot:
        return replace(self._slot, waiting=len(self._queue))

    def _next(self) -> Slot:
        return replace(self._present(), version=self._ledger.slot.version + 1)

    def _holder(self, person: str) -> str | None:
        return self._holders[person] if person in self._holders else self._ledger.holders.get(person)

    def _ensure_nobody_twice(self, reservation: Reservation) -> None:
        for index, visitor in enumerate(reservation.visitors):
            if self._holder(visitor.document_digest) is not None:
                raise VisitorAlreadyBooked(index)

    def _count(self, limits: Sequence[DayLimit]) -> None:
        for limit in limits:
            # What was counted before is the database's to know; two of one batch are ours.
            if self._batch.counted[limit.key] >= limit.most:
                raise DayLimitReached(limit.index)
        self._batch.counted.update(limit.key for limit in limits)

    def _hold(self, reservation: Reservation, request_id: str | None) -> None:
        self._holdings[reservation.id] = holding_of(reservation, request_id)
        for visitor in reservation.visitors:
            self._holders[visitor.document_digest] = reservation.id
        self._slot = take(self._slot, reservation.channel, reservation.party_size)

    def _join(self, joining: Joining) -> Waiting:
        reservation, request = joining.reservation, joining.request
        present = self._queue.get(reservation.id)
        if present is not None:
            return present
        if request is not None and self._has_answered(request.id):
            raise AlreadyAnswered
        ensure_joinable(self._slot, reservation.party_size, self._batch.now)
        if not self._queue and left_for(self._slot, Channel.INDIVIDUAL) >= reservation.party_size:
            raise PlacesFree
        self._ensure_nobody_twice(reservation)
        ensure_waits_once(self._queue.values(), self._offered(), reservation)
        self._numbers += 1
        waiting = waiting_of(reservation, self._numbers)
        self._queue[waiting.id] = waiting
        self._facts.joined.append((joining, waiting.number))
        self._step(QueueEvent.JOINED, waiting)
        if request is not None:
            self._batch.answered.add(request.id)
        return waiting

    def _leave(self, leaving: Leaving) -> bool:
        waiting = self._queue.pop(leaving.reservation.id, None)
        if waiting is None:
            self._touched = True
            return False
        self._facts.left.append(leaving)
        self._step(QueueEvent.LEFT, waiting)
        return True

    def _offer(self, offer: Offer) -> Reservation:
        reservation = offer.reservation
        if self.holds(reservation):
            return reservation
        ensure_joinable(self._slot, reservation.party_size, self._batch.now)
        free = left_for(self._slot, Channel.INDIVIDUAL)
        waiting = next_fitting(self._queue.values(), free)
        if waiting is None or waiting.id != reservation.id:
            raise NotNext
        self._ensure_nobody_twice(reservation)
        self._step(QueueEvent.OFFERED, waiting)
        del self._queue[waiting.id]
        self._hold(reservation, None)
        self._facts.offers.append(offer)
        return reservation

    def _take_offer(self, taking: Taking) -> Reservation:
        reservation = taking.reservation
        if not self.holds(reservation):
            raise NotHeld
        if not self._is_offer(reservation.id):
            return reservation
        self._count(taking.day_limits)
        self._facts.taken.append(taking)
        return reservation

    def _change(self, change: SlotChange) -> Slot:
        self._slot = flowed(changed(self._slot, change), self._batch.now)
        self._touched = True
        return self._next()

    def _step(self, event: QueueEvent, waiting: Waiting) -> None:
        free = left_for(self._slot, Channel.INDIVIDUAL)
        self._steps.append(QueueStep(event=event, number=waiting.number, party_size=waiting.party_size, free=free))

    def settlement(self) -> Settlement | None:
        """Return what is to be written, or None when nothing changes and a write would tell nothing new."""
        facts = self._facts
        if not (self._touched or self._steps or facts.bookings or facts.given_up or facts.taken or facts.shrunk):
            return None
        slot = self._next()
        offered = {one.reservation.id for one in facts.offers}
        booked = (
            one
            for reservation_id, one in self._holdings.items()
            if one is not None and (reservation_id in offered or reservation_id not in self._ledger.holdings)
        )
        queue = queue_entry(self._ledger.link, slot.id, self._batch.now, facts, self._steps)
        return Settlement(before=self._ledger.slot, entry=ledger_entry(slot, facts, booked, queue), facts=facts)


def decide(
    ledgers: Mapping[str, SlotLedger], changes: Sequence[Change], now: datetime
) -> tuple[list[Outcome], list[Settlement]]:
    """Return an outcome for each change, in order, and what is to be written to make the outcomes true.

    `ledgers` holds the slots of each change. The same person, request or place wanted twice goes to who came first.
    """
    batch = Batch(now=now)
    drafts: dict[str, Draft] = {}
    outcomes: list[Outcome] = []
    for change in changes:
        found = [drafts.setdefault(one, Draft(ledgers[one], batch)) for one in change.slot_ids]
        outcomes.append(_move(found, change) if isinstance(change, Reschedule) else found[0].decide(change))
    settlements = (draft.settlement() for draft in drafts.values())
    return outcomes, [settlement for settlement in settlements if settlement is not None]


def _move(drafts: Sequence[Draft], move: Reschedule) -> Outcome:
    """Decide about both slots: the new place first, so that a refusal leaves the old one as it was."""
    to, away = drafts
    if to.holds(move.new.reservation):
        return move.new.reservation
    if not away.can_free(move.old.reservation):
        away.free(move.old)
        return False
    booked = to.decide(move.new)
    if isinstance(booked, Reservation):
        away.free(move.old)
    return booked
