"""Moving a party from one slot to another: both places change hands, or neither does; and counts for a day."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.reservations.changes import BookingWay
from services.reservations.errors import DayLimitReached, SlotClosed, SlotFull, VisitorAlreadyBooked
from services.reservations.ledger import Outcome
from services.reservations.model import EndReason, Slot, SlotState
from services.reservations.quotas import left_for
from services.venues.model import Channel
from tests.changes import (
    Books,
    limited,
    make_joining,
    make_lapse,
    make_limit,
    make_move,
    make_offer,
    make_taking,
    set_aside,
)
from tests.factories import make_booking, make_cancellation, make_give_back, make_slot


@pytest.fixture
def slots() -> tuple[Slot, Slot]:
    return make_slot(capacity=3, places_left=3), make_slot(capacity=3, places_left=3)


@pytest.fixture
def books(slots: tuple[Slot, Slot]) -> Books:
    return Books(*slots)


def left(books: Books, slots: Sequence[Slot]) -> list[int]:
    return [books.slot(slot).places_left for slot in slots]


def kinds(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_both_places_change_hands_in_one_write(books: Books, slots: tuple[Slot, Slot]) -> None:
    booking = make_booking(slots[0], party=2)
    books.decide(booking)
    move = make_move(booking.reservation, slots[1])
    assert books.decide(move) == [move.new.reservation]
    assert left(books, slots) == [3, 1]
    told = [event for settlement in books.written for event in settlement.facts.events]
    assert sorted(event.id for event in told) == sorted(one.event.id for one in (move.old, move.new) if one.event)
    (ended,) = [one for settlement in books.written for one in settlement.facts.given_up]
    assert (ended.reason, ended.moved_to) == (EndReason.RESCHEDULED, move.new.reservation.id)
    assert set(books.ledgers[slots[0].id].holders) == set()
    assert set(books.ledgers[slots[1].id].holders.values()) == {move.new.reservation.id}


def test_a_move_that_was_written_already_is_its_own_answer(books: Books, slots: tuple[Slot, Slot]) -> None:
    booking = make_booking(slots[0])
    move = make_move(booking.reservation, slots[1])
    books.decide(booking)
    assert books.decide(move, move) == [move.new.reservation, move.new.reservation]
    assert books.decide(move) == [move.new.reservation]
    assert books.written == []
    assert left(books, slots) == [3, 2]


def test_who_finds_the_other_slot_full_keeps_the_old_place(books: Books, slots: tuple[Slot, Slot]) -> None:
    booking = make_booking(slots[0])
    books.decide(booking)
    books.fill(slots[1])
    assert kinds(books.decide(make_move(booking.reservation, slots[1]))) == [SlotFull]
    assert books.written == []
    assert left(books, slots) == [2, 0]
    assert booking.reservation.id in books.ledgers[slots[0].id].holdings


def test_two_who_would_have_to_swap_between_full_slots_keep_what_they_have(
    books: Books, slots: tuple[Slot, Slot]
) -> None:
    there, here = books.fill(slots[0])[0].reservation, books.fill(slots[1])[0].reservation
    assert kinds(books.decide(make_move(there, slots[1]), make_move(here, slots[0]))) == [SlotFull, SlotFull]
    assert left(books, slots) == [0, 0]


def test_a_place_that_was_moved_away_from_goes_to_who_comes_after(books: Books, slots: tuple[Slot, Slot]) -> None:
    leaving = books.fill(slots[0])[0].reservation
    late = make_booking(slots[0])
    move = make_move(leaving, slots[1])
    assert books.decide(move, late) == [move.new.reservation, late.reservation]
    assert left(books, slots) == [0, 2]


@pytest.mark.parametrize("together", [True, False])
def test_what_was_cancelled_meanwhile_moves_nowhere(books: Books, slots: tuple[Slot, Slot], *, together: bool) -> None:
    booking = make_booking(slots[0])
    books.decide(booking)
    cancellation, move = make_cancellation(booking.reservation), make_move(booking.reservation, slots[1])
    if together:
        assert books.decide(cancellation, move) == [True, False]
    else:
        books.decide(cancellation)
        assert books.decide(move) == [False]
        # The write tests that it is so: whoever saw the ledger too early is refused.
        assert [one.entry.slot.id for one in books.written] == [slots[0].id]
    assert left(books, slots) == [3, 3]


def test_one_party_cannot_move_to_two_places(books: Books, slots: tuple[Slot, Slot]) -> None:
    third = make_slot()
    books = Books(*slots, third)
    booking = make_booking(slots[0])
    books.decide(booking)
    moves = [make_move(booking.reservation, slot) for slot in (slots[1], third)]
    assert books.decide(*moves) == [moves[0].new.reservation, False]
    assert left(books, (*slots, third)) == [3, 2, 10]


def test_who_has_a_place_there_already_is_not_given_a_second(books: Books, slots: tuple[Slot, Slot]) -> None:
    here = make_booking(slots[0])
    there = make_booking(slots[1], visitors=here.reservation.visitors)
    books.decide(here, there)
    assert kinds(books.decide(make_move(here.reservation, slots[1]))) == [VisitorAlreadyBooked]
    assert left(books, slots) == [2, 2]
    # Nor can they move to where they are.
    assert kinds(books.decide(make_move(here.reservation, slots[0]))) == [VisitorAlreadyBooked]
    assert left(books, slots) == [2, 2]


def test_a_move_does_not_jump_the_queue_unless_staff_make_it(books: Books, slots: tuple[Slot, Slot]) -> None:
    booking = make_booking(slots[0])
    holders = books.fill(slots[1])
    books.decide(booking, make_joining(slots[1], party=2), make_cancellation(holders[0].reservation))
    assert kinds(books.decide(make_move(booking.reservation, slots[1]))) == [SlotFull]
    assert left(books, slots) == [2, 1]
    by_staff = make_move(booking.reservation, slots[1], way=BookingWay.STAFF)
    assert books.decide(by_staff) == [by_staff.new.reservation]
    assert left(books, slots) == [3, 0]


def test_a_group_moves_from_groups_places_to_groups_places() -> None:
    """Else it would take an individual's place, and the groups of that slot would have one that nobody holds."""
    aside = (set_aside(Channel.GROUP, 2),)
    slots = [make_slot(set_aside=aside), make_slot(set_aside=aside), make_slot()]
    books = Books(*slots)
    group = replace(make_booking(slots[0], party=2, channel=Channel.GROUP), way=BookingWay.STAFF)
    books.decide(group)
    (refused,) = books.decide(make_move(group.reservation, slots[2]))
    assert isinstance(refused, SlotFull)
    assert refused.places_left == 0
    # That individuals wait there is no reason to refuse it.
    books.decide(make_booking(slots[1], party=8), make_joining(slots[1]))
    move = make_move(group.reservation, slots[1])
    assert books.decide(move) == [move.new.reservation]
    assert [left_for(books.slot(slot), Channel.GROUP) for slot in slots] == [2, 0, 0]
    assert books.slot(slots[1]).places_left == 0


