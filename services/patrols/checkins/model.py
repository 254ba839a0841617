"""Check-ins: what a phone says of a visit, and what is made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.patrols.checklists.model import Answer
from services.patrols.findings.model import Remedy
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import CheckResult, SiteKind
from services.venues.model import GeoPoint


class CoordinateSystem(StrEnum):
    """What a position's degrees refer to."""

    GCJ02 = "gcj02"
    WGS84 = "wgs84"


class CheckInState(StrEnum):
    """Whether a check-in counts: IN_REVIEW waits for a person to decide."""

    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"


class PresenceFactor(StrEnum):
    """What a presence score is made of."""

    POSITION = "position"
    DISTANCE = "distance"
    ACCURACY = "accuracy"
    MOCK = "mock"
    PLATE = "plate"
    TRAVEL = "travel"
    CLOCK = "clock"
    PHOTOS = "photos"


class Circumstance(StrEnum):
    """What was unusual about a check-in without making it any less a visit."""

    SITE_CLOSED = "site_closed"
    SITE_MERGED = "site_merged"
    TEMPLATE_RETIRED = "template_retired"
    TEMPLATE_SUPERSEDED = "template_superseded"
    TEMPLATE_OTHER = "template_other"
    TASK_CANCELLED = "task_cancelled"
    TASK_DONE_ALREADY = "task_done_already"
    TASK_OVERDUE = "task_overdue"
    LATE_UPLOAD = "late_upload"
    POSITION_MISSING = "position_missing"
    SITE_ELSEWHERE = "site_elsewhere"
    TASK_OF_OTHERS = "task_of_others"


class ReinspectionEffect(StrEnum):
    """What a visit did to an earlier finding: WAITING for its review, or nothing, and why not.

    With AWAITING_PHOTOS it is closed as soon as the photos of before and after can be seen.
    """

    WAITING = "waiting"
    CLOSED = "closed"
    AWAITING_PHOTOS = "awaiting_photos"
    SENT_BACK = "sent_back"
    OVER_ALREADY = "over_already"
    NOT_CONFIRMED = "not_confirmed"
    OUTDATED = "outdated"
    EVIDENCE_MISSING = "evidence_missing"
    ELSEWHERE = "elsewhere"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A position as the phone gave it; `accuracy_m` is the radius in metres, `mocked` what the system said of it."""

    lng: float
    lat: float
    accuracy_m: float | None
    system: CoordinateSystem
    mocked: bool | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Reinspection:
    """What a visit says of an earlier finding; `photos` show it now."""

    finding_id: str
    remedy: Remedy
    note: str
    photos: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a phone sends, checked in form only. Either `plate` (the text of its code) or `site_id` names the place.

    `sent_at` is the phone's clock when it sent, which tells how wrong that is.
    """

    submission_id: str
    task_id: str | None
    plate: str | None
    site_id: str | None
    template_id: str
    template_number: int
    started_at: datetime
    captured_at: datetime
    sent_at: datetime | None
    fix: Fix | None
    answers: tuple[Answer, ...]
    reinspections: tuple[Reinspection, ...]
    device: str | None


@dataclass(frozen=True, kw_only=True)
class PresenceNote:
    """One reason of a presence score: `points` off a hundred (0 or less), and the figures of the sentence about it."""

    factor: PresenceFactor
    points: int
    code: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Presence:
    """How much speaks for the inspector's having been there: 0 to 100, and why."""

    score: int
    notes: tuple[PresenceNote, ...]
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a person decided about a check-in that was in doubt."""

    accepted: bool
    reason: str
    reviewed_by: str
    reviewed_at: datetime


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """A visit as it is kept. `position` is GCJ-02 and is forgotten after its time; the rest stays.

    `result` is None where only findings were re-inspected, without the checklist. `photos` are all photos named in it,
    by SHA-256. `finding_ids` are what it opened, `standing_ids` the findings that stood already when their questions
    failed once more, `effects` what came of each of its re-inspections.
    """

    id: str
    submission_id: str
    inspector_id: str
    site_id: str
    site_kind: SiteKind
    district_id: str
    template_id: str
    template_number: int
    task_id: str | None
    plate_id: str | None
    plate_verdict: PlateVerdict | None
    started_at: datetime
    captured_at: datetime
    received_at: datetime
    clock_skew_s: float | None
    position: GeoPoint | None
    accuracy_m: float | None
    presence: Presence
    circumstances: tuple[Circumstance, ...]
    state: CheckInState
    result: CheckResult | None
    answers: tuple[Answer, ...]
    reinspections: tuple[Reinspection, ...]
    photos: tuple[str, ...]
    finding_ids: tuple[str, ...]
    review: Review | None
    contradictions: int
    fingerprint: str
    seen_by: tuple[str, ...]
    version: int
    effects: tuple[ReinspectionEffect, ...] = ()
    standing_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KnownSubmission:
    """Which check-in a submission became: `id` is `account:submission_id`."""

    id: str
    check_in_id: str
    fingerprint: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """Another content that came under a known submission_id: `id` is `check-in:fingerprint`.

    The content is JSON without its fix, encrypted, for it may tell of persons. The fix is forgotten after its time.
    """

    id: str
    check_in_id: str
    sealed_content: bytes = field(repr=False)
    fix: Fix | None
    received_at: datetime
    version: int
