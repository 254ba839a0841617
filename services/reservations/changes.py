"""What can become of slots and their places: each change is decided on the ledgers of its slots, and written whole."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.notifications.model import NoticeCall
from services.reservations.model import Allotment, EndReason, Reservation, ReservationStatus, SlotState
from services.sync.model import OutboxEvent


class BookingWay(StrEnum):
    """How a booking comes about, which says what it may pass.

    The public needs an open slot that nobody waits for. Lots are drawn while the slot is closed to all others. Staff
    may book past the queue, what is set aside and for those whom they move.
    """

    PUBLIC = "public"
    DRAW = "draw"
    STAFF = "staff"


class DayLimitKind(StrEnum):
    """Whom a limit for one day counts."""

    ACCOUNT = "account"
    DOCUMENT = "document"


@dataclass(frozen=True, kw_only=True)
class DayLimit:
    """How many bookings for one day somebody may have at a venue; `key` stands for the three of them.

    `index` is which of the party it concerns, None for the account.
    """

    key: str
    most: int
    kind: DayLimitKind
    index: int | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewBooking:
    """A reservation that wants its places, with the request, event and notices that become facts together with it."""

    reservation: Reservation
    request: IdempotentRequest | None
    event: OutboxEvent | None
    way: BookingWay = BookingWay.PUBLIC
    day_limits: tuple[DayLimit, ...] = ()
    calls: tuple[NoticeCall, ...] = ()

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slots whose places change hands."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """A reservation, or an offer, is given up."""

    reservation: Reservation
    cancelled_at: datetime
    event: OutboxEvent | None
    reason: EndReason = EndReason.CITIZEN
    calls: tuple[NoticeCall, ...] = ()
    moved_to: str | None = None

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slots whose places change hands."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class GiveBack:
    """Nobody heard that this booking succeeded: its places go back, and its request may be made anew.

    Unless somebody has heard of it after all: by repeating the request, or by standing at the gate.
    """

    booking: NewBooking
    cancelled_at: datetime
    event: OutboxEvent
    reason: EndReason = EndReason.UNHEARD
    calls: tuple[NoticeCall, ...] = ()
    moved_to: str | None = None

    @property
    def reservation(self) -> Reservation:
        """The reservation that is given up."""
        return self.booking.reservation

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slots whose places change hands."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Reschedule:
    """A party goes from one slot to another: both or neither, so that it is never without a place, nor has two."""

    old: Cancellation
    new: NewBooking

    @property
    def reservation(self) -> Reservation:
        """The reservation that there will be."""
        return self.new.reservation

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slots whose places change hands."""
        return (self.new.reservation.slot_id, self.old.reservation.slot_id)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A party in a slot's queue: `number` is its place in the order of joining, `people` are its documents' digests.

    `account` is who waits, or waited before places were offered: one party an account.
    """

    id: str
    account: str
    number: int
    party_size: int
    people: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Joining:
    """A party wants to stand in the queue of a slot; it gets the next number. The reservation is a waiting one."""

    reservation: Reservation
    request: IdempotentRequest | None

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot whose queue it is."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A waiting party leaves the queue of its slot."""

    reservation: Reservation
    left_at: datetime
    reason: EndReason

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot whose queue it is."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Places are held for the waiting party that is the next that fits; `reservation` is the held one."""

    reservation: Reservation
    calls: tuple[NoticeCall, ...]

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot whose queue it is."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Taking:
    """A party takes the offer that is held for it; `reservation` is the booked one."""

    reservation: Reservation
    event: OutboxEvent
    day_limits: tuple[DayLimit, ...] = ()
    calls: tuple[NoticeCall, ...] = ()

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot whose places become theirs."""
        return (self.reservation.slot_id,)


@dataclass(frozen=True, kw_only=True)
class Shrinking:
    """A lease keeps the places that were used, at least one; those that nobody used go back.

    `reservation` is as it was read: nothing changes unless it is so still, and so many were used.
    """

    reservation: Reservation
    party_size: int

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot whose places come back."""
        return (self.reservation.slot_id,)


class BelowBooked(StrEnum):
    """What to do when fewer places are wished for than are booked: nothing, or keep what is booked.

    `close` takes no more bookings then; `keep` may, should somebody cancel.
    """

    REFUSE = "refuse"
    CLOSE = "close"
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many places a slot has, and how many of them are set aside; None leaves these as they are.

    `left` in these allotments says nothing.
    """

    capacity: int
    set_aside: tuple[Allotment, ...] | None


@dataclass(frozen=True, kw_only=True)
class SlotChange:
    """Staff or the calendar change a slot; None leaves a thing as it is. `expected` is the state that it must be in."""

    slot_id: str
    quota: Quota | None = None
    state: SlotState | None = None
    expected: frozenset[SlotState] = frozenset(SlotState)
    below_booked: BelowBooked = BelowBooked.REFUSE
    plan: str | None = None
    last_entry_at: datetime | None = None

    @property
    def slot_ids(self) -> tuple[str, ...]:
        """The slot."""
        return (self.slot_id,)


Ending = Cancellation | GiveBack
Change = NewBooking | Cancellation | GiveBack | Shrinking | Reschedule | Joining | Leaving | Offer | Taking | SlotChange


def bookings_in(change: Change) -> tuple[NewBooking, ...]:
    """Return what the change books."""
    if isinstance(change, Reschedule):
        return (change.new,)
    return (change,) if isinstance(change, NewBooking) else ()


def endings_in(change: Change) -> tuple[Ending, ...]:
    """Return what the change ends."""
    if isinstance(change, Reschedule):
        return (change.old,)
    return (change,) if isinstance(change, Cancellation | GiveBack) else ()


def limits_in(change: Change) -> tuple[DayLimit, ...]:
    """Return the limits for a day that the change is counted against."""
    if isinstance(change, Taking):
        return change.day_limits
    return tuple(limit for one in bookings_in(change) for limit in one.day_limits)


def counts_in(ending: Ending) -> tuple[str, ...]:
    """Return the counters of a day that the end lowers; an offer that nobody took has raised none."""
    return ending.reservation.day_counts if ending.reservation.status is ReservationStatus.BOOKED else ()


def requests_in(change: Change) -> tuple[tuple[str, IdempotentRequest], ...]:
    """Return the requests that the change answers, each with whose it is."""
    asked = (change,) if isinstance(change, Joining) else bookings_in(change)
    return tuple((one.reservation.citizen_id, one.request) for one in asked if one.request is not None)
