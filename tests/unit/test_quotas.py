"""Places by channel: what is set aside stays so until its instant, and nobody loses a place to a smaller quota."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.reservations.changes import BelowBooked, BookingWay, NewBooking, Quota, SlotChange
from services.reservations.errors import (
    QuotaBelowBooked,
    QuotaInvalid,
    SlotClosed,
    SlotDrawn,
    SlotEnded,
    SlotFull,
    SlotStateChanged,
)
from services.reservations.ledger import Outcome
from services.reservations.model import Slot, SlotState
from services.reservations.quotas import allotments, booked_in, flowed, left_for
from services.venues.model import Channel
from tests.changes import Books, make_joining, set_aside
from tests.factories import NOW, make_booking, make_cancellation, make_slot

FLOWS_AT = NOW + timedelta(hours=1)


@pytest.fixture
def slot() -> Slot:
    """Return ten places, four of them for groups until an hour from now, two for who is assisted."""
    aside = (set_aside(Channel.GROUP, 4, flows_at=FLOWS_AT), set_aside(Channel.ASSISTED, 2))
    return make_slot(capacity=10, places_left=10, set_aside=aside)


@pytest.fixture
def books(slot: Slot) -> Books:
    return Books(slot)


def by_staff(slot: Slot, channel: Channel, party: int = 1) -> NewBooking:
    return replace(make_booking(slot, party=party, channel=channel), way=BookingWay.STAFF)


def places(books: Books, slot: Slot) -> Mapping[str, tuple[int, int]]:
    """Return what each channel has, and what is left of that."""
    return {one.channel.value: (one.places, one.left) for one in allotments(books.slot(slot))}


def kinds(outcomes: Sequence[Outcome]) -> list[type]:
    return [type(outcome) for outcome in outcomes]


def test_each_channel_has_its_own_places_and_no_others(books: Books, slot: Slot) -> None:
    for channel, count in ((Channel.INDIVIDUAL, 4), (Channel.GROUP, 4), (Channel.ASSISTED, 2), (Channel.WALK_IN, 0)):
        assert left_for(books.slot(slot), channel) == count
        taken = [by_staff(slot, channel) for _ in range(count)]
        outcomes = books.decide(*taken, by_staff(slot, channel))
        assert outcomes[:-1] == [one.reservation for one in taken]
        assert str(outcomes[-1]) == "0 places are left"
        assert booked_in(books.slot(slot), channel) == count
    assert books.slot(slot).places_left == 0


def test_the_public_sees_only_what_is_not_set_aside(books: Books, slot: Slot) -> None:
    (refused,) = books.decide(make_booking(slot, party=5))
    assert isinstance(refused, SlotFull)
    assert refused.places_left == 4


def test_what_nobody_took_flows_over_at_its_instant(books: Books, slot: Slot) -> None:
    group, wish = by_staff(slot, Channel.GROUP, 3), make_booking(slot, party=5)
    books.decide(group)
    books.now = FLOWS_AT - timedelta(milliseconds=1)
    assert kinds(books.decide(wish)) == [SlotFull]
    books.now = FLOWS_AT
    assert books.decide(wish) == [wish.reservation]
    assert places(books, slot) == {"individual": (5, 0), "group": (3, 0), "assisted": (2, 2)}
    assert kinds(books.decide(by_staff(slot, Channel.GROUP))) == [SlotFull]


def test_looking_at_a_slot_shows_what_has_flowed_and_changes_nothing(slot: Slot) -> None:
    assert flowed(slot, FLOWS_AT - timedelta(milliseconds=1)) is slot
    later = flowed(slot, FLOWS_AT)
    assert left_for(later, Channel.INDIVIDUAL) == 8
    assert flowed(later, FLOWS_AT) is later
    assert (later.capacity, later.places_left) == (slot.capacity, slot.places_left)


def test_a_cancelled_group_s_places_are_the_groups_before_that_instant_and_everybody_s_after(
    books: Books, slot: Slot
) -> None:
    groups = [by_staff(slot, Channel.GROUP, 2) for _ in range(2)]
    books.decide(*groups)
    books.decide(make_cancellation(groups[0].reservation))
    assert places(books, slot)["group"] == (4, 2)
    books.now = FLOWS_AT
    books.decide(make_cancellation(groups[1].reservation))
    assert places(books, slot) == {"individual": (8, 8), "group": (0, 0), "assisted": (2, 2)}
    wish = make_booking(slot, party=8)
    assert books.decide(wish) == [wish.reservation]


def test_who_waits_waits_for_individuals_places(books: Books, slot: Slot) -> None:
    books.decide(make_booking(slot, party=4))
    assert isinstance(books.make(make_joining(slot, party=5)), SlotFull)
    books.now = FLOWS_AT
    assert type(books.make(make_joining(slot, party=4))).__name__ == "PlacesFree"


def test_places_can_be_added_and_set_aside_otherwise(books: Books, slot: Slot) -> None:
    books.decide(make_booking(slot, party=3), by_staff(slot, Channel.GROUP))
    quota = Quota(capacity=20, set_aside=(set_aside(Channel.GROUP, 5), set_aside(Channel.WALK_IN, 2)))
    outcome = books.make(SlotChange(slot_id=slot.id, quota=quota, plan="summer", last_entry_at=FLOWS_AT))
    assert places(books, slot) == {"individual": (13, 10), "group": (5, 4), "walk_in": (2, 2)}
    changed = books.slot(slot)
    assert (changed.capacity, changed.places_left, changed.version) == (20, 16, 2)
    assert (changed.plan, changed.last_entry_at, changed.state) == ("summer", FLOWS_AT, SlotState.OPEN)
    assert outcome == changed  # with the version that it has from now on


def test_a_capacity_alone_leaves_what_is_set_aside_as_it_is(books: Books, slot: Slot) -> None:
    books.decide(by_staff(slot, Channel.GROUP))
    books.make(SlotChange(slot_id=slot.id, quota=Quota(capacity=7, set_aside=None)))
    assert places(books, slot) == {"individual": (1, 1), "group": (4, 3), "assisted": (2, 2)}
    assert books.slot(slot).set_aside[0].flows_at == FLOWS_AT
    too_few = SlotChange(slot_id=slot.id, quota=Quota(capacity=5, set_aside=None))
    assert kinds(books.decide(too_few)) == [QuotaInvalid]


def test_what_is_not_named_stays_as_it_is(books: Books, slot: Slot) -> None:
    books.make(SlotChange(slot_id=slot.id, plan="summer", last_entry_at=FLOWS_AT))
    books.make(SlotChange(slot_id=slot.id, state=SlotState.CLOSED))
    assert books.slot(slot) == replace(slot, plan="summer", last_entry_at=FLOWS_AT, state=SlotState.CLOSED, version=2)


def test_a_quota_below_what_is_booked_is_refused_with_the_number(books: Books, slot: Slot) -> None:
    books.decide(make_booking(slot, party=3), by_staff(slot, Channel.GROUP, 2))
    for quota, channel, booked in (
        (Quota(capacity=2, set_aside=()), Channel.INDIVIDUAL, 3),
        (Quota(capacity=8, set_aside=(set_aside(Channel.GROUP, 1),)), Channel.GROUP, 2),
        (Quota(capacity=8, set_aside=()), Channel.GROUP, 2),
        (Quota(capacity=4, set_aside=(set_aside(Channel.GROUP, 2),)), Channel.INDIVIDUAL, 3),
    ):
        refused = books.make(SlotChange(slot_id=slot.id, quota=quota))
        assert isinstance(refused, QuotaBelowBooked)
        assert (refused.channel, refused.booked) == (channel, booked)
        assert books.written == []
    exact = Quota(capacity=5, set_aside=(set_aside(Channel.GROUP, 2),))
    assert isinstance(books.make(SlotChange(slot_id=slot.id, quota=exact)), Slot)
    assert places(books, slot) == {"individual": (3, 0), "group": (2, 0)}


def test_what_a_channel_has_too_many_of_is_free_nowhere_else(books: Books, slot: Slot) -> None:
    """A smaller plan is a smaller venue: four groups' places more than planned are four fewer for individuals."""
    group, wish = by_staff(slot, Channel.GROUP, 4), make_booking(slot)
    books.decide(group, by_staff(slot, Channel.ASSISTED, 2))
    plan = Quota(capacity=9, set_aside=(set_aside(Channel.WALK_IN, 2),))
    books.make(SlotChange(slot_id=slot.id, quota=plan, below_booked=BelowBooked.KEEP))
    assert places(books, slot) == {"individual": (1, 1), "group": (4, 0), "assisted": (2, 0), "walk_in": (2, 2)}
    kept = books.slot(slot)
    assert (kept.state, kept.capacity, kept.places_left) == (SlotState.OPEN, 9, 3)
    assert books.decide(wish) == [wish.reservation]
    # An even smaller one takes from those who are not there yet as well, but from nobody who has booked.
    plan = Quota(capacity=8, set_aside=(set_aside(Channel.WALK_IN, 2),))
    books.make(SlotChange(slot_id=slot.id, quota=plan, below_booked=BelowBooked.KEEP))
    assert places(books, slot) == {"individual": (1, 0), "group": (4, 0), "assisted": (2, 0), "walk_in": (1, 1)}
    books.make(SlotChange(slot_id=slot.id, quota=Quota(capacity=0, set_aside=()), below_booked=BelowBooked.KEEP))
    assert places(books, slot) == {"individual": (1, 0), "group": (4, 0), "assisted": (2, 0)}
    assert books.slot(slot).capacity == 7


