"""What all of patrols share: records with versions, the events that tell of them, and what is written together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from services.common.model import IdempotentRequest

Answer = TypeVar("Answer")

# Who told of an event, where no account did.
NOBODY = "anonymous"
THE_SERVICE = "service"


class PatrolEventKind(StrEnum):
    """What happened."""

    OUTLET_REGISTERED = "outlet.registered"
    OUTLET_CHANGED = "outlet.changed"
    OUTLET_CLOSED = "outlet.closed"
    OUTLET_REOPENED = "outlet.reopened"
    OUTLET_MERGED = "outlet.merged"
    PLATE_ISSUED = "plate.issued"
    PLATE_REPLACED = "plate.replaced"
    PLATE_REVOKED = "plate.revoked"
    CHECKLIST_RELEASED = "checklist.released"
    CHECKLIST_RETIRED = "checklist.retired"
    CHECKLIST_REACTIVATED = "checklist.reactivated"
    ROUND_PLANNED = "round.planned"
    ROUND_CANCELLED = "round.cancelled"
    DRAW_COMMITTED = "draw.committed"
    DRAW_HELD = "draw.held"
    DRAW_WITHDRAWN = "draw.withdrawn"
    TASK_ASSIGNED = "task.assigned"
    TASK_REASSIGNED = "task.reassigned"
    TASK_CANCELLED = "task.cancelled"
    CHECK_IN_RECEIVED = "check_in.received"
    CHECK_IN_CONTRADICTED = "check_in.contradicted"
    CHECK_IN_REVIEWED = "check_in.reviewed"
    FINDING_OPENED = "finding.opened"
    FINDING_CONFIRMED = "finding.confirmed"
    FINDING_WITHDRAWN = "finding.withdrawn"
    FINDING_DISPATCHED = "finding.dispatched"
    FINDING_EXTENDED = "finding.extended"
    FINDING_ANSWERED = "finding.answered"
    FINDING_REINSPECTED = "finding.reinspected"
    FINDING_CLOSED = "finding.closed"
    FINDING_ESCALATED = "finding.escalated"
    COMPLAINT_FILED = "complaint.filed"
    COMPLAINT_TAKEN_UP = "complaint.taken_up"
    COMPLAINT_ANSWERED = "complaint.answered"
    COMPLAINT_ERASED = "complaint.erased"


class Versioned(Protocol):
    """A record: 1 is the version of a new one, and each change makes it one more."""

    @property
    def id(self) -> str:
        """Its key."""

    @property
    def version(self) -> int:
        """Its version; the guard of every change."""


@dataclass(frozen=True, kw_only=True)
class PatrolEvent:
    """One thing that happened, as the log commits to it.

    `subject_id` is what it is about, `site_id` the outlet or venue where it was, if it was at one. `told_by` is an
    account, NOBODY or THE_SERVICE. `data` is JSON of ids, codes, counts, instants and digests: never a person's name or
    number, and no free text, which may hold either.
    """

    id: str
    kind: PatrolEventKind
    subject_id: str
    site_id: str | None
    occurred_at: datetime
    told_by: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RecordedEvent:
    """An event as it is kept: `index` is its leaf in the log, `text` the one spelling of its body (RFC 8785)."""

    event: PatrolEvent
    text: str
    index: int
    recorded_at: datetime
    salt: bytes
    commitment: bytes


@dataclass(frozen=True, kw_only=True)
class Draft(Generic[Answer]):
    """What is written together or not at all: records as they will be, at least one event, and the answer to it.

    A record of version 1 must not be there yet, one of version n must be there in version n - 1. `repeat` makes the
    request repeatable: `answer_id` is what a repeat is answered with.
    """

    records: tuple[Versioned, ...]
    events: tuple[PatrolEvent, ...]
    answer: Answer
    repeat: IdempotentRequest | None = None
    answer_id: str = ""
