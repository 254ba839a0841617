"""What a gate without network answers, and what it remembers of its own answers."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qr.gate_pack_model import mark_of


class GateDecision(StrEnum):
    """The gate's answer."""

    ADMITTED = "admitted"
    REFUSED = "refused"


class GateReason(StrEnum):
    """Why nobody is let in: the words of `POST /admissions`."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    REVOKED = "revoked"
    BAD_SIGNATURE = "bad_signature"
    WRONG_VENUE = "wrong_venue"
    STALE_CODE = "stale_code"
    WRONG_GATE = "wrong_gate"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    CANCELLED = "cancelled"
    ALREADY_ADMITTED = "already_admitted"
    VENUE_FULL = "venue_full"


class GateProblem(StrEnum):
    """Why nothing was decided yet: the gate asks for something else and tries again."""

    DOCUMENT_TAIL_NEEDED = "document_tail_needed"
    DOCUMENT_TAIL_WRONG = "document_tail_wrong"
    COUNT_TOO_LARGE = "count_too_large"
    LEASE_UNKNOWN = "lease_unknown"
    LEASE_EXPIRED = "lease_expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The answer to one scan, in the fields of `POST /admissions`; with a `problem` there is no decision.

    `admitted_count` says how many of the party are in, those of this verdict included, as far as the gate knows.
    Instants are aware. What the gate has no business with is None and 0. Of a walk-in, `reservation_id` is the lease
    and `party_size` its places; of a way out there is none.
    """

    decision: GateDecision | None
    reason: GateReason | None = None
    problem: GateProblem | None = None
    reservation_id: str | None = None
    admitted_now: int = 0
    admitted_count: int = 0
    party_size: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class GateMemory:
    """What one gate itself let in and out since its pack was issued, parties and leases alike.

    With a new pack it begins anew, with what had not been uploaded when that pack was asked for.
    """

    def __init__(self) -> None:
        self._let_in: Counter[bytes] = Counter()
        self._inside = 0

    @property
    def inside(self) -> int:
        """How many more are inside than when the pack was issued, by this gate alone; negative at a way out."""
        return self._inside

    def let_in(self, mark: bytes) -> int:
        """Return how many of the party or the lease with this mark were let in here."""
        return self._let_in[mark]

    def remember(self, verdict: Verdict) -> None:
        """Take in what a verdict let in or out; one that let nobody through changes nothing."""
        self._count(verdict, verdict.admitted_now)

    def forget(self, verdict: Verdict) -> None:
        """Take a verdict back that was remembered: an undo."""
        self._count(verdict, -verdict.admitted_now)

    def _count(self, verdict: Verdict, through: int) -> None:
        if verdict.reservation_id is None:
            self._inside -= through
        else:
            self._let_in[mark_of(verdict.reservation_id)] += through
            self._inside += through
