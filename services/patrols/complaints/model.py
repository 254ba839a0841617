"""Complaints about sites: what somebody before a plate says, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import SiteKind


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    TAKEN_UP = "taken_up"
    ANSWERED = "answered"


class Outcome(StrEnum):
    """What a complaint came to; NOT_FOR_US where another office has to answer."""

    FOUNDED = "founded"
    UNFOUNDED = "unfounded"
    NOT_FOR_US = "not_for_us"


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """A complaint; `plate_verdict` is what the plate was when it was scanned for this.

    `text`, `contact` and `answer` are ciphertexts, None once they are erased, or where there never was any.
    `held_back` marks one beyond what a site gets on a day: it is kept like any other, and listed apart.
    `erase_at` is when texts and photos are let go, None while the case is open and after it was done. `wanter` is the
    name under which its photos are wanted, and let go.
    """

    id: str
    site_id: str
    site_kind: SiteKind
    plate_id: str
    plate_verdict: PlateVerdict
    text: bytes | None = field(repr=False)
    contact: bytes | None = field(repr=False)
    photos: tuple[str, ...]
    secret_digest: str = field(repr=False)
    state: ComplaintState
    held_back: bool
    received_at: datetime
    taken_up_at: datetime | None
    taken_up_by: str | None
    task_id: str | None
    outcome: Outcome | None
    answer: bytes | None = field(repr=False)
    answered_at: datetime | None
    answered_by: str | None
    erase_at: datetime | None
    erased_at: datetime | None
    district_id: str
    seen_by: tuple[str, ...]
    version: int
    wanter: str = ""


@dataclass(frozen=True, kw_only=True)
class SiteDay:
    """How many complaints a site got on a day of the city: `id` is `site:day`."""

    id: str
    filed: int
    forget_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class FileComplaint:
    """The wish to complain about the site of the plate that `code` is of; `request` makes it repeatable."""

    code: str
    request_id: str
    text: str = field(repr=False)
    contact: str | None = field(repr=False)
    photos: tuple[str, ...]
    request: IdempotentRequest


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A complaint that was taken, and the secret that opens its answer; only the complainer is ever told it."""

    complaint_id: str
    secret: str = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class ComplaintView:
    """A complaint in readable words: for staff, and, without `text` and `contact`, for whoever complained."""

    complaint: Complaint
    site_name: str
    site_name_en: str
    text: str | None = field(repr=False)
    contact: str | None = field(repr=False)
    answer: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ComplaintSearch:
    """Which complaints somebody looks for; None means any. `held_back` ones are never among the others."""

    state: ComplaintState | None
    site_id: str | None
    held_back: bool
    limit: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class TakeUp:
    """The wish to look into a complaint; with a checklist, a visit is to be made by `due_on`."""

    actor: Actor
    complaint_id: str
    template_id: str | None
    assignees: Sequence[str]
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class AnswerComplaint:
    """The wish to end a case with an answer that whoever complained may read."""

    actor: Actor
    complaint_id: str
    outcome: Outcome
    answer: str = field(repr=False)
