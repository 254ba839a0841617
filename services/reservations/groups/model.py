"""Applications of groups, what leads to a decision, and the commands that change them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.common.model import IdempotentRequest

FEWEST = 2
MOST = 1000
MOST_OPEN = 10


class Purpose(StrEnum):
    """What a group comes for. None of them says what anybody believes."""

    EDUCATION = "education"
    STUDY_TOUR = "study_tour"
    DELEGATION = "delegation"
    COMMUNITY = "community"
    OTHER = "other"


class ApplicationStatus(StrEnum):
    """Where an application stands. What is `approving` has its reservation's id, and perhaps its places already.

    What is `cancelled` was approved, and then its reservation was cancelled, by the leader or by the venue.
    """

    PENDING = "pending"
    APPROVING = "approving"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN = frozenset({ApplicationStatus.PENDING, ApplicationStatus.APPROVING})
ENDED = frozenset(
    {ApplicationStatus.DECLINED, ApplicationStatus.WITHDRAWN, ApplicationStatus.EXPIRED, ApplicationStatus.CANCELLED}
)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom the venue can ask, and what the leader wrote about the group; kept as one ciphertext."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    organisation: str | None = field(repr=False)
    note: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Application:
    """A leader's wish for places for a group in one slot.

    `version` grows with each change of status, and whoever changes it names the version that they saw; `holder` is who
    made the last change, a new name each time. `reservation_id` is minted before the places are taken, so that whoever
    goes on with an approval takes them once. `attempted_at` is when somebody last began or took up the approval.
    When the venue moves the reservation, the new one's id, slot and times take the place of the former ones.
    """

    id: str
    citizen_id: str
    venue_id: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    last_entry_at: datetime | None
    party_size: int
    purpose: Purpose
    contact: bytes = field(repr=False)
    status: ApplicationStatus
    created_at: datetime
    version: int
    holder: str
    reservation_id: str | None = None
    attempted_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = field(default=None, repr=False)
    roster_size: int = 0


@dataclass(frozen=True, kw_only=True)
class SeenApplication:
    """An application with its contact in the clear, or masked."""

    application: Application
    contact: Contact


@dataclass(frozen=True, kw_only=True)
class Apply:
    """A leader applies for places."""

    citizen_id: str
    slot_id: str
    party_size: int
    purpose: Purpose
    contact: Contact
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class VenueSearch:
    """Which applications of a venue; None means any status."""

    venue_id: str
    status: ApplicationStatus | None
    limit: int
    after: str | None
