"""Decisions about a slot's places: a batch comes to what its changes would have come to one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.reservations.changes import Change
from services.reservations.draft import decide
from services.reservations.errors import SlotClosed, SlotEnded, SlotFull, VisitorAlreadyBooked
from services.reservations.ledger import AlreadyAnswered, Outcome, Settlement, SlotLedger
from services.reservations.model import Slot, SlotState
from tests.factories import (
    NOW,
    make_booking,
    make_cancellation,
    make_give_back,
    make_request,
    make_reservation,
    make_slot,
    make_visitor,
)


class Desk:
    """One slot and its ledger; what is decided is written at once."""

    def __init__(self, slot: Slot) -> None:
        self.ledger = SlotLedger.at_first(slot)
        self.ledger.read(slot, [])
        self.written: list[Settlement] = []

    def decide(self, *changes: Change) -> list[Outcome]:
        outcomes, settlements = decide({self.ledger.slot.id: self.ledger}, changes, NOW)
        for settlement in settlements:
            self.ledger.write(settlement.entry)
            self.written.append(settlement)
        return outcomes

    @property
    def places_left(self) -> int:
        return self.ledger.slot.places_left


@pytest.fixture
def slot() -> Slot:
    return make_slot(capacity=4, places_left=4)


@pytest.fixture
def desk(slot: Slot) -> Desk:
    return Desk(slot)


def kinds(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_a_booking_takes_a_place_for_each_of_its_party(desk: Desk, slot: Slot) -> None:
    booking = make_booking(slot, party=3, request=make_request())
    assert desk.decide(booking) == [booking.reservation]
    (settlement,) = desk.written
    assert settlement.facts.bookings == [booking]
    assert settlement.facts.events == [booking.event]
    entry = settlement.entry
    assert entry.slot == replace(slot, places_left=1, version=1)
    assert entry.freed == ()
    (holding,) = entry.booked
    assert holding.reservation_id == booking.reservation.id
    assert booking.request is not None
    assert holding.request_id == booking.request.id
    assert holding.people == tuple(visitor.document_digest for visitor in booking.reservation.visitors)


def test_places_go_to_who_came_first_and_a_smaller_party_may_still_fit(desk: Desk, slot: Slot) -> None:
    first, large, small, late = (make_booking(slot, party=size) for size in (3, 2, 1, 1))
    outcomes = desk.decide(first, large, small, late)
    assert outcomes[::2] == [first.reservation, small.reservation]
    assert [str(outcome) for outcome in outcomes[1::2]] == ["1 places are left", "0 places are left"]
    assert kinds(outcomes[1::2]) == [SlotFull, SlotFull]
    assert desk.places_left == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": SlotState.CLOSED}, SlotClosed),
        ({"ends_at": NOW}, SlotEnded),
        ({"places_left": 0}, SlotFull),
    ],
)
def test_a_slot_that_takes_nobody_has_nothing_to_write(
    slot: Slot, changes: dict[str, object], refusal: type[Exception]
) -> None:
    desk = Desk(replace(slot, **changes))  # type: ignore[arg-type]  # each fits its field
    assert kinds(desk.decide(make_booking(slot), make_booking(slot))) == [refusal, refusal]
    assert desk.written == []


def test_a_slot_can_be_booked_until_it_ends(slot: Slot) -> None:
    booking = make_booking(slot)
    assert Desk(replace(slot, ends_at=NOW + timedelta(milliseconds=1))).decide(booking) == [booking.reservation]


def test_a_person_has_one_place_and_the_refusal_says_who_it_was(desk: Desk, slot: Slot) -> None:
    person = make_visitor()
    first, again = make_booking(slot, visitors=(person,)), make_reservation(slot, party=2)
    again = replace(again, visitors=(again.visitors[0], person))
    refused = replace(make_booking(slot), reservation=again)
    for outcomes in (desk.decide(first, refused)[1:], desk.decide(refused)):
        (outcome,) = outcomes
        assert isinstance(outcome, VisitorAlreadyBooked)
        assert [error.path for error in outcome.errors] == ["visitors[1].id_number"]
    assert desk.places_left == 3
    (holding,) = desk.written[0].entry.booked
    assert again.visitors[0].document_digest not in desk.ledger.holders
    assert holding.people == (person.document_digest,)


def test_who_was_refused_stands_in_nobody_s_way(desk: Desk, slot: Slot) -> None:
    people = [make_visitor() for _ in range(5)]
    too_many = make_booking(slot, party=5, visitors=tuple(people))
    one = make_booking(slot, visitors=(people[0],))
    assert desk.decide(too_many, one)[1] == one.reservation


def test_a_request_that_comes_twice_in_a_batch_is_kept_once_and_the_second_must_claim_it(
    desk: Desk, slot: Slot
) -> None:
    request = make_request()
    first, twin = make_booking(slot, request=request), make_booking(slot, request=request)
    first_outcome, twin_outcome = desk.decide(first, twin)
    assert first_outcome == first.reservation
    assert isinstance(twin_outcome, AlreadyAnswered)
    assert desk.places_left == 3
    assert desk.written[0].facts.bookings == [first]


def test_a_request_that_comes_for_two_slots_in_a_batch_is_answered_by_the_first() -> None:
    slots = [make_slot(), make_slot()]
    first, other = (make_booking(slot, request=make_request(id="the key")) for slot in slots)
    ledgers = {slot.id: SlotLedger.at_first(slot) for slot in slots}
    outcomes, settlements = decide(ledgers, [first, other], NOW)
    assert outcomes[0] == first.reservation
    assert kinds(outcomes[1:]) == [AlreadyAnswered]
    assert [settlement.facts.bookings for settlement in settlements] == [[first]]


def test_a_known_request_has_its_answer_even_when_the_slot_is_full(desk: Desk, slot: Slot) -> None:
    first = make_booking(slot, party=4, request=make_request())
    desk.decide(first)
    assert kinds(desk.decide(make_booking(slot, party=4, request=first.request))) == [AlreadyAnswered]


def test_a_refused_request_may_be_made_anew(desk: Desk, slot: Slot) -> None:
    holder = make_booking(slot, party=4)
    desk.decide(holder)
    request = make_request()
    assert kinds(desk.decide(make_booking(slot, request=request))) == [SlotFull]
    wish = make_booking(slot, request=request)
    assert desk.decide(make_cancellation(holder.reservation), wish) == [True, wish.reservation]


def test_a_booking_that_was_written_already_is_its_own_answer(desk: Desk, slot: Slot) -> None:
    booking = make_booking(slot, party=4, request=make_request())
    desk.decide(booking)
    assert desk.decide(booking) == [booking.reservation]
    assert len(desk.written) == 1


def test_a_cancellation_gives_its_places_to_who_comes_after_it(desk: Desk, slot: Slot) -> None:
    holder = make_booking(slot, party=4)
    desk.decide(holder)
    before, after = make_booking(slot), make_booking(slot, party=4)
    cancellation = make_cancellation(holder.reservation)
    outcomes = desk.decide(before, cancellation, after)
    assert isinstance(outcomes[0], SlotFull)
    assert outcomes[1:] == [True, after.reservation]
    settlement = desk.written[1]
    assert settlement.facts.given_up == [cancellation]
    assert settlement.facts.events == [after.event, cancellation.event]
    assert settlement.entry.slot.version == 2
    assert [one.request_id for one in settlement.entry.freed] == [None]
    assert set(desk.ledger.holders.values()) == {after.reservation.id}


def test_who_cancels_and_books_again_in_one_batch_holds_the_new_place(desk: Desk, slot: Slot) -> None:
    first = make_booking(slot)
    desk.decide(first)
    second = make_booking(slot, visitors=first.reservation.visitors)
    assert desk.decide(make_cancellation(first.reservation), second) == [True, second.reservation]
    person = first.reservation.visitors[0].document_digest
    assert desk.ledger.holders[person] == second.reservation.id
    assert desk.places_left == 3


def test_cancelling_twice_gives_back_once(desk: Desk, slot: Slot) -> None:
    booking = make_booking(slot, party=2)
    desk.decide(booking)
    cancellation = make_cancellation(booking.reservation)
    assert desk.decide(cancellation, cancellation) == [True, False]
    assert desk.decide(cancellation) == [False]
    assert desk.places_left == 4


def test_a_cancelled_request_keeps_its_answer_and_one_given_back_does_not(desk: Desk, slot: Slot) -> None:
    cancelled, unheard = make_booking(slot, request=make_request()), make_booking(slot, request=make_request())
    desk.decide(cancelled, unheard)
    assert desk.decide(make_cancellation(cancelled.reservation), make_give_back(unheard)) == [True, True]
    anew = make_booking(slot, request=unheard.request)
    assert kinds(desk.decide(make_booking(slot, request=cancelled.request))) == [AlreadyAnswered]
    assert desk.decide(anew) == [anew.reservation]


def test_what_is_given_back_can_be_booked_anew_in_the_same_batch_once(desk: Desk, slot: Slot) -> None:
    unheard = make_booking(slot, party=4, request=make_request())
    desk.decide(unheard)
    visitors = unheard.reservation.visitors
    anew, twin = (make_booking(slot, party=4, request=unheard.request, visitors=visitors) for _ in range(2))
    outcomes = desk.decide(make_give_back(unheard), anew, twin)
    assert outcomes[:2] == [True, anew.reservation]
    assert kinds(outcomes[2:]) == [AlreadyAnswered]
    assert list(desk.ledger.answers.values()) == [anew.reservation.id]
    assert set(desk.ledger.holders.values()) == {anew.reservation.id}
    assert desk.places_left == 0


def test_giving_back_what_was_never_taken_changes_nothing_and_is_tested_by_a_write(desk: Desk, slot: Slot) -> None:
    """A write of that booking may still be on its way; the version that this one takes shuts it out."""
    never = make_booking(slot)
    assert desk.decide(make_give_back(never)) == [False]
    (settlement,) = desk.written
    assert settlement.facts.events == []
    assert settlement.entry.slot == replace(slot, version=1)
    assert (settlement.entry.booked, settlement.entry.freed) == ((), ())


def test_each_slot_gets_an_entry_of_its_own(slot: Slot) -> None:
    other = make_slot()
    ledgers = {one.id: SlotLedger.at_first(one) for one in (slot, other, make_slot())}
    person = make_visitor()
    here, there = (make_booking(one, visitors=(person,)) for one in (slot, other))
    outcomes, settlements = decide(ledgers, [here, there], NOW)
    assert outcomes == [here.reservation, there.reservation]
    assert [(one.entry.slot.id, one.facts.bookings) for one in settlements] == [(slot.id, [here]), (other.id, [there])]
