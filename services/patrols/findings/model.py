"""Findings: 发现, 派单, 整改, 复查, 销号."""

from dataclasses import dataclass
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


class Escalation(StrEnum):
    """Who has been told that a finding is overdue."""

    NONE = "none"
    DISTRICT = "district"
    CITY = "city"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The notice that went to the owner; `link_digest` stands for the secret of the link in it."""

    number: str
    issued_at: datetime
    issued_by: str
    link_digest: str


@dataclass(frozen=True, kw_only=True)
class OwnerAnswer:
    """What the owner says was done, with photos that show it."""

    text: str
    photos: tuple[str, ...]
    answered_at: datetime


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
    finding of the same question at the same site within a year. `escalates_at` is when it is looked at next, None
    when never.
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
