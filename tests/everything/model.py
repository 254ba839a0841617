"""The model: slots as lists of parties, too simple to be wrong, that says what each wish comes to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

BOOKED, WAITING, HELD, CANCELLED, LAPSED = "booked", "waiting", "held", "cancelled", "lapsed"
ACTIVE = frozenset({BOOKED, HELD})
LEASED = "leased"
OFFER_MINUTES = 30
ACCOUNTS = 4


def account_of(people: frozenset[int]) -> int:
    """Return who books for these people: there are fewer accounts than people."""
    return min(people) % ACCOUNTS


@dataclass(kw_only=True)
class Party:
    """Some people who want to be in a slot."""

    slot: int
    people: frozenset[int]
    status: str
    moved: bool = False
    held_until: int | None = None

    @property
    def size(self) -> int:
        return len(self.people)


@dataclass(kw_only=True)
class ModelLease:
    """Walk-in places that a gate has; without any, it was given back."""

    slot: int
    places: int
    used: int = 0


@dataclass(kw_only=True)
class ModelSlot:
    """Places for individuals, and some for walk-ins; `queue` are the parties that wait, in their order."""

    day: int
    individual: int
    set_aside: int
    is_open: bool = True
    queue: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Model:
    """What is true; `minute` counts from the beginning. Nobody may have two bookings for one day."""

    slots: list[ModelSlot]
    parties: dict[str, Party] = field(default_factory=dict)
    leases: dict[str, ModelLease] = field(default_factory=dict)
    minute: int = 0

    def in_slot(self, slot: int, *statuses: str) -> Iterator[tuple[str, Party]]:
        found = ((key, one) for key, one in self.parties.items() if one.slot == slot and one.status in statuses)
        yield from found

    def taken(self, slot: int) -> int:
        return sum(one.size for _, one in self.in_slot(slot, *ACTIVE))

    def left(self, slot: int) -> int:
        return self.slots[slot].individual - self.taken(slot)

    def _holds(self, slot: int, people: frozenset[int]) -> bool:
        return any(one.people & people for _, one in self.in_slot(slot, *ACTIVE))

    def _has_booked_that_day(self, slot: int, people: frozenset[int], but: str | None = None) -> bool:
        day = self.slots[slot].day
        return any(
            one.status == BOOKED and self.slots[one.slot].day == day and one.people & people and key != but
            for key, one in self.parties.items()
        )

    def _place(self, slot: int, people: frozenset[int], but: str | None = None) -> str:
        """Return what becomes of people who want places in a slot now."""
        if not self.slots[slot].is_open:
            return "slot_closed"
        if self.slots[slot].queue or self.left(slot) < len(people):
            return "slot_full"
        if self._holds(slot, people):
            return "visitor_already_booked"
        return "day_limit_reached" if self._has_booked_that_day(slot, people, but) else BOOKED

    def book(self, slot: int, people: frozenset[int]) -> str:
        return self._place(slot, people)

    def join(self, slot: int, people: frozenset[int]) -> str:
        there = self.slots[slot]
        if not there.is_open:
            return "slot_closed"
        if len(people) > there.individual:
            return "slot_full"
        if not there.queue and self.left(slot) >= len(people):
            return "places_free"
        if self._holds(slot, people):
            return "visitor_already_booked"
        if any(one.people & people for _, one in self.in_slot(slot, WAITING)):
            return "already_waiting"
        waits = any(account_of(one.people) == account_of(people) for _, one in self.in_slot(slot, WAITING))
        offered = any(account_of(one.people) == account_of(people) for _, one in self.in_slot(slot, HELD))
        return "already_waiting" if waits or offered else WAITING

    def reschedule(self, key: str, slot: int) -> str:
        party = self.parties[key]
        if party.status != BOOKED:
            return "reservation_cancelled"
        if party.moved:
            return "rescheduled_before"
        return "same_slot" if slot == party.slot else self._place(slot, party.people, but=key)

    def cancel(self, key: str) -> str:
        party = self.parties[key]
        if party.status in {WAITING, HELD}:
            return "only_waiting"
        if party.status == BOOKED:
            party.status = CANCELLED
        return party.status

    def decline(self, key: str) -> None:
        party = self.parties[key]
        if party.status == WAITING:
            self.slots[party.slot].queue.remove(key)
            party.status = CANCELLED
        elif party.status == HELD:
            party.status = LAPSED

    def take(self, key: str) -> str:
        party = self.parties[key]
        if party.status != HELD or party.held_until is None or party.held_until <= self.minute:
            return "no"
        if self._has_booked_that_day(party.slot, party.people):
            return "day_limit_reached"
        party.status = BOOKED
        return BOOKED

    def promote(self) -> None:
        """Let what is over lapse, and offer what is free to the next that fit."""
        for party in self.parties.values():
            if party.status == HELD and party.held_until is not None and party.held_until <= self.minute:
                party.status = LAPSED
        for number, slot in enumerate(self.slots):
            while slot.is_open and (key := self._next(number)) is not None:
                slot.queue.remove(key)
                self.parties[key].status = HELD
                self.parties[key].held_until = self.minute + OFFER_MINUTES

    def _next(self, slot: int) -> str | None:
        left = self.left(slot)
        return next((key for key in self.slots[slot].queue if self.parties[key].size <= left), None)

    def leased(self, slot: int) -> int:
        return sum(one.places for one in self.leases.values() if one.slot == slot)

    def lease(self, slot: int, places: int) -> str:
        there = self.slots[slot]
        if not there.is_open:
            return "slot_closed"
        return "slot_full" if there.set_aside - self.leased(slot) < places else LEASED

    def come_in(self, key: str, count: int) -> str:
        lease = self.leases[key]
        if lease.places == 0:
            return "cancelled"
        if lease.used == lease.places:
            return "already_admitted"
        if lease.used + count > lease.places:
            return "count_too_large"
        lease.used += count
        return "admitted"

    def give_back(self, key: str) -> tuple[int, int]:
        lease = self.leases[key]
        lease.places = lease.used
        return lease.places, lease.used

    def change_quota(self, slot: int, capacity: int, *, close: bool) -> str:
        there = self.slots[slot]
        individual, taken = capacity - there.set_aside, self.taken(slot)
        if individual < 0:
            return "quota_invalid"
        if individual < taken and not close:
            return "quota_below_booked"
        if individual < taken:
            there.is_open = False
            # What is set aside and free goes first.
            there.set_aside -= min(taken - individual, there.set_aside - self.leased(slot))
        there.individual = max(individual, taken)
        return "changed"

    def empty(self, slot: int) -> None:
        """Close a slot, and cancel all who have places in it; of leases, what was used stays."""
        for lease in self.leases.values():
            lease.places = lease.used if lease.slot == slot else lease.places
        self.slots[slot].is_open = False
        for _, party in list(self.in_slot(slot, *ACTIVE)):
            party.status = CANCELLED if party.status == BOOKED else LAPSED