def test_a_slot_may_be_closed_that_has_more_booked_than_is_wished(books: Books, slot: Slot) -> None:
    booking, group = make_booking(slot, party=3), by_staff(slot, Channel.GROUP, 2)
    books.decide(booking, group)
    change = SlotChange(slot_id=slot.id, quota=Quota(capacity=2, set_aside=()), below_booked=BelowBooked.CLOSE)
    assert isinstance(books.make(change), Slot)
    closed = books.slot(slot)
    assert (closed.state, closed.capacity, closed.places_left) == (SlotState.CLOSED, 5, 0)
    assert kinds(books.decide(make_booking(slot))) == [SlotClosed]
    # Nobody has lost anything, and everybody can still cancel.
    assert books.decide(make_cancellation(booking.reservation), make_cancellation(group.reservation)) == [True, True]
    assert books.slot(slot).places_left == 5


@pytest.mark.parametrize(
    "quota",
    [
        Quota(capacity=4, set_aside=(set_aside(Channel.GROUP, 5),)),
        Quota(capacity=9, set_aside=(set_aside(Channel.GROUP, 1), set_aside(Channel.GROUP, 2))),
        Quota(capacity=9, set_aside=(set_aside(Channel.INDIVIDUAL, 1),)),
    ],
)
@pytest.mark.parametrize("below_booked", list(BelowBooked))
def test_a_quota_that_does_not_add_up_is_refused(
    books: Books, slot: Slot, quota: Quota, below_booked: BelowBooked
) -> None:
    change = SlotChange(slot_id=slot.id, quota=quota, below_booked=below_booked)
    assert kinds(books.decide(change)) == [QuotaInvalid]
    assert books.written == []


