"""What findings need from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.patrols.checklists.model import Severity
from services.patrols.findings.model import Escalation, Finding, FindingState, NoticeCounter
from services.patrols.plans.model import Task
from services.photos.model import Photo, Picture, Rendition


@dataclass(frozen=True, kw_only=True)
class FindingSearch:
    """Which findings are wanted: those that one of `scopes` covers, and of these those that all else fits.

    `overdue_on` asks for those that stand and were due before that day.
    """

    scopes: tuple[str, ...]
    state: FindingState | None = None
    overdue_on: date | None = None
    severity: Severity | None = None
    district_id: str | None = None
    site_id: str | None = None
    escalated: tuple[Escalation, ...] = ()


class FindingStore(Protocol):
    """Findings as they stand."""

    async def find(self, finding_id: str) -> Finding | None:
        """Return the finding."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Finding]:
        """Return the findings there are, by id."""

    async def last_of(self, site_id: str, question_id: str, since: datetime) -> Finding | None:
        """Return the latest finding of a question at a site since then that was not withdrawn."""

    async def behind(self, link_digest: str) -> Finding | None:
        """Return the finding that a link leads to."""

    async def between(self, search: FindingSearch, since: str, until: str) -> Sequence[Finding]:
        """Return those with since <= id < until, in any order."""

    async def awaiting(self) -> Sequence[Finding]:
        """Return those that stand only until their photos can be seen."""

    async def to_escalate(self, now: datetime) -> Sequence[str]:
        """Return the ids of those whose time has come."""

    async def counter(self, counter_id: str) -> NoticeCounter | None:
        """Return how many notices there were."""


class OriginTasks(Protocol):
    """Tasks by what they come of."""

    async def open_of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return the open tasks that come of a finding."""


class PhotoStates(Protocol):
    """How far photos are."""

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        """Return the photos there are, by id."""


class Photos(Protocol):
    """Photos; see `services.photos.keeping`."""

    async def want(self, ids: Collection[str]) -> None:
        """Note that a record names these photos."""

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        """Return the photos there are, by id."""

    async def picture(self, photo_id: str, rendition: Rendition) -> Picture:
        """Return a picture of the photo."""

    async def begin(self, photo_id: str, size: int, uploader: str) -> Photo:
        """Begin to receive a photo."""

    async def add_chunk(self, photo_id: str, offset: int, content: bytes) -> Photo:
        """Receive a chunk of it."""
