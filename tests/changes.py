"""Invented changes to slots beyond booking and cancelling, and ledgers on which they are decided by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.common.model import IdempotentRequest
from services.notifications.model import NoticeCall, NoticeKind
from services.reservations.changes import (
    BookingWay,
    Cancellation,
    Change,
    DayLimit,
    DayLimitKind,
    Joining,
    Leaving,
    NewBooking,
    Offer,
    Reschedule,
    Taking,
)
from services.reservations.draft import decide
from services.reservations.ledger import Outcome, Settlement, SlotLedger
from services.reservations.model import Allotment, EndReason, Reservation, ReservationStatus, Slot
from services.reservations.told import notice_call
from services.sync.model import EventKind
from services.venues.model import Channel
from tests.factories import NOW, make_booking, make_event, make_reservation, new_id

HELD_FOR = timedelta(minutes=30)


class Books:
    """The ledgers of some slots; what is decided is written at once."""

    def __init__(self, *slots: Slot) -> None:
        self.now = NOW
        self.ledgers: dict[str, SlotLedger] = {}
        self.written: list[Settlement] = []
        for slot in slots:
            self.ledgers[slot.id] = SlotLedger.at_first(slot)
            self.ledgers[slot.id].read(slot, [])

    def decide(self, *changes: Change) -> list[Outcome]:
        """Return what the changes come to together; `written` holds what was written for them."""
        outcomes, self.written = decide(self.ledgers, changes, self.now)
        for settlement in self.written:
            self.ledgers[settlement.entry.slot.id].write(settlement.entry)
        return outcomes

    def make(self, change: Change) -> Outcome:
        """Return what the change comes to."""
        (outcome,) = self.decide(change)
        return outcome

    def slot(self, slot: Slot) -> Slot:
        """Return what has become of the slot."""
        return self.ledgers[slot.id].slot

    def fill(self, slot: Slot) -> list[NewBooking]:
        """Book all places that individuals can have, a party of one each."""
        bookings = [make_booking(slot) for _ in range(self.slot(slot).places_left)]
        assert self.decide(*bookings) == [one.reservation for one in bookings]
        return bookings


def set_aside(channel: Channel, places: int, *, flows_at: datetime | None = None) -> Allotment:
    """Return places of a channel, none of them taken."""
    return Allotment(channel=channel, places=places, left=places, flows_at=flows_at)


def make_joining(slot: Slot, *, party: int = 1, request: IdempotentRequest | None = None, **changes: Any) -> Joining:
    """Return the wish of `party` visitors to wait for places in `slot`."""
    waiting = {"status": ReservationStatus.WAITING, **changes}
    return Joining(reservation=make_reservation(slot, party=party, **waiting), request=request)


def make_leaving(joining: Joining, *, at: datetime = NOW) -> Leaving:
    return Leaving(reservation=joining.reservation, left_at=at, reason=EndReason.CITIZEN)


def make_offer(joining: Joining, *calls: NoticeCall) -> Offer:
    """Return places held for who has joined."""
    held = replace(joining.reservation, status=ReservationStatus.HELD, held_until=NOW + HELD_FOR)
    return Offer(reservation=held, calls=calls)


def make_taking(offer: Offer, *limits: DayLimit) -> Taking:
    """Return that the offer is taken, and counted against `limits`."""
    booked = replace(
        offer.reservation,
        status=ReservationStatus.BOOKED,
        held_until=None,
        day_counts=tuple(limit.key for limit in limits),
    )
    return Taking(reservation=booked, event=make_event(booked.id), day_limits=limits)


def make_lapse(offer: Offer, *, reason: EndReason = EndReason.LAPSED) -> Cancellation:
    """Return the end of an offer that nobody took."""
    return Cancellation(reservation=offer.reservation, cancelled_at=NOW + HELD_FOR, event=None, reason=reason)


def make_move(old: Reservation, slot: Slot, *limits: DayLimit, way: BookingWay = BookingWay.PUBLIC) -> Reschedule:
    """Return that the party of `old` goes to `slot`, where it is counted against `limits`."""
    new = replace(
        old,
        id=new_id("rsv"),
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        rescheduled_from=old.id,
        day_counts=tuple(limit.key for limit in limits),
    )
    return Reschedule(
        old=Cancellation(
            reservation=old,
            cancelled_at=NOW,
            event=make_event(old.id, EventKind.RESERVATION_CANCELLED),
            reason=EndReason.RESCHEDULED,
            moved_to=new.id,
        ),
        new=NewBooking(reservation=new, request=None, event=make_event(new.id), way=way, day_limits=limits),
    )


def make_limit(key: str | None = None, *, most: int = 1, index: int | None = None) -> DayLimit:
    """Return a limit for one day; without an index it is the account's."""
    return DayLimit(
        key=key or new_id("day"),
        most=most,
        kind=DayLimitKind.ACCOUNT if index is None else DayLimitKind.DOCUMENT,
        index=index,
        expires_at=NOW + timedelta(days=2),
    )


def limited(booking: NewBooking, *limits: DayLimit) -> NewBooking:
    """Return the booking as it is counted against `limits`."""
    counted = replace(booking.reservation, day_counts=tuple(limit.key for limit in limits))
    return replace(booking, reservation=counted, day_limits=limits)


def make_call(reservation: Reservation, kind: NoticeKind, facts: Mapping[str, str] | None = None) -> NoticeCall:
    """Return what the one who booked shall be told."""
    return notice_call(kind, reservation, **(facts or {}))
