"""Rounds, draws and tasks."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.patrols.sites.model import SiteKind


class TaskKind(StrEnum):
    """Why a site is to be visited."""

    ROUTINE = "routine"
    RANDOM = "random"
    REINSPECTION = "reinspection"
    COMPLAINT = "complaint"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A visit to be made by one of the assignees (accounts), from one day to another, both included.

    `origin_id` is the round, draw, finding or complaint that it comes of. An empty list of assignees means that any
    inspector of the district may take it.
    """

    id: str
    kind: TaskKind
    site_id: str
    site_kind: SiteKind
    template_id: str
    assignees: tuple[str, ...]
    from_on: date
    due_on: date
    state: TaskState
    origin_id: str
    check_in_id: str | None
    done_at: datetime | None
    district_id: str
    seen_by: tuple[str, ...]
    created_at: datetime
    version: int
