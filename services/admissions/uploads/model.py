"""Entries of the logs of gate devices, as sent, kept and answered; and conflicts with what people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from qr.gate_log import LogEntry
from services.admissions.model import Conflict, ConflictKind, Decision, RefusalReason
from services.common.errors import FieldError
from services.identity.model import Actor

MOST_ITEMS = 200
# Said of all that a revoked device had kept, most of it honest.
UPLOADED_AFTER_REVOCATION = "uploaded_after_revocation"
# What it is called when a gate took back what it could not.
UNDO_REFUSALS = (ConflictKind.NOT_GENUINE, ConflictKind.WRONG_TIME)
# Words about one conflict.
MOST_SETTLEMENTS = 50


@dataclass(frozen=True, kw_only=True)
class UploadItem:
    """One entry of a device's log: what was signed, with the code (or None) that its hash stands for.

    `hash` is hexadecimal, `signature` 64 bytes. `reason` is the gate's word of a refusal.
    """

    entry: LogEntry
    code: str | None = field(repr=False)
    decision: Decision
    reason: RefusalReason | None
    hash: str
    signature: bytes = field(repr=False)

    @property
    def own_id(self) -> str:
        """The id under which the first entry of this number is kept."""
        return entry_id(self.entry.device_id, self.entry.seq)

    @property
    def fork_id(self) -> str:
        """The id under which it is kept when another entry of this number came first."""
        return fork_id(self.entry.device_id, self.entry.seq, self.hash)


@dataclass(frozen=True, kw_only=True)
class UnreadableItem:
    """An item that says nothing: `errors` tell why, the rest is what could be read all the same."""

    device_id: str | None
    seq: int | None
    nonce: str | None
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A stretch of logs, in any order, and the time by the clock of who sends it."""

    actor: Actor
    device_time: datetime
    items: Sequence[UploadItem | UnreadableItem]


class ItemVerdict(StrEnum):
    """What became of an item: taken in now, taken in before, or not taken for the errors beside it."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class NamedConflict:
    """A conflict by its id."""

    id: str
    kind: ConflictKind


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What we make of an item: its one spelling, and the hash (hex) of that. No code is in it, only a code's hash."""

    hash: str
    canonical: str


@dataclass(frozen=True, kw_only=True)
class ItemAnswer:
    """The answer to an item; `decision` and `reason` are what is on record for it now, None where nothing is yet.

    `late`: it came more than LATE after it happened; `computed` is for those who look why their hash is wrong.
    """

    device_id: str | None
    seq: int | None
    nonce: str | None
    verdict: ItemVerdict
    decision: Decision | None = None
    reason: RefusalReason | None = None
    conflicts: tuple[NamedConflict, ...] = ()
    errors: tuple[FieldError, ...] = ()
    late: bool = False
    computed: Computed | None = None


class SkewFrom(StrEnum):
    """What a device's clock was measured by: an upload, or what the device said before it."""

    UPLOAD = "upload"
    EARLIER = "earlier"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When an entry happened by our clock: the device's, and `skew` more. `slack` is how wrong that may be."""

    at: datetime
    skew: timedelta
    skew_from: SkewFrom
    slack: timedelta


@dataclass(frozen=True, kw_only=True)
class KeptEntry:
    """An entry of a log on record. Until it is `settled` its answer may still change; afterwards it never does.

    `undoes_scan` is the scan that an undo takes back; `waits` tells that nothing is known of that scan yet.
    """

    id: str
    venue_id: str
    entry: LogEntry
    hash: str
    signature: bytes
    moment: Moment
    received_at: datetime
    received_from: str
    scan_id: str
    undoes_scan: str | None
    decision: Decision | None
    reason: RefusalReason | None
    conflicts: tuple[NamedConflict, ...]
    settled: bool

    @property
    def is_fork(self) -> bool:
        """Tell whether another entry of this number came first."""
        return self.id != entry_id(self.entry.device_id, self.entry.seq)


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry as its neighbours see it; `waits`: it is an undo of what never came."""

    id: str
    seq: int
    hash: str
    previous: str
    waits: bool = False


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Numbers that follow one another, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class LogReport:
    """What is known of a device's log; lists are cut after MOST_SHOWN, and `cut` says so.

    `missing` are numbers of entries that never came though later ones did; `breaks` those of entries that do not
    follow from the one before; `forks` those of which two different entries came; `undos_waiting` those of undos of
    what never came.
    """

    device_id: str
    highest_seq: int
    received: int
    missing: tuple[Stretch, ...]
    breaks: tuple[int, ...]
    forks: tuple[int, ...]
    undos_waiting: tuple[int, ...]
    cut: bool


class ConflictState(StrEnum):
    """Whether a person has looked at a conflict."""

    OPEN = "open"
    SETTLED = "settled"


class Resolution(StrEnum):
    """What a person found a conflict to be."""

    LET_IT_BE = "let_it_be"
    FRAUD = "fraud"
    DEVICE_FAULT = "device_fault"
    STAFF_ERROR = "staff_error"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What a person said of a conflict."""

    resolution: Resolution
    note: str | None
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptConflict:
    """A conflict, and what people said of it, in their order: the last word holds."""

    conflict: Conflict
    settlements: tuple[Settlement, ...]

    @property
    def settlement(self) -> Settlement | None:
        """The word that holds."""
        return self.settlements[-1] if self.settlements else None

    @property
    def id(self) -> str:
        """The id on the wire."""
        return wire_id(self.conflict.id)

    @property
    def state(self) -> ConflictState:
        """Whether a person has looked at it."""
        return ConflictState.OPEN if self.settlement is None else ConflictState.SETTLED


@dataclass(frozen=True, kw_only=True)
class ConflictMark:
    """As much of a conflict as tells whether it is on a page, and where; `id` is the kept one."""

    id: str
    kind: ConflictKind
    found_at: datetime
    state: ConflictState


@dataclass(frozen=True, kw_only=True)
class ConflictSearch:
    """Which conflicts of a venue."""

    venue_id: str
    state: ConflictState | None
    kind: ConflictKind | None
    limit: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class SettleConflict:
    """Somebody of the venue says what a conflict was; `id` is that of the wire."""

    actor: Actor
    id: str
    resolution: Resolution
    note: str | None


def entry_id(device_id: str, seq: int) -> str:
    """Return under which id the entry of this number is kept."""
    return f"{device_id}:{seq}"


def fork_id(device_id: str, seq: int, its_hash: str) -> str:
    """Return under which id another entry of a number is kept beside the first."""
    return f"{device_id}:{seq}:{its_hash[:16]}"


def wire_id(conflict_id: str) -> str:
    """Return a conflict's id as it can stand in a path: none of its parts has a dot."""
    return conflict_id.replace(":", ".")


def kept_id(conflict_id: str) -> str:
    """Return a conflict's id as it is kept."""
    return conflict_id.replace(".", ":")
