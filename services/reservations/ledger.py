"""The ledger of a slot: who holds its places and who waits for some, entry by entry; free of input and output."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifications.model import NoticeCall
from services.reservations.changes import (
    Cancellation,
    DayLimit,
    GiveBack,
    Joining,
    Leaving,
    NewBooking,
    Offer,
    Shrinking,
    Taking,
    Waiting,
)
from services.reservations.model import Reservation, ReservationStatus, Slot
from services.reservations.queue import QueueStep
from services.sync.model import OutboxEvent, RecordKind, RecordRef

# What a change comes to: what there is now, or whether a giving-up took effect, or why not.
Outcome = Reservation | Waiting | Slot | bool | Exception


class AlreadyAnswered(Exception):
    """The same idempotent request has a reservation already."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A reservation's places: one for each of `people`, by their documents' digests, where these are known.

    `request_id` is the request that this answers; where places are given up, the request that may be made anew.
    """

    reservation_id: str
    request_id: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A party that has joined the queue, and the request that this answers."""

    waiting: Waiting
    request_id: str | None


@dataclass(frozen=True, kw_only=True)
class QueueEntry:
    """What became of a slot's queue in one write: `offered` and `left` are the ids of parties that wait no more."""

    joined: tuple[Joined, ...]
    offered: tuple[str, ...]
    left: tuple[str, ...]
    steps: tuple[QueueStep, ...]
    link: str


@dataclass(frozen=True, kw_only=True)
class Shrunk:
    """A reservation that has so many places from now on, which is fewer than before."""

    reservation_id: str
    party_size: int


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """What became of a slot in one write: `slot` as it is after it, in version `slot.version`.

    `taken` are offers that were made before and are bookings now; `queue` is None where nothing happened in it.
    """

    slot: Slot
    booked: tuple[Holding, ...]
    freed: tuple[Holding, ...]
    taken: tuple[str, ...] = ()
    shrunk: tuple[Shrunk, ...] = ()
    queue: QueueEntry | None = None


@dataclass(kw_only=True)
class Batch:
    """What the changes of one write know of each other beyond their slots: requests answered, and counts for a day."""

    now: datetime
    answered: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)


@dataclass(kw_only=True)
class Facts:
    """The changes that one entry of a ledger is made of."""

    bookings: list[NewBooking] = field(default_factory=list)
    cancellations: list[Cancellation] = field(default_factory=list)
    given_back: list[GiveBack] = field(default_factory=list)
    joined: list[tuple[Joining, int]] = field(default_factory=list)
    left: list[Leaving] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    taken: list[Taking] = field(default_factory=list)
    shrunk: list[Shrinking] = field(default_factory=list)

    @property
    def given_up(self) -> list[Cancellation | GiveBack]:
        """The reservations and offers that end."""
        return [*self.cancellations, *self.given_back]

    @property
    def events(self) -> list[OutboxEvent]:
        """What other systems will be told."""
        told = [one.event for one in (*self.bookings, *self.taken, *self.given_up)]
        return [one for one in told if one is not None]

    @property
    def calls(self) -> list[NoticeCall]:
        """Who shall be told what."""
        return [call for one in (*self.bookings, *self.offers, *self.taken, *self.given_up) for call in one.calls]

    @property
    def limits(self) -> list[DayLimit]:
        """The limits for a day that more is counted against."""
        booked = [limit for one in self.bookings for limit in one.day_limits]
        return [*booked, *(limit for one in self.taken for limit in one.day_limits)]

    @property
    def reservations(self) -> list[str]:
        """The reservations that the main system knows, or will, and that are not what they were."""
        booked = [one.reservation for one in self.bookings] + [one.reservation for one in self.taken]
        ended = [one.reservation for one in self.given_up if one.reservation.status is ReservationStatus.BOOKED]
        shrunk = [one.reservation for one in self.shrunk]
        return [one.id for one in (*booked, *ended, *shrunk)]


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """An entry of the ledger on top of the slot `before`, together with the facts that it is made of."""

    before: Slot
    entry: LedgerEntry
    facts: Facts

    @property
    def frees(self) -> bool:
        """Tell whether somebody may get a place now who could not before."""
        after = self.entry.slot
        more = after.places_left > self.before.places_left or after.state is not self.before.state
        return bool(self.facts.given_up) or more

    @property
    def changed(self) -> list[RecordRef]:
        """The records that are not what they were."""
        return [
            RecordRef(kind=RecordKind.SLOT, id=self.entry.slot.id),
            *(RecordRef(kind=RecordKind.RESERVATION, id=one) for one in self.facts.reservations),
        ]


@dataclass(kw_only=True)
class SlotLedger:
    """A slot at one version: everybody who holds a place in it or waits, and every request that was answered so.

    `offers` are those of the holders who have not taken their places yet, each with its account; `sizes` are of those
    who have given some of their places back; `queue` is in the order of joining; `link` is the last one of its chain.
    """

    slot: Slot
    holdings: dict[str, Holding] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    queue: dict[str, Waiting] = field(default_factory=dict)
    numbers: int = 0
    link: str = ""

    @classmethod
    def at_first(cls, slot: Slot) -> "SlotLedger":
        """Return the ledger of `slot` before anything was written in it, to be read on from there."""
        return cls(slot=replace(slot, places_left=slot.capacity, version=0))

    def read(self, slot: Slot, entries: Iterable[LedgerEntry]) -> None:
        """Become what `slot` is, entry by entry; what is older than what is known changes nothing.

        Slot and entries may lie on different shards, where one commit is seen sooner than the other: a step whose
        entry was not seen is not taken, and the next write finds out.
        """
        for entry in sorted(entries, key=lambda one: one.slot.version):
            if entry.slot.version <= slot.version:
                self.write(entry)
        if slot.version == self.slot.version:
            self.slot = slot

    def write(self, entry: LedgerEntry) -> None:
        """Take the step of `entry`, if it is the next one."""
        if entry.slot.version == self.slot.version + 1:
            self._free(entry.freed)
            if entry.queue is not None:
                self._move_queue(entry.queue)
            self._hold(entry.booked)
            for reservation_id in entry.taken:
                self.offers.pop(reservation_id, None)
            self.sizes.update((one.reservation_id, one.party_size) for one in entry.shrunk)
            self.slot = entry.slot

    def _free(self, freed: Iterable[Holding]) -> None:
        for holding in freed:
            self.holdings.pop(holding.reservation_id, None)
            self.offers.pop(holding.reservation_id, None)
            self.sizes.pop(holding.reservation_id, None)
            for person in holding.people:
                self.holders.pop(person, None)
            if holding.request_id is not None:
                self.answers.pop(holding.request_id, None)

    def _hold(self, booked: Iterable[Holding]) -> None:
        for holding in booked:
            self.holdings[holding.reservation_id] = holding
            self.holders.update(dict.fromkeys(holding.people, holding.reservation_id))
            if holding.request_id is not None:
                self.answers[holding.request_id] = holding.reservation_id

    def _move_queue(self, entry: QueueEntry) -> None:
        for one in entry.joined:
            self.queue[one.waiting.id] = one.waiting
            self.numbers = max(self.numbers, one.waiting.number)
            if one.request_id is not None:
                self.answers[one.request_id] = one.waiting.id
        for waiting_id in entry.offered:
            if waiting_id in self.queue:
                self.offers[waiting_id] = self.queue[waiting_id].account
        for waiting_id in (*entry.offered, *entry.left):
            self.queue.pop(waiting_id, None)
        self.link = entry.link
