"""Scans at a gate and what was decided about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qr.entry_code import EntryPass
from services.identity.model import Actor
from services.sync.model import OutboxEvent, RecordKind, RecordRef


class Decision(StrEnum):
    """The gate's answer."""

    ADMITTED = "admitted"
    REFUSED = "refused"


class RefusalReason(StrEnum):
    """Why somebody is not let in; gate devices show a word, a colour and a sound for each."""

    ALREADY_ADMITTED = "already_admitted"
    CANCELLED = "cancelled"
    WRONG_VENUE = "wrong_venue"
    WRONG_GATE = "wrong_gate"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    STALE_CODE = "stale_code"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    REVOKED = "revoked"
    VENUE_FULL = "venue_full"
    MALFORMED = "malformed"


@dataclass(frozen=True, kw_only=True)
class ScanCode:
    """A gate reads a code. `nonce` is made by the device: the same scan sent twice has one answer.

    `count` is how many of the party enter now; None means all who have not entered yet. `document_tail` is what a code
    on paper needs: the last four characters of a document of the party.
    """

    actor: Actor
    gate_id: str
    code: str = field(repr=False)
    nonce: str
    count: int | None
    document_tail: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class RefusedCode:
    """A code that opens nothing, whoever is inside; `shown` is its pass where that is this gate's business."""

    reason: RefusalReason
    shown: EntryPass | None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A scan that waits for its answer: what its code proved, and the ids that came with the request.

    `code_digest` stands for the code and the count that were sent; `event_id` names the event, should there be one.
    """

    scan_id: str
    event_id: str
    code_digest: str
    gate_id: str
    venue_id: str
    nonce: str
    count: int | None
    code: EntryPass | RefusedCode
    scanned_at: datetime


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Some of a party going in."""

    gate_id: str
    nonce: str
    count: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PassRecord:
    """What the gate remembers of one reservation: who is in, or that it was cancelled."""

    reservation_id: str
    party_size: int
    admitted_count: int
    cancelled_at: datetime | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan and its answer, as kept and as sent back."""

    id: str
    gate_id: str
    venue_id: str
    code_digest: str
    decision: Decision
    reason: RefusalReason | None
    reservation_id: str | None
    admitted_now: int
    admitted_count: int
    party_size: int
    starts_at: datetime | None
    ends_at: datetime | None
    scanned_at: datetime


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is kept already about some scans: their first answers by scan id, the passes by reservation id."""

    scans: Mapping[str, Scan]
    passes: Mapping[str, PassRecord]


@dataclass(frozen=True, kw_only=True)
class PassChange:
    """Entries of one party on top of what was known: `before` is None when it had no pass yet."""

    venue_id: str
    before: PassRecord | None
    after: PassRecord

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The new ones."""
        return self.after.entries[len(self.before.entries) if self.before else 0 :]


@dataclass(frozen=True, kw_only=True)
class ScanBatch:
    """New scans, with the passes they change and the events they cause: one fact."""

    scans: tuple[Scan, ...]
    changes: tuple[PassChange, ...]
    events: tuple[OutboxEvent, ...]

    @property
    def changed(self) -> list[RecordRef]:
        """The records that are new, or not what they were."""
        admitted = [one.id for one in self.scans if one.decision is Decision.ADMITTED]
        return [
            *(RecordRef(kind=RecordKind.ADMISSION, id=one) for one in admitted),
            *(RecordRef(kind=RecordKind.RESERVATION, id=one.after.reservation_id) for one in self.changes),
        ]
