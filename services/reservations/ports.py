"""What reservations need from outside."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from services.common.model import IdempotentRequest
from services.policies.model import VisitPolicy
from services.reservations.changes import (
    Cancellation,
    Change,
    Joining,
    Leaving,
    NewBooking,
    Offer,
    Reschedule,
    Shrinking,
    SlotChange,
    Taking,
    Waiting,
)
from services.reservations.ledger import LedgerEntry, Settlement
from services.reservations.model import Reservation, Slot


class SlotSource(Protocol):
    """Where slots are looked up by time."""

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Return the slots of a venue with since <= starts_at < until, in order of start."""


class SlotStore(SlotSource, Protocol):
    """Slots as they are kept."""

    async def add_missing(self, slots: Sequence[Slot]) -> int:
        """Add the slots whose ids are not there yet; return how many were added."""


class ReservationStore(Protocol):
    """Reservations as they are kept."""

    async def find(self, reservation_id: str, citizen_id: str) -> Reservation | None:
        """Return the citizen's reservation, if it is theirs."""

    async def latest_of(self, citizen_id: str, limit: int, before: str | None) -> Sequence[Reservation]:
        """Return the citizen's reservations, newest first, older than the id `before`."""

    async def claim_first_answer(self, request: IdempotentRequest, citizen_id: str) -> Reservation | None:
        """Return the reservation that answered the request first, if any; from now on nobody gives it back.

        Raises IdempotencyKeyReused when the key was used for other content.
        """


@dataclass(frozen=True, kw_only=True)
class Objections:
    """Why a write is impossible that the ledger allowed: what the database knows besides the ledger."""

    answered_requests: frozenset[str] = field(default_factory=frozenset)
    begun_visits: frozenset[str] = field(default_factory=frozenset)
    repeated_bookings: frozenset[str] = field(default_factory=frozenset)
    moved_leases: frozenset[str] = field(default_factory=frozenset)
    exhausted_limits: frozenset[str] = field(default_factory=frozenset)


class LedgerStore(Protocol):
    """The ledgers of slots: what was written, and the one way to write more."""

    async def read(self, known: Mapping[str, int]) -> Mapping[str, tuple[Slot, Sequence[LedgerEntry]]]:
        """Return each slot with at least the entries after its known version; slots that do not exist are left out."""

    async def write(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Write the entries with all their facts and events: all or nothing.

        Raises LedgerMoved when a slot is not at the version before its entry any more, Objected when a unique key
        forbids it, OutcomeUnknown when it may have been written, DatabaseUnavailable when it was not.
        """

    async def find_objections(self, changes: Sequence[Change]) -> Objections:
        """Return what the database holds against these changes."""


class DrawnDays(Protocol):
    """Days whose places are given by lot."""

    async def is_drawn(self, venue_id: str, day: date, /) -> bool:
        """Tell whether a slot of this day is drawn, and the draw has not been settled yet."""


class RevokedCodes(Protocol):
    """Codes that their venue has revoked."""

    async def was_revoked(self, reservation_id: str, /) -> bool:
        """Tell whether the code of a reservation opens nothing any more."""


class Visits(Protocol):
    """Which parties have entered."""

    async def begun(self, reservation_ids: Sequence[str]) -> Sequence[str]:
        """Return those of the reservations of which somebody was admitted; at most a hundred."""


class Pauses(Protocol):
    """Who cannot book for some time, because they did not come too often."""

    async def ensure_welcome(self, citizen_id: str, policy: VisitPolicy) -> None:
        """Raise BookingPaused when this account's booking is paused at the venue of the policy."""


class BookingDesk(Protocol):
    """Where places are taken and given back."""

    async def find_slot(self, slot_id: str) -> Slot | None:
        """Return the slot as it was known within the last second, if there is one."""

    def newest(self, slot: Slot) -> Slot:
        """Return the slot as this process knows it, if that is newer than `slot`."""

    def has_answered(self, slot_id: str, request: IdempotentRequest) -> bool:
        """Tell whether a reservation in this slot is known to have answered the request."""

    async def book(self, booking: NewBooking) -> Reservation:
        """Take the places and keep the reservation, its request and its event: all or nothing.

        Raises SlotUnknown, SlotFull, SlotClosed, SlotEnded, VisitorAlreadyBooked, AlreadyAnswered, TooBusy
        or DatabaseUnavailable. Whoever leaves before the answer holds no place.
        """

    async def cancel(self, cancellation: Cancellation) -> bool:
        """Give the places back, close the gate to the reservation, keep the event; False when it was cancelled before.

        Raises VisitBegun when somebody of the party has been admitted, TooBusy or DatabaseUnavailable.
        """


class ReservationDesk(BookingDesk, Protocol):
    """Where all else is decided that can become of a slot's places."""

    async def reschedule(self, move: Reschedule) -> Reservation | None:
        """Take the new place and give the old one back: both or neither; None when the old one was given up before.

        Raises what booking and cancelling raise.
        """

    async def join(self, joining: Joining) -> Waiting:
        """Stand in the queue; raises PlacesFree, VisitorAlreadyBooked, AlreadyWaiting, or why the slot takes nobody."""

    async def leave(self, leaving: Leaving) -> bool:
        """Leave the queue; False for who does not stand in it."""

    async def offer(self, offer: Offer) -> Reservation:
        """Hold places for a waiting party; raises NotNext unless it is the next that fits."""

    async def take(self, taking: Taking) -> Reservation:
        """Make a booking of what is held; raises NotHeld when it is not any more, DayLimitReached."""

    async def shrink(self, shrinking: Shrinking) -> bool:
        """Give back what a lease has not used; False when it is not what it was, or more have entered on it."""

    async def change_slot(self, change: SlotChange) -> Slot:
        """Change quota or state of a slot; raises SlotUnknown, QuotaBelowBooked, QuotaInvalid, SlotStateChanged."""

    async def parties_in(self, slot_id: str) -> Sequence[str]:
        """Return the ids of the reservations with places in a slot, as it was known within the last second."""

    async def queue_of(self, slot_id: str) -> Sequence[Waiting]:
        """Return who waits for a slot, in the order of joining, as it was known within the last second."""


Answer = Reservation | Waiting | Slot | bool


class Peers(Protocol):
    """The processes that serve beside this one; each slot is written by one of them, so that they do not collide.

    Who writes is a matter of speed only: the ledger's versions keep it right whoever does.
    """

    def owner_of(self, slot_id: str) -> str | None:
        """Return which other process writes the slot, None when it is this one."""

    def ask(self, owner: str, change: Change) -> asyncio.Future[Answer]:
        """Have `owner` make the change; the future raises what it refuses with, or PeerSilent."""

    def serve(self, answer: Callable[[Sequence[Change]], Awaitable[Sequence[Answer | Exception]]]) -> None:
        """Answer what others ask of this process by `answer`."""

    def watch(self, freed: Callable[[Collection[str]], None]) -> None:
        """Hear from the others in which slots places have come back."""

    def tell_freed(self, slot_ids: Collection[str]) -> None:
        """Tell the others in which slots places have come back."""


class PeerSilent(Exception):
    """The other process does not answer; whether it made the change is not known."""


class LedgerMoved(Exception):
    """Somebody else has changed a slot since its ledger was read."""


class Objected(Exception):
    """A unique key forbids one of the changes; `find_objections` tells which."""


class OutcomeUnknown(Exception):
    """The database did not say whether the write took effect; reading the ledger tells."""