def test_nobody_moves_to_a_closed_slot(slots: tuple[Slot, Slot]) -> None:
    closed = replace(slots[0], state=SlotState.CLOSED, places_left=2)
    books = Books(closed, slots[1])
    there = make_booking(slots[1])
    books.decide(there)
    assert kinds(books.decide(make_move(there.reservation, closed))) == [SlotClosed]
    assert left(books, slots) == [2, 2]


def test_everybody_moves_away_from_a_closed_slot(books: Books, slots: tuple[Slot, Slot]) -> None:
    booking = make_booking(slots[0])
    books.decide(booking)
    books.ledgers[slots[0].id].slot = replace(books.slot(slots[0]), state=SlotState.CLOSED)
    move = make_move(booking.reservation, slots[1])
    assert books.decide(move) == [move.new.reservation]


def test_of_one_batch_no_more_are_counted_than_a_day_allows(books: Books, slots: tuple[Slot, Slot]) -> None:
    account, document = make_limit(most=2), make_limit(index=0)
    wishes = [limited(make_booking(slot), account) for slot in (*slots, slots[0])]
    outcomes = books.decide(*wishes)
    assert kinds(outcomes[2:]) == [DayLimitReached]
    assert outcomes[:2] == [one.reservation for one in wishes[:2]]
    both = [limited(make_booking(slot), make_limit(), document) for slot in slots]
    refused = books.decide(*both)[1]
    assert isinstance(refused, DayLimitReached)
    assert refused.index == 0


def test_who_is_refused_for_one_limit_is_not_counted_for_another(books: Books, slots: tuple[Slot, Slot]) -> None:
    account, document = make_limit(), make_limit(index=0)
    first = limited(make_booking(slots[0]), document)
    refused = limited(make_booking(slots[0]), account, document)
    second = limited(make_booking(slots[1]), account)
    outcomes = books.decide(first, refused, second)
    assert kinds(outcomes[1:2]) == [DayLimitReached]
    assert outcomes[2] == second.reservation
    counted = [limit.key for settlement in books.written for limit in settlement.facts.limits]
    assert sorted(counted) == sorted([document.key, account.key])


@pytest.mark.parametrize("heard", [True, False])
def test_what_ends_leaves_its_count_to_who_comes_after_in_the_batch(
    books: Books, slots: tuple[Slot, Slot], *, heard: bool
) -> None:
    limit = make_limit()
    first, second = (limited(make_booking(slot), limit) for slot in slots)
    books.decide(first)
    ending = make_cancellation(first.reservation) if heard else make_give_back(first)
    assert books.decide(ending, second, limited(make_booking(slots[0]), limit))[:2] == [True, second.reservation]


def test_a_move_within_a_day_needs_no_second_booking(books: Books, slots: tuple[Slot, Slot]) -> None:
    limit = make_limit()
    booking = limited(make_booking(slots[0]), limit)
    books.decide(booking)
    move = make_move(booking.reservation, slots[1], limit)
    assert books.decide(move) == [move.new.reservation]
    # Of the next two the database refuses the first, for it knows what was counted before; the second is refused here.
    back = make_move(move.new.reservation, slots[0], limit)
    assert kinds(
        books.decide(back, limited(make_booking(slots[1]), limit), limited(make_booking(slots[1]), limit))
    ) == [
        type(back.new.reservation),
        type(back.new.reservation),
        DayLimitReached,
    ]


def test_an_offer_counts_once_it_is_taken(books: Books, slots: tuple[Slot, Slot]) -> None:
    limit = make_limit()
    holders = books.fill(slots[0])
    joining, other = make_joining(slots[0]), make_joining(slots[0])
    books.decide(joining, other, *(make_cancellation(one.reservation) for one in holders[:2]))
    offers = [make_offer(joining), make_offer(other)]
    books.decide(*offers)
    counted = replace(offers[1], reservation=replace(offers[1].reservation, day_counts=(limit.key,)))
    elsewhere = limited(make_booking(slots[1]), limit)
    # An offer that lapses gives back no count, since it has raised none.
    outcomes = books.decide(make_taking(offers[0], limit), make_lapse(counted), elsewhere)
    assert kinds(outcomes) == [type(joining.reservation), bool, DayLimitReached]
