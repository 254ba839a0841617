"""Drafts that are not sent yet, and what an inspector finds in the morning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.patrols.checkins.model import CheckIn
from services.patrols.plans.model import Task
from services.patrols.sites.model import Site, SiteStatus


@dataclass(frozen=True, kw_only=True)
class SealedDraft:
    """A draft as it is kept: `id` is `account:submission_id`, and its content is encrypted."""

    id: str
    account_id: str
    submission_id: str
    sealed_content: bytes = field(repr=False)
    saved_at: datetime
    forgotten_at: datetime


@dataclass(frozen=True, kw_only=True)
class SavedDraft:
    """A draft as its account has it back; the content is the phone's own affair."""

    submission_id: str
    content: Mapping[str, Any]
    saved_at: datetime
    forgotten_at: datetime


@dataclass(frozen=True, kw_only=True)
class TaskToDo:
    """An open task with its site, None where that is gone; metres from where the inspector is, if that is known.

    `template_number` is the latest release of its checklist.
    """

    task: Task
    template_number: int | None
    site: Site | None
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class SiteDue:
    """An outlet that nobody visited for long, or ever, and for which there is no task."""

    site: Site
    status: SiteStatus | None
    distance_m: float


@dataclass(frozen=True, kw_only=True)
class AwaitedPhotos:
    """What of a check-in has not been uploaded yet."""

    check_in: CheckIn
    photos: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Day:
    """All of it."""

    tasks: Sequence[TaskToDo]
    due: Sequence[SiteDue]
    in_review: Sequence[CheckIn]
    awaited: Sequence[AwaitedPhotos]
    drafts: Sequence[SavedDraft]
