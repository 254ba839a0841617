"""The ledger of a slot: who holds its places, and which changes can be made to that; free of input and output."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.common.errors import DomainError
from services.reservations.errors import VisitorAlreadyBooked
from services.reservations.model import Cancellation, Change, GiveBack, NewBooking, Reservation, Slot
from services.reservations.rules import ensure_bookable
from services.sync.model import OutboxEvent, RecordKind, RecordRef

# What a change comes to: the reservation that was booked, or whether a giving-up took effect, or why not.
Outcome = Reservation | bool | Exception


class AlreadyAnswered(Exception):
    """The same idempotent request has a reservation already."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A reservation's places: one for each of `people`, by their documents' digests.

    `request_id` is the request that this answers; where places are given up, the request that may be made anew.
    """

    reservation_id: str
    request_id: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LedgerEntry:
    """What became of a slot in one write: `slot` as it is after it, in version `slot.version`."""

    slot: Slot
    booked: tuple[Holding, ...]
    freed: tuple[Holding, ...]


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """An entry of the ledger together with the facts that it is made of."""

    entry: LedgerEntry
    bookings: tuple[NewBooking, ...]
    cancellations: tuple[Cancellation, ...]
    given_back: tuple[GiveBack, ...]

    @property
    def given_up(self) -> tuple[Cancellation | GiveBack, ...]:
        """The reservations that end."""
        return (*self.cancellations, *self.given_back)

    @property
    def events(self) -> list[OutboxEvent]:
        """What other systems will be told."""
        return [*(one.event for one in self.bookings), *(one.event for one in self.given_up)]

    @property
    def changed(self) -> list[RecordRef]:
        """The records that are not what they were."""
        reservations = [one.reservation.id for one in (*self.bookings, *self.given_up)]
        return [
            RecordRef(kind=RecordKind.SLOT, id=self.entry.slot.id),
            *(RecordRef(kind=RecordKind.RESERVATION, id=one) for one in reservations),
        ]


@dataclass(kw_only=True)
class SlotLedger:
    """A slot at one version, with everybody who holds a place in it and every request that was answered by one."""

    slot: Slot
    holders: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

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
            self._apply(entry)
            self.slot = entry.slot

    def _apply(self, entry: LedgerEntry) -> None:
        for holding in entry.freed:
            for person in holding.people:
                self.holders.pop(person, None)
            if holding.request_id is not None:
                self.answers.pop(holding.request_id, None)
        for holding in entry.booked:
            self.holders.update(dict.fromkeys(holding.people, holding.reservation_id))
            if holding.request_id is not None:
                self.answers[holding.request_id] = holding.reservation_id


class Draft:
    """The next entry of a slot's ledger, while changes are decided one after the other, each on top of the last."""

    def __init__(self, ledger: SlotLedger, now: datetime, answered: set[str]) -> None:
        """Take the requests `answered` by the entries that are written with this one, and add to them."""
        self._ledger = ledger
        self._now = now
        self._answered = answered
        self._places_left = ledger.slot.places_left
        self._holders: dict[str, str | None] = {}
        self._forgotten: set[str] = set()
        self._bookings: list[NewBooking] = []
        self._cancellations: list[Cancellation] = []
        self._given_back: list[GiveBack] = []
        self._found_nothing = False

    def decide(self, change: Change) -> Outcome:
        """Return what the change comes to, if this entry is written."""
        try:
            if isinstance(change, NewBooking):
                return self._book(change)
            if not self._holds(change.reservation):
                # Unlike a refused booking, which a second's delay does no harm, this must be true: the write tests it,
                # and shuts out a booking of this reservation that may still be on its way.
                self._found_nothing = True
                return False
            self._free(change)
        except (DomainError, AlreadyAnswered) as refusal:
            return refusal
        return True

    def _book(self, booking: NewBooking) -> Reservation:
        reservation, request = booking.reservation, booking.request
        if self._holds(reservation):  # our own fact: it was written, and only the database's answer got lost
            return reservation
        if request is not None and self._has_answered(request.id):
            raise AlreadyAnswered
        ensure_bookable(replace(self._ledger.slot, places_left=self._places_left), reservation.party_size, self._now)
        for index, visitor in enumerate(reservation.visitors):
            if self._holder(visitor.document_digest) is not None:
                raise VisitorAlreadyBooked(index)
        self._take(booking)
        return reservation

    def _has_answered(self, request_id: str) -> bool:
        # Also when by this very write: whoever asks again must claim the answer, lest it be given back because who
        # asked first has gone.
        before = request_id in self._ledger.answers and request_id not in self._forgotten
        return before or request_id in self._answered

    def _holder(self, person: str) -> str | None:
        return self._holders[person] if person in self._holders else self._ledger.holders.get(person)

    def _holds(self, reservation: Reservation) -> bool:
        return self._holder(reservation.visitors[0].document_digest) == reservation.id

    def _take(self, booking: NewBooking) -> None:
        for visitor in booking.reservation.visitors:
            self._holders[visitor.document_digest] = booking.reservation.id
        self._places_left -= booking.reservation.party_size
        self._bookings.append(booking)
        if booking.request is not None:
            self._answered.add(booking.request.id)

    def _free(self, change: Cancellation | GiveBack) -> None:
        for visitor in change.reservation.visitors:
            self._holders[visitor.document_digest] = None
        self._places_left += change.reservation.party_size
        if isinstance(change, Cancellation):
            self._cancellations.append(change)
            return
        self._given_back.append(change)
        if change.booking.request is not None:
            self._forgotten.add(change.booking.request.id)

    def settlement(self) -> Settlement | None:
        """Return what is to be written, or None when nothing changes and a write would tell nothing new."""
        if not (self._bookings or self._cancellations or self._given_back or self._found_nothing):
            return None
        slot = self._ledger.slot
        entry = LedgerEntry(
            slot=replace(slot, places_left=self._places_left, version=slot.version + 1),
            booked=tuple(_holding(one.reservation, one) for one in self._bookings),
            freed=(
                *(_holding(one.reservation, None) for one in self._cancellations),
                *(_holding(one.reservation, one.booking) for one in self._given_back),
            ),
        )
        return Settlement(
            entry=entry,
            bookings=tuple(self._bookings),
            cancellations=tuple(self._cancellations),
            given_back=tuple(self._given_back),
        )


def _holding(reservation: Reservation, booking: NewBooking | None) -> Holding:
    request = None if booking is None else booking.request
    return Holding(
        reservation_id=reservation.id,
        request_id=None if request is None else request.id,
        people=tuple(visitor.document_digest for visitor in reservation.visitors),
    )


def decide(
    ledgers: Mapping[str, SlotLedger], changes: Sequence[Change], now: datetime
) -> tuple[list[Outcome], list[Settlement]]:
    """Return an outcome for each change, in order, and what is to be written to make the outcomes true.

    `ledgers` holds the slot of each change. The same person, request or place wanted twice goes to who came first.
    """
    drafts: dict[str, Draft] = {}
    answered: set[str] = set()
    outcomes: list[Outcome] = []
    for change in changes:
        slot_id = change.reservation.slot_id
        draft = drafts.get(slot_id) or drafts.setdefault(slot_id, Draft(ledgers[slot_id], now, answered))
        outcomes.append(draft.decide(change))
    settlements = (draft.settlement() for draft in drafts.values())
    return outcomes, [settlement for settlement in settlements if settlement is not None]
