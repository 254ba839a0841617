"""A recount: somebody has counted the people inside."""

from dataclasses import dataclass
from datetime import date, datetime

from services.common.model import IdempotentRequest
from services.identity.model import Actor


@dataclass(frozen=True, kw_only=True)
class RecountWish:
    """So many are inside, and why that is said; a repeat of `request` is the same recount."""

    actor: Actor
    venue_id: str
    inside: int
    reason: str
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class DayStanding:
    """How many are inside on a day as gates have counted, and how often that was put right; None: nobody has come."""

    inside: int
    recounts: int


@dataclass(frozen=True, kw_only=True)
class Recount:
    """What was put right; `before` is what the gates had counted at that moment. It is never changed."""

    id: str
    venue_id: str
    day: date
    before: int
    inside: int
    reason: str
    counted_by: str
    counted_at: datetime
    fingerprint: str | None = None