def test_a_change_is_refused_in_a_state_that_it_is_not_meant_for(books: Books, slot: Slot) -> None:
    drawing = SlotChange(slot_id=slot.id, state=SlotState.DRAWN, expected=frozenset({SlotState.OPEN}))
    assert isinstance(books.make(drawing), Slot)
    assert kinds(books.decide(drawing)) == [SlotStateChanged]


@pytest.mark.parametrize(
    ("state", "public", "draw", "staff"),
    [
        (SlotState.OPEN, None, SlotClosed, None),
        (SlotState.DRAWN, SlotDrawn, None, SlotDrawn),
        (SlotState.CLOSED, SlotClosed, SlotClosed, SlotClosed),
        (SlotState.WITHDRAWN, SlotClosed, SlotClosed, SlotClosed),
    ],
)
def test_who_can_book_in_which_state(
    slot: Slot,
    state: SlotState,
    public: type[Exception] | None,
    draw: type[Exception] | None,
    staff: type[Exception] | None,
) -> None:
    books = Books(replace(slot, state=state))
    for way, refusal in zip((BookingWay.PUBLIC, BookingWay.DRAW, BookingWay.STAFF), (public, draw, staff), strict=True):
        booking = replace(make_booking(slot), way=way)
        (outcome,) = books.decide(booking)
        assert outcome == booking.reservation if refusal is None else type(outcome) is refusal


@pytest.mark.parametrize("way", list(BookingWay))
def test_nobody_books_once_the_last_are_let_in(slot: Slot, way: BookingWay) -> None:
    state = SlotState.DRAWN if way is BookingWay.DRAW else SlotState.OPEN
    books = Books(replace(slot, state=state, last_entry_at=NOW))
    assert kinds(books.decide(replace(make_booking(slot), way=way))) == [SlotEnded]


@pytest.mark.parametrize("state", [SlotState.WITHDRAWN, SlotState.DRAWN, SlotState.CLOSED])
def test_whatever_becomes_of_a_slot_its_places_can_be_given_back(books: Books, slot: Slot, state: SlotState) -> None:
    booking = make_booking(slot, party=2)
    books.decide(booking)
    books.make(SlotChange(slot_id=slot.id, state=state))
    assert books.decide(make_cancellation(booking.reservation)) == [True]
    assert books.slot(slot).places_left == 10


def test_a_drawn_slot_that_opens_again_is_everybody_s(slot: Slot) -> None:
    books = Books(replace(slot, state=SlotState.DRAWN))
    lucky, late = replace(make_booking(slot), way=BookingWay.DRAW), make_booking(slot)
    opening = SlotChange(slot_id=slot.id, state=SlotState.OPEN, expected=frozenset({SlotState.DRAWN}))
    outcomes = books.decide(late, lucky, opening, late)
    assert kinds(outcomes) == [SlotDrawn, type(lucky.reservation), Slot, type(late.reservation)]
    assert books.slot(slot).places_left == 8
