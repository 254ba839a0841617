"""What waits to be told, what could not be, and how far the relay is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.sync.model import OutboxEvent, RecordRef
from services.sync.standard.model import Flaw


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What one transaction has to tell: events, and the records that it changed.

    `told` marks one whose events went to the other platforms already, while the main system did not answer.
    """

    id: str
    told_at: datetime
    events: tuple[OutboxEvent, ...]
    records: tuple[RecordRef, ...]
    told: bool = False


class DeadReason(StrEnum):
    """Why a record cannot be delivered.

    OFF_STANDARD: it breaks its schema. REFUSED: the main system's database does not take it. MISSING: there is no such
    thing here. UNREADABLE: reading it met a defect of ours. LOOP: it came from where it would go.
    """

    OFF_STANDARD = "off_standard"
    REFUSED = "refused"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    LOOP = "loop"


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A record that could not be delivered, and waits for a person; `flaws` hold no value of it."""

    ref: RecordRef
    reason: DeadReason
    flaws: tuple[Flaw, ...]
    since: datetime

    @property
    def id(self) -> str:
        """Return `kind:id`."""
        return f"{self.ref.kind}:{self.ref.id}"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How the relay stands, as its leader last said at `said_at`; times are instants, `rate` is records a second.

    `backlog` counts transactions that wait; `oldest_at` is when the oldest of these was made. `failing_since` and
    `failure` tell that the main system does not answer, and why. `read_from` is an instant before which nothing waits.
    """

    leader: str
    said_at: datetime
    backlog: int
    oldest_at: datetime | None
    delivered: int
    known: int
    rate: float
    last_delivered_at: datetime | None
    failing_since: datetime | None
    failure: str | None
    read_from: datetime


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """Who leads, as the database says: `fence` counts leaders, `beat` the signs of life of this one."""

    holder: str | None
    fence: int
    beat: int
