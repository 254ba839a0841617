"""All kinds of changes at random: places add up in every channel, and a ledger that is read is the one written."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import CodecOptions, decode, encode

from services.reservations.changes import (
    BelowBooked,
    BookingWay,
    Change,
    Joining,
    NewBooking,
    Offer,
    Quota,
    SlotChange,
    Taking,
    Waiting,
    bookings_in,
    endings_in,
)
from services.reservations.documents import read_slot, slot_document
from services.reservations.entry_documents import entry_document, read_entry
from services.reservations.ledger import Outcome, Settlement, SlotLedger
from services.reservations.model import Reservation, Slot, SlotState
from services.reservations.queue import QueueEvent, chained
from services.reservations.quotas import allotments
from services.venues.model import Channel
from tests.changes import Books, make_joining, make_lapse, make_leaving, make_move, make_offer, make_taking, set_aside
from tests.factories import NOW, make_booking, make_cancellation, make_give_back, make_request, make_slot, make_visitor

ROUNDS = 60
BATCHES = 40
LARGEST = 10
KEEP = timedelta(days=30)
AWARE: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)
GROUPS_UNTIL = NOW + timedelta(minutes=20)
ASIDE = (Channel.GROUP, Channel.ASSISTED, Channel.WALK_IN)


def some_slots() -> list[Slot]:
    groups = set_aside(Channel.GROUP, 3, flows_at=GROUPS_UNTIL)
    return [
        make_slot(capacity=5, places_left=5),
        make_slot(capacity=8, places_left=8, set_aside=(groups, set_aside(Channel.ASSISTED, 2))),
        make_slot(capacity=3, places_left=3, state=SlotState.DRAWN),
    ]


@dataclass(kw_only=True)
class Crowd:
    """Draws changes of few people in few slots; what ends was asked for in an earlier batch."""

    chance: random.Random
    slots: Sequence[Slot]
    people: Sequence[Any] = field(default_factory=lambda: [make_visitor() for _ in range(30)])
    booked: list[NewBooking] = field(default_factory=list)
    joined: list[Joining] = field(default_factory=list)
    offered: list[Offer] = field(default_factory=list)
    taken: list[Taking] = field(default_factory=list)

    def batch(self) -> list[Change]:
        draws: Sequence[Callable[[], Change | None]] = (
            *[self._booking] * 6,
            *[self._joining] * 4,
            *[self._offer] * 5,
            *[self._taking] * 2,
            *[self._ending] * 5,
            self._move,
            self._slot_change,
        )
        drawn = [self.chance.choice(draws)() for _ in range(self.chance.randint(1, LARGEST))]
        return [one for one in drawn if one is not None]

    def hear(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        """Remember what came about."""
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(outcome, Reservation | Waiting):
                self._remember(change)

    def _remember(self, change: Change) -> None:
        for one in bookings_in(change):
            self.booked.append(one)
        if isinstance(change, Joining):
            self.joined.append(change)
        elif isinstance(change, Offer):
            self.offered.append(change)
        elif isinstance(change, Taking):
            self.taken.append(change)

    def _party(self) -> dict[str, Any]:
        size = self.chance.choice([1, 1, 2, 3])
        visitors = tuple(self.chance.sample(self.people, size))
        request = make_request() if self.chance.random() < 0.5 else None
        return {"party": size, "visitors": visitors, "request": request}

    def _booking(self) -> NewBooking:
        way = self.chance.choice([BookingWay.PUBLIC, BookingWay.PUBLIC, BookingWay.STAFF, BookingWay.DRAW])
        channel = self.chance.choice([Channel.INDIVIDUAL, *ASIDE]) if way is BookingWay.STAFF else Channel.INDIVIDUAL
        return replace(make_booking(self.chance.choice(self.slots), channel=channel, **self._party()), way=way)

    def _joining(self) -> Joining:
        return make_joining(self.chance.choice(self.slots), **self._party())

    def _offer(self) -> Offer | None:
        return make_offer(self.chance.choice(self.joined[-6:])) if self.joined else None

    def _taking(self) -> Taking | None:
        return make_taking(self.chance.choice(self.offered[-6:])) if self.offered else None

    def _ending(self) -> Change | None:
        ends: list[Change] = [
            *(make_cancellation(one.reservation) for one in self._some(self.booked)),
            *(make_give_back(one) for one in self._some(self.booked) if one.way is BookingWay.PUBLIC),
            *(make_leaving(one) for one in self._some(self.joined)),
            *(make_lapse(one) for one in self._some(self.offered)),
            *(make_cancellation(one.reservation) for one in self._some(self.taken)),
        ]
        return self.chance.choice(ends) if ends else None

    def _some(self, asked: Sequence[Any]) -> Sequence[Any]:
        return [self.chance.choice(asked[-20:])] if asked else []

    def _move(self) -> Change | None:
        if not self.booked:
            return None
        return make_move(self.chance.choice(self.booked[-20:]).reservation, self.chance.choice(self.slots))

    def _slot_change(self) -> SlotChange:
        aside = tuple(
            set_aside(channel, self.chance.randint(0, 3), flows_at=self.chance.choice([None, GROUPS_UNTIL]))
            for channel in self.chance.sample(ASIDE, self.chance.randint(0, 3))
        )
        quota = Quota(capacity=self.chance.randint(2, 9), set_aside=self.chance.choice([None, aside]))
        return SlotChange(
            slot_id=self.chance.choice(self.slots).id,
            quota=self.chance.choice([None, quota]),
            # Most of the time it is open, lest nothing else happens.
            state=self.chance.choice([None, SlotState.OPEN, SlotState.OPEN, SlotState.OPEN, *SlotState]),
            below_booked=self.chance.choice(list(BelowBooked)),
        )


def word(outcome: Outcome) -> str:
    """Return what a change came to, whatever version the slot is at."""
    if isinstance(outcome, Reservation):
        return f"booked {outcome.id}"
    if isinstance(outcome, Waiting):
        return f"waits as {outcome.number}"
    if isinstance(outcome, Slot):
        return f"changed to {replace(outcome, version=0)}"
    return f"{type(outcome).__name__} {outcome}"


@dataclass(kw_only=True)
class Account:
    """Who has places in a slot, by what was written, in words that are too simple to be wrong."""

    taken: Counter[Channel] = field(default_factory=Counter)
    parties: dict[str, Reservation] = field(default_factory=dict)

    def post(self, settlement: Settlement) -> None:
        facts = settlement.facts
        for reservation in (*(one.reservation for one in facts.bookings), *(one.reservation for one in facts.offers)):
            assert reservation.id not in self.parties
            self.parties[reservation.id] = reservation
            self.taken[reservation.channel] += reservation.party_size
        for ended in [one.reservation for one in facts.given_up]:
            gone = self.parties.pop(ended.id)
            self.taken[gone.channel] -= gone.party_size

    def compare(self, ledger: SlotLedger) -> None:
        slot = ledger.slot
        shares = allotments(slot)
        assert min(one.left for one in shares) >= 0
        assert min(one.places for one in shares) >= 0
        assert sum(one.left for one in shares) == slot.places_left
        assert sum(one.places for one in shares) == slot.capacity
        assert {one.channel: one.places - one.left for one in shares if one.places > one.left} == +self.taken
        assert slot.waiting == len(ledger.queue)
        assert ledger.holdings.keys() == self.parties.keys()
        people = {each.document_digest: one.id for one in self.parties.values() for each in one.visitors}
        assert ledger.holders == people
        assert ledger.offers.keys() <= self.parties.keys()


def arrived(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return decode(encode(document), AWARE)


@dataclass(kw_only=True)
class Reader:
    """Another process: it knows slots and ledgers from their documents alone, and looks now and then."""

    documents: defaultdict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ledgers: dict[str, SlotLedger] = field(default_factory=dict)

    def hear(self, settlement: Settlement, now: datetime) -> None:
        self.documents[settlement.entry.slot.id].append(arrived(entry_document(settlement, now, keep=KEEP)))

    def look(self, slot: Slot) -> SlotLedger:
        seen = read_slot(arrived(slot_document(slot)))
        ledger = self.ledgers.setdefault(slot.id, SlotLedger.at_first(seen))
        later = [one for one in self.documents[slot.id] if one["version"] > ledger.slot.version]
        ledger.read(seen, [read_entry(one, seen) for one in later])
        return ledger


def same(one: SlotLedger, other: SlotLedger) -> bool:
    return one == other and list(one.queue) == list(other.queue)


@pytest.mark.parametrize("seed", [7, 20261122])
def test_places_add_up_and_the_ledger_says_it_all(seed: int) -> None:
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        slots = some_slots()
        crowd, books, reader = Crowd(chance=chance, slots=slots), Books(*slots), Reader()
        accounts = {slot.id: Account() for slot in slots}
        for _ in range(BATCHES):
            changes = crowd.batch()
            outcomes = books.decide(*changes)
            crowd.hear(changes, outcomes)
            seen.update(type(outcome).__name__ for outcome in outcomes)
            for settlement in books.written:
                accounts[settlement.entry.slot.id].post(settlement)
                reader.hear(settlement, books.now)
            for slot_id, ledger in books.ledgers.items():
                accounts[slot_id].compare(ledger)
            looked_at = books.slot(chance.choice(slots))
            assert same(reader.look(looked_at), books.ledgers[looked_at.id])
            books.now += timedelta(minutes=1)
        for slot_id, ledger in books.ledgers.items():
            assert same(reader.look(ledger.slot), ledger)
            assert same(Reader(documents=reader.documents).look(ledger.slot), ledger)  # from its beginning
            check_chain(slot_id, reader.documents[slot_id])
    # Whatever can happen did, or this was not worth much.
    assert seen.keys() >= {"Reservation", "Waiting", "Slot", "bool", "SlotFull", "SlotClosed", "SlotDrawn", "NotNext"}
    assert seen.keys() >= {"PlacesFree", "NotHeld", "VisitorAlreadyBooked", "AlreadyWaiting", "QuotaBelowBooked"}
    assert min(seen["Reservation"], seen["bool"]) > 1000


def check_chain(slot_id: str, documents: Sequence[Mapping[str, Any]]) -> None:
    """Check as anybody can who has the published steps: every link, and that each offer went to the first that fits."""
    link, queue = "", dict[int, int]()
    for document in documents:
        if document["queue"] is None:
            continue
        slot = make_slot(id=slot_id)
        entry = read_entry(document, slot).queue
        assert entry is not None
        assert entry.link == chained(link, slot_id, document["occurred_at"], entry.steps)
        link = entry.link
        for step in entry.steps:
            if step.event is QueueEvent.JOINED:
                assert step.number > max(queue, default=0)
                queue[step.number] = step.party_size
                continue
            if step.event is QueueEvent.OFFERED:
                assert step.number == next(number for number, size in queue.items() if size <= step.free)
            assert queue.pop(step.number) == step.party_size


@pytest.mark.parametrize("seed", [3, 2026])
def test_a_batch_of_all_kinds_comes_to_what_its_changes_come_to_one_by_one(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        slots = some_slots()
        crowd, together, alone = Crowd(chance=chance, slots=slots), Books(*slots), Books(*slots)
        for _ in range(BATCHES):
            changes = crowd.batch()
            outcomes = [alone.make(change) for change in changes]
            assert [word(one) for one in together.decide(*changes)] == [word(one) for one in outcomes]
            crowd.hear(changes, outcomes)
            for slot in slots:
                one, other = together.ledgers[slot.id], alone.ledgers[slot.id]
                # Only the number of writes, and with it the chain, may differ.
                assert same(one, replace(other, slot=replace(other.slot, version=one.slot.version), link=one.link))
            together.now = alone.now = together.now + timedelta(minutes=1)


def test_what_a_change_ends_is_ended_in_one_place_only() -> None:
    """The accounts above rest on this: a move ends one reservation, and everything else at most its own."""
    slots = some_slots()
    booking = make_booking(slots[0])
    assert [one.reservation for one in endings_in(make_move(booking.reservation, slots[1]))] == [booking.reservation]
    assert endings_in(make_joining(slots[0])) == ()
