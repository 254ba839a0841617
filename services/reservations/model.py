"""Slots, reservations, visitors, and the commands that change them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.venues.model import Channel


class SlotState(StrEnum):
    """What was decided about a slot: by staff, or by the calendar, which withdraws what it does not plan any more.

    The places of a slot that is `drawn` are given by lot; until then nobody can book them.
    """

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DRAWN = "drawn"


class SlotStatus(StrEnum):
    """What a citizen can do with a slot right now."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    ENDED = "ended"
    NOT_RELEASED = "not_released"
    DRAWN = "drawn"


class ReservationStatus(StrEnum):
    """Where a reservation stands.

    What waits stands in a slot's queue and has no places. What is held is an offer: it lapses unless taken in time.
    """

    BOOKED = "booked"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    HELD = "held"
    LAPSED = "lapsed"


class EndReason(StrEnum):
    """Why a reservation ended before its visit."""

    CITIZEN = "citizen"
    VENUE = "venue"
    RESCHEDULED = "rescheduled"
    UNHEARD = "unheard"
    LAPSED = "lapsed"
    DECLINED = "declined"


class DocumentType(StrEnum):
    """Identity documents that venues accept."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT_ID = "foreign_resident_id"
    HK_MACAO_TAIWAN_RESIDENCE = "hk_macao_taiwan_residence"


@dataclass(frozen=True, kw_only=True)
class Allotment:
    """Places of a slot that are set aside for one channel. From `flows_at` on, those not taken are for individuals."""

    channel: Channel
    places: int
    left: int
    flows_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A stretch of time at a venue with a number of places; half-open: [starts_at, ends_at).

    `capacity` and `places_left` are of all channels; what is not set aside is for individuals. `waiting` parties stand
    in the queue. `version` counts the changes: whoever changes a slot names the version that they saw. `plan` is the
    quota as the calendar planned it, in short; None for a slot that was made by hand.
    """

    id: str
    venue_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    places_left: int
    state: SlotState
    version: int = 0
    set_aside: tuple[Allotment, ...] = ()
    waiting: int = 0
    last_entry_at: datetime | None = None
    plan: str | None = None


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A person as typed in; lives only as long as the request. A `minor` is one who is said to be."""

    name: str = field(repr=False)
    id_type: DocumentType
    id_number: str = field(repr=False)
    minor: bool = False


@dataclass(frozen=True, kw_only=True)
class ProtectedVisitor:
    """A person as kept: name and number in one ciphertext, and a keyed digest of the document for equality."""

    identity: bytes = field(repr=False)
    id_type: DocumentType
    document_digest: str


@dataclass(frozen=True, kw_only=True)
class MaskedVisitor:
    """A person as shown back: enough to recognise, too little to use."""

    name: str
    id_type: DocumentType
    id_number: str


# Whose list the bookings of a venue's window, and what its gates lease, are in: the prefix, and the venue's id.
WINDOW_PREFIX = "window:"
LEASE_PREFIX = "walk_in:"


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A party's places in one slot.

    `citizen_id` is whose list it is in; bookings at a venue's window are in the window's, places that a gate has leased
    in that of the venue's walk-ins. `day_counts` are the keys of the counters of that day that it raised; `number` is
    its place in the order of those who wait or waited.
    """

    id: str
    citizen_id: str
    venue_id: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    party_size: int
    status: ReservationStatus
    created_at: datetime
    cancelled_at: datetime | None
    visitors: tuple[ProtectedVisitor, ...] = field(repr=False)
    contact_phone: bytes | None = field(repr=False)
    channel: Channel = Channel.INDIVIDUAL
    last_entry_at: datetime | None = None
    number: int | None = None
    held_until: datetime | None = None
    end_reason: EndReason | None = None
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    day_counts: tuple[str, ...] = field(default=(), repr=False)

    @property
    def has_account(self) -> bool:
        """Tell whether somebody with an account has booked, who can be told things: no window, and no gate."""
        return not self.citizen_id.startswith((WINDOW_PREFIX, LEASE_PREFIX))

    @property
    def is_lease(self) -> bool:
        """Tell whether a gate has leased the places, for people who come without a booking."""
        return self.citizen_id.startswith(LEASE_PREFIX)


@dataclass(frozen=True, kw_only=True)
class BookVisit:
    """A citizen asks for places in a slot."""

    citizen_id: str
    slot_id: str
    visitors: tuple[Visitor, ...]
    contact_phone: str | None = field(repr=False)
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class SlotWindow:
    """Which slots of a venue: those that end after `since` and start before `until`."""

    venue_id: str
    since: datetime
    until: datetime
    limit: int
    after: str | None
