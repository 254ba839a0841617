"""That one reservation's code was revoked, or restored."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.identity.model import Actor

MOST_CHANGES = 50


class CodeRevokeReason(StrEnum):
    """Why a code opens nothing any more."""

    SHARED = "shared"
    LOST = "lost"
    MISUSED = "misused"
    OTHER = "other"


class CodeChangeKind(StrEnum):
    """What was done to a code."""

    REVOKED = "revoked"
    RESTORED = "restored"


@dataclass(frozen=True, kw_only=True)
class CodeChange:
    """One step in a code's history: what, why (where it was revoked), when, and by which account."""

    kind: CodeChangeKind
    reason: CodeRevokeReason | None
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class CodeWish:
    """Somebody of the venue wants a reservation's code revoked for a reason, or restored (None)."""

    actor: Actor
    venue_id: str
    reservation_id: str
    reason: CodeRevokeReason | None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Which visit a code is for; `on` is the city's day of its slot."""

    reservation_id: str
    venue_id: str
    on: date


@dataclass(frozen=True, kw_only=True)
class CodeStanding:
    """How the code of a visit stands, and all that was done to it, oldest first."""

    visit: Visit
    history: tuple[CodeChange, ...] = ()

    @property
    def reservation_id(self) -> str:
        """Whose code it is."""
        return self.visit.reservation_id

    @property
    def revoked(self) -> bool:
        """Tell whether the last word was that it opens nothing."""
        return bool(self.history) and self.history[-1].kind is CodeChangeKind.REVOKED
