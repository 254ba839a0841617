"""The queue of a slot: who waits, who is next, and the chain of hashes that shows that nobody was preferred."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.reservations.changes import BookingWay, SlotChange, Waiting
from services.reservations.errors import (
    AlreadyWaiting,
    NotHeld,
    NotNext,
    PlacesFree,
    SlotClosed,
    SlotDrawn,
    SlotEnded,
    SlotFull,
    VisitorAlreadyBooked,
)
from services.reservations.ledger import AlreadyAnswered, Outcome, QueueEntry
from services.reservations.model import EndReason, ReservationStatus, Slot, SlotState
from tests.changes import Books, make_joining, make_lapse, make_leaving, make_offer, make_taking
from tests.factories import NOW, make_booking, make_cancellation, make_request, make_slot, make_visitor


@pytest.fixture
def slot() -> Slot:
    return make_slot(capacity=4, places_left=4)


@pytest.fixture
def books(slot: Slot) -> Books:
    return Books(slot)


def numbers(books: Books, slot: Slot) -> list[int]:
    return [one.number for one in books.ledgers[slot.id].queue.values()]


def queue_of(books: Books) -> QueueEntry:
    """Return what the last write says of the queue."""
    (settlement,) = books.written
    assert settlement.entry.queue is not None
    return settlement.entry.queue


def kinds(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_who_fits_is_sent_to_book_and_who_does_not_may_wait(books: Books, slot: Slot) -> None:
    books.decide(make_booking(slot, party=2))
    assert kinds(books.decide(make_joining(slot, party=2))) == [PlacesFree]
    assert books.written == []
    (waiting,) = books.decide(make_joining(slot, party=3))
    assert isinstance(waiting, Waiting)
    assert (waiting.number, waiting.party_size) == (1, 3)
    # Two places are free, and are that party's: whoever comes now waits behind it.
    assert [one.number for one in books.decide(make_joining(slot, party=1)) if isinstance(one, Waiting)] == [2]
    assert books.slot(slot).waiting == 2
    assert books.slot(slot).places_left == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": SlotState.CLOSED}, SlotClosed),
        ({"state": SlotState.WITHDRAWN}, SlotClosed),
        ({"state": SlotState.DRAWN}, SlotDrawn),
        ({"ends_at": NOW}, SlotEnded),
        ({"last_entry_at": NOW}, SlotEnded),
    ],
)
def test_nobody_waits_for_a_slot_that_takes_nobody(
    slot: Slot, changes: dict[str, object], refusal: type[Exception]
) -> None:
    books = Books(replace(slot, places_left=0, **changes))  # type: ignore[arg-type]  # each fits its field
    assert kinds(books.decide(make_joining(slot))) == [refusal]


def test_a_party_larger_than_the_slot_would_wait_for_ever(books: Books, slot: Slot) -> None:
    books.fill(slot)
    assert kinds(books.decide(make_joining(slot, party=5))) == [SlotFull]


def test_numbers_are_those_of_joining_and_are_never_given_twice(books: Books, slot: Slot) -> None:
    books.fill(slot)
    first, second, third = (make_joining(slot) for _ in range(3))
    books.decide(first, second)
    assert books.decide(make_leaving(second)) == [True]
    books.decide(third)
    assert numbers(books, slot) == [1, 3]


def test_joining_again_is_the_same_place(books: Books, slot: Slot) -> None:
    books.fill(slot)
    joining = make_joining(slot, request=make_request())
    (waiting,) = books.decide(joining)
    assert books.decide(joining) == [waiting]
    assert books.written == []
    twin = make_joining(slot, request=joining.request)
    assert kinds(books.decide(twin)) == [AlreadyAnswered]
    assert numbers(books, slot) == [1]


def test_the_same_request_twice_in_a_batch_waits_once(books: Books, slot: Slot) -> None:
    books.fill(slot)
    request = make_request()
    outcomes = books.decide(make_joining(slot, request=request), make_joining(slot, request=request))
    assert kinds(outcomes) == [Waiting, AlreadyAnswered]


def test_a_person_waits_once_and_not_for_a_place_that_they_hold(books: Books, slot: Slot) -> None:
    holder, person = books.fill(slot)[0].reservation.visitors[0], make_visitor()
    books.decide(make_joining(slot, visitors=(person,)))
    (refused,) = books.decide(make_joining(slot, party=2, visitors=(make_visitor(), person)))
    assert isinstance(refused, AlreadyWaiting)
    assert refused.index == 1
    (refused,) = books.decide(make_joining(slot, visitors=(holder,)))
    assert isinstance(refused, VisitorAlreadyBooked)
    # Nor in the same batch.
    other = make_visitor()
    twice = [make_joining(slot, visitors=(other,)) for _ in range(2)]
    assert kinds(books.decide(*twice)) == [Waiting, AlreadyWaiting]


def test_while_anybody_waits_the_public_cannot_take_what_comes_back(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    joining, late = make_joining(slot, party=2), make_booking(slot)
    books.decide(joining)
    outcomes = books.decide(make_cancellation(holders[0].reservation), late)
    assert outcomes[0] is True
    assert str(outcomes[1]) == "0 places are left"
    assert books.slot(slot).places_left == 1
    staff = replace(make_booking(slot), way=BookingWay.STAFF)
    assert books.decide(staff) == [staff.reservation]
    # When nobody waits any more, the rest is everybody's.
    books.decide(make_cancellation(holders[1].reservation))
    assert books.decide(make_leaving(joining), late) == [True, late.reservation]


def test_the_offer_goes_to_the_first_that_fits(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    large, small, late = (make_joining(slot, party=size) for size in (3, 1, 1))
    books.decide(large, small, late)
    offers = [make_offer(one) for one in (large, small, late)]
    assert kinds(books.decide(*offers)) == [NotNext, NotNext, NotNext]
    books.decide(make_cancellation(holders[0].reservation))
    assert kinds(books.decide(offers[0], offers[2])) == [NotNext, NotNext]
    assert books.decide(offers[1]) == [offers[1].reservation]
    assert numbers(books, slot) == [1, 3]
    assert (books.slot(slot).places_left, books.slot(slot).waiting) == (0, 2)
    # Once enough have come back, the large party is before the one that came later.
    books.decide(*(make_cancellation(one.reservation) for one in holders[1:]))
    assert kinds(books.decide(offers[2], offers[0])) == [NotNext, type(offers[0].reservation)]
    assert numbers(books, slot) == [3]


def test_an_offer_is_made_once_and_to_nobody_who_has_left(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    first, second = make_joining(slot), make_joining(slot)
    books.decide(first, second)
    books.decide(*(make_cancellation(one.reservation) for one in holders))
    offer = make_offer(first)
    assert books.decide(offer, offer) == [offer.reservation, offer.reservation]
    assert books.slot(slot).places_left == 3
    assert books.decide(make_leaving(first)) == [False]  # what is offered does not wait any more
    assert books.decide(make_leaving(second), make_leaving(second)) == [True, False]
    assert kinds(books.decide(make_offer(second))) == [NotNext]


def test_no_offer_is_made_in_a_slot_that_was_closed(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    joining = make_joining(slot)
    books.decide(joining)
    books.decide(make_cancellation(holders[0].reservation), SlotChange(slot_id=slot.id, state=SlotState.CLOSED))
    assert kinds(books.decide(make_offer(joining))) == [SlotClosed]
    assert numbers(books, slot) == [1]


@pytest.mark.parametrize("reason", [EndReason.LAPSED, EndReason.DECLINED])
def test_an_offer_that_ends_gives_its_places_to_the_next(books: Books, slot: Slot, reason: EndReason) -> None:
    holders = books.fill(slot)
    first, second = make_joining(slot), make_joining(slot)
    books.decide(first, second, make_cancellation(holders[0].reservation))
    offer, next_offer = make_offer(first), make_offer(second)
    books.decide(offer)
    lapse = make_lapse(offer, reason=reason)
    assert books.decide(lapse, next_offer) == [True, next_offer.reservation]
    assert books.decide(lapse) == [False]
    assert kinds(books.decide(make_taking(offer))) == [NotHeld]
    # They may join again, at the end.
    again = make_joining(slot, visitors=first.reservation.visitors)
    assert kinds(books.decide(again)) == [Waiting]
    assert numbers(books, slot) == [3]


def test_what_is_taken_is_a_booking_and_taking_twice_is_one(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    joining = make_joining(slot)
    books.decide(joining, make_cancellation(holders[0].reservation))
    offer = make_offer(joining)
    books.decide(offer)
    taking = make_taking(offer)
    assert books.decide(taking, taking) == [taking.reservation, taking.reservation]
    (settlement,) = books.written
    assert settlement.entry.taken == (taking.reservation.id,)
    assert (settlement.entry.booked, settlement.facts.events) == ((), [taking.event])
    assert books.decide(taking) == [taking.reservation]
    assert books.written == []
    assert books.slot(slot).places_left == 0
    assert books.ledgers[slot.id].offers == {}


@pytest.mark.parametrize("together", [True, False])
def test_what_was_taken_does_not_lapse_any_more(books: Books, slot: Slot, *, together: bool) -> None:
    """Whoever takes the offer in its last moment has the place; the sweep that comes after that does nothing."""
    holders = books.fill(slot)
    joining = make_joining(slot)
    books.decide(joining, make_cancellation(holders[0].reservation))
    offer = make_offer(joining)
    books.decide(offer)
    taking, lapse = make_taking(offer), make_lapse(offer)
    outcomes = books.decide(taking, lapse) if together else [books.make(taking), books.make(lapse)]
    assert outcomes == [taking.reservation, False]
    assert books.written[-1].facts.given_up == []
    assert books.slot(slot).places_left == 0
    assert taking.reservation.id in books.ledgers[slot.id].holdings
    # It ends as every booking does.
    assert books.decide(make_cancellation(taking.reservation)) == [True]
    assert books.slot(slot).places_left == 1


def test_joining_offer_taking_and_leaving_may_be_one_batch(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    joinings = [make_joining(slot) for _ in range(3)]
    offer = make_offer(joinings[0])
    taking = make_taking(offer)
    cancellation = make_cancellation(holders[0].reservation)
    outcomes = books.decide(*joinings, make_leaving(joinings[1]), cancellation, offer, taking)
    assert kinds(outcomes[:3]) == [Waiting, Waiting, Waiting]
    assert outcomes[3:] == [True, True, offer.reservation, taking.reservation]
    assert numbers(books, slot) == [3]
    ledger = books.ledgers[slot.id]
    assert taking.reservation.id in ledger.holdings
    assert (ledger.offers, ledger.numbers, ledger.slot.waiting) == ({}, 3, 1)


def test_the_chain_can_be_computed_by_hand(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    large, small = make_joining(slot, party=2), make_joining(slot)
    books.decide(large, small)
    first = queue_of(books).link
    at = round(NOW.timestamp() * 1000)
    assert first == sha256(f'["chengma waitlist 1","","{slot.id}",{at},[["joined",1,2,0],["joined",2,1,0]]]')
    books.decide(make_cancellation(holders[0].reservation))
    assert books.written[0].entry.queue is None  # nothing happened in the queue
    books.now = NOW + timedelta(seconds=1)
    books.decide(make_offer(small), make_leaving(large))
    second = queue_of(books).link
    assert second == sha256(
        f'["chengma waitlist 1","{first}","{slot.id}",{at + 1000},[["offered",2,1,1],["left",1,2,0]]]'
    )
    assert books.ledgers[slot.id].link == second


def test_a_chain_is_of_its_slot_alone_and_says_nothing_of_persons(slot: Slot) -> None:
    links = set()
    for one in (slot, make_slot(capacity=4, places_left=4)):
        books = Books(one)
        books.fill(one)
        books.decide(make_joining(one, visitors=(make_visitor(),)))
        links.add(queue_of(books).link)
        assert [vars(step).keys() for step in queue_of(books).steps] == [{"event", "number", "party_size", "free"}]
    assert len(links) == 2


def test_a_held_reservation_is_what_was_offered(books: Books, slot: Slot) -> None:
    holders = books.fill(slot)
    joining = make_joining(slot, party=2)
    books.decide(joining, *(make_cancellation(one.reservation) for one in holders[:2]))
    offer = make_offer(joining)
    assert books.decide(offer) == [offer.reservation]
    assert offer.reservation.status is ReservationStatus.HELD
    (holding,) = books.written[0].entry.booked
    assert holding.people == tuple(one.document_digest for one in joining.reservation.visitors)
    assert books.ledgers[slot.id].offers.keys() == {joining.reservation.id}
    # The same people cannot be booked meanwhile, by whomever.
    again = replace(make_booking(slot, visitors=joining.reservation.visitors[:1]), way=BookingWay.STAFF)
    books.decide(make_cancellation(holders[2].reservation))
    assert kinds(books.decide(again)) == [VisitorAlreadyBooked]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
