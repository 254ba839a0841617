"""Scans at a gate and what was decided about them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qr.entry_code import EntryPass
from services.identity.model import Actor


class Decision(StrEnum):
    """The gate's answer; `left` and `undone` are said of people who go out, and of entries that are taken back."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    LEFT = "left"
    UNDONE = "undone"


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
    # At an exit alone: nobody of the party is inside.
    NOT_INSIDE = "not_inside"


class Movement(StrEnum):
    """What people do at a gate; an entry that is undone did not happen."""

    ENTRY = "entry"
    EXIT = "exit"
    UNDO = "undo"


class ConflictKind(StrEnum):
    """What was not as it should be about something that a gate did without network, or about the log that says so."""

    ADMITTED_TWICE = "admitted_twice"
    LEASE_EXCEEDED = "lease_exceeded"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    NOT_GENUINE = "not_genuine"
    STALE_CODE = "stale_code"
    WRONG_PLACE = "wrong_place"
    WRONG_TIME = "wrong_time"
    DEVICE_REVOKED = "device_revoked"
    LOG_FORKED = "log_forked"
    LOG_BROKEN = "log_broken"
    CLOCK = "clock"
    ANSWER_UNHEARD = "answer_unheard"
    EXIT_EXCEEDED = "exit_exceeded"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads codes: `id` is the device's, or for staff without an enrolled one the id of their session."""

    id: str
    device_id: str | None


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
class UndoScan:
    """A gate takes back what it decided by mistake; `nonce` is that of the scan."""

    actor: Actor
    gate_id: str
    nonce: str


@dataclass(frozen=True, kw_only=True)
class TakeBack:
    """The same by a reader who may: `at` is when they took it back, `received_at` when a gate's log told us of it."""

    gate_id: str
    nonce: str
    reader: Reader
    at: datetime
    received_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class LeaveByGate:
    """People go out: the party of a code, or without one as many as `count` says.

    `count` None is everybody of the party who is inside. `nonce` is made by the device, as for a scan.
    """

    actor: Actor
    gate_id: str
    nonce: str
    code: str | None = field(repr=False)
    count: int | None


@dataclass(frozen=True, kw_only=True)
class RefusedCode:
    """A code that opens nothing, whoever is inside; `shown` is its pass where that is this gate's business."""

    reason: RefusalReason
    shown: EntryPass | None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a gate decided without network. It happened, so it is kept and never refused.

    `conflicts` are what was found to be wrong with it before the pass was looked at; `excess` is what it is called when
    more went in than the party, or the lease, had left.
    """

    decision: Decision
    reason: RefusalReason | None
    count: int
    conflicts: tuple[ConflictKind, ...] = ()
    excess: ConflictKind = ConflictKind.ADMITTED_TWICE


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A scan that waits for its answer: what its code proved, and the ids that came with the request.

    `code_digest` stands for the code and the count that were sent; `event_id` names the event, should there be one.
    `revoked`: the codes of its reservation open nothing any more. Without a code, people who leave are only counted.
    `ceiling` is how many the venue may hold, None for no bound.
    """

    scan_id: str
    event_id: str
    code_digest: str
    gate_id: str
    venue_id: str
    nonce: str
    count: int | None
    code: EntryPass | RefusedCode | None
    scanned_at: datetime
    reader: Reader
    revoked: bool = False
    movement: Movement = Movement.ENTRY
    ceiling: int | None = None
    recorded: Recorded | None = None
    received_at: datetime | None = None

    @property
    def found_at(self) -> datetime:
        """When we were told of it: with the scan itself, or when a gate's log reached us."""
        return self.received_at or self.scanned_at


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Some of a party going in or out, or an entry that is taken back; `offline` by a gate without network."""

    gate_id: str
    nonce: str
    count: int
    at: datetime
    movement: Movement = Movement.ENTRY
    reader_id: str | None = None
    device_id: str | None = None
    offline: bool = False


@dataclass(frozen=True, kw_only=True)
class PassRecord:
    """What the gate remembers of one reservation: who is in, or that it was cancelled.

    `admitted_count` never exceeds the party. Whoever gates without network let in beyond it is in `surplus_count`;
    `left_count` are those of both who were seen to leave. `entries` are in the order in which they were kept.
    """

    reservation_id: str
    party_size: int
    admitted_count: int
    cancelled_at: datetime | None
    entries: tuple[Entry, ...]
    left_count: int = 0
    surplus_count: int = 0

    @property
    def inside_count(self) -> int:
        """How many of them have not left."""
        return self.admitted_count + self.surplus_count - self.left_count


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A scan and its answer, as kept and as sent back; `undoes` is the scan whose entry it takes back."""

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
    movement: Movement = Movement.ENTRY
    left_now: int = 0
    left_count: int = 0
    reader_id: str | None = None
    device_id: str | None = None
    offline: bool = False
    conflicts: tuple[ConflictKind, ...] = ()
    undoes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Something that a gate did without network and that does not fit to what else is known.

    `sightings` are movements of the reservation, the one in question last: they name gates, devices and times. Of a
    party with very many, the first and the last ones.
    `detail` is a word more about some kinds.
    """

    id: str
    kind: ConflictKind
    venue_id: str
    reservation_id: str | None
    scan_id: str
    sightings: tuple[Entry, ...]
    found_at: datetime
    detail: str | None = None
