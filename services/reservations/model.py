"""Slots, reservations, visitors, and the commands that change them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.sync.model import OutboxEvent


class SlotState(StrEnum):
    """What staff decided about a slot."""

    OPEN = "open"
    CLOSED = "closed"


class SlotStatus(StrEnum):
    """What a citizen can do with a slot right now."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    ENDED = "ended"


class ReservationStatus(StrEnum):
    """Where a reservation stands."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class DocumentType(StrEnum):
    """Identity documents that venues accept."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT_ID = "foreign_resident_id"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A stretch of time at a venue with a number of places; half-open: [starts_at, ends_at).

    `version` counts the changes: whoever changes a slot names the version that they saw.
    """

    id: str
    venue_id: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    places_left: int
    state: SlotState
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A person as typed in; lives only as long as the request."""

    name: str = field(repr=False)
    id_type: DocumentType
    id_number: str = field(repr=False)


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


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A party's places in one slot."""

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


@dataclass(frozen=True, kw_only=True)
class BookVisit:
    """A citizen asks for places in a slot."""

    citizen_id: str
    slot_id: str
    visitors: tuple[Visitor, ...]
    contact_phone: str | None = field(repr=False)
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class NewBooking:
    """A reservation that wants its places, with the request and the event that become facts together with it."""

    reservation: Reservation
    request: IdempotentRequest | None
    event: OutboxEvent


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """A citizen gives a reservation up."""

    reservation: Reservation
    cancelled_at: datetime
    event: OutboxEvent


@dataclass(frozen=True, kw_only=True)
class GiveBack:
    """Nobody heard that this booking succeeded: its places go back, and its request may be made anew.

    Unless somebody has heard of it after all: by repeating the request, or by standing at the gate.
    """

    booking: NewBooking
    cancelled_at: datetime
    event: OutboxEvent

    @property
    def reservation(self) -> Reservation:
        """The reservation that is given up."""
        return self.booking.reservation


Change = NewBooking | Cancellation | GiveBack


@dataclass(frozen=True, kw_only=True)
class SlotWindow:
    """Which slots of a venue: those that end after `since` and start before `until`."""

    venue_id: str
    since: datetime
    until: datetime
    limit: int
    after: str | None
