"""Thousands of random batches, decided together, one by one, and by a model that is too simple to be wrong."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from services.common.model import IdempotentRequest
from services.reservations.changes import Cancellation, GiveBack, NewBooking
from services.reservations.draft import decide
from services.reservations.errors import SlotClosed, SlotEnded, SlotFull, VisitorAlreadyBooked
from services.reservations.ledger import AlreadyAnswered, Outcome, Settlement, SlotLedger
from services.reservations.model import ProtectedVisitor, Reservation, Slot, SlotState
from tests.factories import NOW, make_booking, make_cancellation, make_give_back, make_request, make_slot, make_visitor

ROUNDS = 50
BATCHES = 30
LARGEST = 14
LAST_CHANGES = 60

Plain = NewBooking | Cancellation | GiveBack
# What a change came to, in words that all three have in common.
Word = str


@dataclass(kw_only=True)
class ModelSlot:
    """A slot as a list of parties, changed one by one."""

    slot: Slot
    parties: dict[str, frozenset[str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def places_left(self) -> int:
        return self.slot.capacity - sum(len(people) for people in self.parties.values())

    def make(self, change: Plain) -> Word:
        reservation = change.reservation
        if isinstance(change, NewBooking):
            return self._book(change)
        if self.parties.pop(reservation.id, None) is None:
            return "nothing to give up"
        if isinstance(change, GiveBack) and change.booking.request is not None:
            del self.answers[change.booking.request.id]
        return "given up"

    def _book(self, booking: NewBooking) -> Word:
        wanted = booking.reservation
        request_id = "" if booking.request is None else booking.request.id
        if wanted.id not in self.parties:
            if request_id in self.answers:
                return "answered before"
            if refusal := self._refusal(_people(wanted)):
                return refusal
            self.parties[wanted.id] = frozenset(_people(wanted))
            if request_id:
                self.answers[request_id] = wanted.id
        return f"booked as {wanted.id}"

    def _refusal(self, people: Sequence[str]) -> Word | None:
        if self.slot.ends_at <= NOW:
            return "ended"
        if self.slot.state is SlotState.CLOSED:
            return "closed"
        if len(people) > self.places_left:
            return f"{self.places_left} places are left"
        holders = frozenset[str]().union(*self.parties.values())
        return next((f"visitor {index} is booked" for index, one in enumerate(people) if one in holders), None)


def _people(reservation: Reservation) -> list[str]:
    return [visitor.document_digest for visitor in reservation.visitors]


class Books:
    """Ledgers of some slots; batches are decided `together` or each change alone, and written."""

    def __init__(self, slots: Sequence[Slot], largest: int) -> None:
        self._largest = largest
        self.ledgers = {slot.id: SlotLedger.at_first(slot) for slot in slots}
        self.written: list[Settlement] = []

    def make(self, changes: Sequence[Plain]) -> list[Word]:
        words: list[Word] = []
        for start in range(0, len(changes), self._largest):
            part = changes[start : start + self._largest]
            outcomes, settlements = decide(self.ledgers, part, NOW)
            words += [_word(outcome) for outcome in outcomes]
            self.written += settlements
            for settlement in settlements:
                self.ledgers[settlement.entry.slot.id].write(settlement.entry)
        return words


def _word(outcome: Outcome) -> Word:
    if isinstance(outcome, Reservation):
        return f"booked as {outcome.id}"
    if isinstance(outcome, bool):
        return "given up" if outcome else "nothing to give up"
    return {
        AlreadyAnswered: "answered before",
        SlotFull: f"{getattr(outcome, 'places_left', '')} places are left",
        VisitorAlreadyBooked: f"visitor {getattr(outcome, 'index', '')} is booked",
        SlotEnded: "ended",
        SlotClosed: "closed",
    }[type(outcome)]


@dataclass(kw_only=True)
class Crowd:
    """Draws changes: few people, fewer places, and keys that are used again and again."""

    chance: random.Random
    slots: Sequence[Slot]
    people: Sequence[ProtectedVisitor] = field(default_factory=lambda: [make_visitor() for _ in range(40)])
    requests: defaultdict[str, list[IdempotentRequest]] = field(default_factory=lambda: defaultdict(list))
    asked: list[NewBooking] = field(default_factory=list)

    def batch(self) -> list[Plain]:
        """Draw changes; what is asked for in this batch is given up in a later one at the earliest."""
        asked = self.chance.sample(self.asked, len(self.asked))
        again, known = asked[: len(asked) // 2], asked[len(asked) // 2 :]
        changes = [self._change(again, known) for _ in range(self.chance.randint(1, LARGEST))]
        given_up = {one.reservation.id for one in changes if not isinstance(one, NewBooking)}
        asked += [one for one in changes if isinstance(one, NewBooking) and one not in again]
        # Who has given a reservation up does not ask for that very one again.
        self.asked = [one for one in asked if one.reservation.id not in given_up][-LAST_CHANGES:]
        return changes

    def _change(self, again: Sequence[NewBooking], known: Sequence[NewBooking]) -> Plain:
        kind = self.chance.random()
        if kind < 0.1 and again:
            return self.chance.choice(again)
        if kind < 0.3 and known:
            return make_cancellation(self.chance.choice(known).reservation)
        if kind < 0.4 and known:
            return make_give_back(self.chance.choice(known))
        return self._wish()

    def _wish(self) -> NewBooking:
        size = self.chance.choice([1, 1, 1, 2, 3])
        slot, visitors = self.chance.choice(self.slots), tuple(self.chance.sample(self.people, size))
        request = self._request(slot) if self.chance.random() < 0.7 else None
        return make_booking(slot, party=size, request=request, visitors=visitors)

    def _request(self, slot: Slot) -> IdempotentRequest:
        """Draw a request for this slot; that one key serves one slot is not for a ledger of one slot to say."""
        requests = self.requests[slot.id]
        if requests and self.chance.random() < 0.3:
            known = self.chance.choice(requests[-3:])
            return known if self.chance.random() < 0.7 else replace(known, fingerprint="other content")
        requests.append(make_request())
        return requests[-1]


@pytest.mark.parametrize("seed", [20261122, 3])
def test_a_batch_comes_to_what_its_changes_come_to_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    seen: set[str] = set()
    for _ in range(ROUNDS):
        slots = [
            make_slot(capacity=12, places_left=12),
            make_slot(capacity=5, places_left=5),
            make_slot(capacity=3, places_left=3),
            make_slot(state=SlotState.CLOSED),
            make_slot(ends_at=NOW - timedelta(minutes=1)),
        ]
        crowd = Crowd(chance=chance, slots=slots)
        together, alone = Books(slots, LARGEST), Books(slots, 1)
        model = {slot.id: ModelSlot(slot=slot) for slot in slots}
        for _ in range(BATCHES):
            changes = crowd.batch()
            expected = [model[change.reservation.slot_id].make(change) for change in changes]
            for books in (together, alone):
                assert books.make(changes) == expected
            seen.update(" ".join(word for word in one.split() if "_" not in word) for one in expected)
            for books in (together, alone):
                _compare(books, model)
        _check_written(together)
    # Each kind of outcome came up, or the comparison was not worth much.
    assert seen >= {"booked as", "answered before", "given up", "nothing to give up", "ended", "closed"}
    assert seen >= {"0 places are left", "2 places are left", "visitor 0 is booked", "visitor 2 is booked"}


def _compare(books: Books, model: dict[str, ModelSlot]) -> None:
    for slot_id, slot in model.items():
        ledger = books.ledgers[slot_id]
        assert 0 <= slot.places_left == ledger.slot.places_left
        assert ledger.holders == {person: name for name, people in slot.parties.items() for person in people}
        assert ledger.answers == slot.answers


def _check_written(books: Books) -> None:
    """What is to be kept with an entry is what the entry says."""
    versions = dict.fromkeys(books.ledgers, 0)
    for settlement in books.written:
        entry, facts = settlement.entry, settlement.facts
        versions[entry.slot.id] += 1
        assert entry.slot.version == versions[entry.slot.id]
        assert [one.reservation_id for one in entry.booked] == [one.reservation.id for one in facts.bookings]
        assert [one.reservation_id for one in entry.freed] == [one.reservation.id for one in facts.given_up]
        told = [*facts.bookings, *facts.given_up]
        assert [event.subject_id for event in facts.events] == [one.reservation.id for one in told]
    booked = [one.reservation.id for each in books.written for one in each.facts.bookings]
    assert len(booked) == len(set(booked))
