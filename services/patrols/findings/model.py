"""Findings: 发现, 派单, 整改, 复查, 销号."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.patrols.checklists.model import Severity
from services.patrols.sites.model import SiteKind


class FindingState(StrEnum):
    """Where a finding stands.

    PROPOSED while the check-in that brought it waits for review, OPEN (发现), DISPATCHED to the owner with a notice
    (派单), ANSWERED by the owner (整改), CLOSED after a re-inspection (销号), or WITHDRAWN because the check-in was
    rejected or the finding was wrong.
    """

    PROPOSED = "proposed"
    OPEN = "open"
    DISPATCHED = "dispatched"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Remedy(StrEnum):
    """What a re-inspection found."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"


class Withdrawal(StrEnum):
    """Why a finding was taken back."""

    CHECK_IN_REJECTED = "check_in_rejected"
    NOT_A_VIOLATION = "not_a_violation"
    WRONG_SITE = "wrong_site"
    DUPLICATE = "duplicate"
    SITE_CLOSED = "site_closed"


class ExtensionReason(StrEnum):
    """Why a deadline was put off."""

    PARTS_AWAITED = "parts_awaited"
    BUILDING_WORK = "building_work"
    OWNER_HINDERED = "owner_hindered"
    PERMIT_PENDING = "permit_pending"
    SEASON = "season"


class Escalation(StrEnum):
    """Who has been told that a finding is overdue."""

    NONE = "none"
    DISTRICT = "district"
    CITY = "city"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The notice that went to the owner.

    `link_digest` finds the finding by the secret of the link in it; `sealed_link` is that secret, encrypted, so that
    the notice can be printed again. `links` counts the links there were: only the newest one opens.
    """

    number: str
    issued_at: datetime
    issued_by: str
    link_digest: str
    sealed_link: bytes = field(repr=False)
    links: int = 1


@dataclass(frozen=True, kw_only=True)
class OwnerAnswer:
    """What the owner says was done, with photos that show it.

    The text is encrypted, for it may tell of persons; `digest` is a keyed one of all of it and tells a repeat.
    """

    sealed_text: bytes = field(repr=False)
    photos: tuple[str, ...]
    answered_at: datetime
    digest: str


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A deadline put off: from one day to a later one."""

    from_on: date
    to_on: date
    reason: ExtensionReason
    extended_at: datetime
    extended_by: str


@dataclass(frozen=True, kw_only=True)
class ReinspectionRecord:
    """A re-inspection (复查), made by a check-in."""

    check_in_id: str
    remedy: Remedy
    note: str
    photos: tuple[str, ...]
    inspected_at: datetime
    inspector_id: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong at a site.

    `before` are the photos that show it, by SHA-256. `due_on` is None while PROPOSED. `repeat_of` names an earlier
    finding of the same question at the same site within a year. `escalates_at` is when it is told to the next level
    unless it is over by then, None when never. `closed_at` and `closed_by` are of the withdrawal where it is WITHDRAWN.
    `awaits_photos` tells that it was found put right, and stands only until the photos of that can be seen.
    """

    id: str
    check_in_id: str
    site_id: str
    site_kind: SiteKind
    template_id: str
    template_number: int
    question_id: str
    title: str
    title_en: str
    severity: Severity
    legal_basis: str
    note: str
    before: tuple[str, ...]
    state: FindingState
    found_at: datetime
    found_by: str
    deadline_days: int
    due_on: date | None
    notice: Notice | None
    answers: tuple[OwnerAnswer, ...]
    reinspections: tuple[ReinspectionRecord, ...]
    escalation: Escalation
    escalates_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    repeat_of: str | None
    district_id: str
    seen_by: tuple[str, ...]
    version: int
    extensions: tuple[Extension, ...] = ()
    withdrawal: Withdrawal | None = None
    awaits_photos: bool = False


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The check-in that finds something: whose, when, and by which release of a checklist."""

    check_in_id: str
    template_id: str
    template_number: int
    inspector_id: str
    found_at: datetime


class Effect(StrEnum):
    """What a re-inspection did: nothing where the finding is over already, or is not confirmed yet.

    AWAITING_PHOTOS closes it as soon as the photos can be seen. OUTDATED is what was seen before the finding was found,
    or before another re-inspection that is known.
    """

    CLOSED = "closed"
    AWAITING_PHOTOS = "awaiting_photos"
    SENT_BACK = "sent_back"
    OVER_ALREADY = "over_already"
    NOT_CONFIRMED = "not_confirmed"
    OUTDATED = "outdated"


@dataclass(frozen=True, kw_only=True)
class Reinspected:
    """A finding after a re-inspection: the same as before unless `effect` is CLOSED, AWAITING_PHOTOS or SENT_BACK."""

    finding: Finding
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class NoticeCounter:
    """How many notices a district has issued in a year: `id` is `district-year`."""

    id: str
    issued: int
    version: int
