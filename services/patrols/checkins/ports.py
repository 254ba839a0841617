"""What check-ins need from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.patrols.checkins.model import CheckIn, CheckInState, Contradiction, KnownSubmission
from services.patrols.checkins.rules_presence import OtherVisit
from services.patrols.checklists.model import Release, Template
from services.patrols.findings.model import Finding
from services.patrols.plans.model import Task
from services.patrols.plates.model import ScannedPlate
from services.patrols.sites.model import Site, SiteStatus
from services.photos.model import Photo


@dataclass(frozen=True, kw_only=True)
class CheckInSearch:
    """Which check-ins are wanted: those that one of `scopes` covers or `inspector_id` made, and that all else fits."""

    scopes: tuple[str, ...]
    inspector_id: str | None = None
    site_id: str | None = None
    state: CheckInState | None = None


class CheckInStore(Protocol):
    """Check-ins as they are kept."""

    async def find(self, check_in_id: str) -> CheckIn | None:
        """Return the check-in."""

    async def known(self, submission: str) -> KnownSubmission | None:
        """Return what became of a submission, by `account:submission_id`."""

    async def between(self, search: CheckInSearch, since: str, until: str) -> Sequence[CheckIn]:
        """Return those with since <= id < until, in any order, perhaps some twice."""

    async def contradictions(self, check_in_id: str) -> Sequence[Contradiction]:
        """Return the other contents that came, the first first."""

    async def neighbours(self, inspector_id: str, captured_at: datetime) -> Sequence[OtherVisit]:
        """Return where the inspector was last within the day before, and next within the day after, if known still."""

    async def photos_used(self, photos: Collection[str]) -> Collection[str]:
        """Return those of the photos that a check-in names."""

    async def forget_tracks(self, now: datetime) -> int:
        """Take the positions out of everything whose time for that has come; return of how many."""


class DraftBin(Protocol):
    """Drafts, which are of no use once the check-in is there."""

    async def discard(self, account_id: str, submission_id: str) -> None:
        """Remove the draft, if there is one."""


class SiteReads(Protocol):
    """Sites by their ids."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the sites there are, by id."""


class StatusReads(Protocol):
    """How sites stand."""

    async def statuses(self, ids: Collection[str]) -> Mapping[str, SiteStatus]:
        """Return the statuses there are, by site id."""


class PlateReading(Protocol):
    """Plates by what was scanned."""

    async def read(self, text: str) -> ScannedPlate:
        """Return what a scanned text is."""


class ChecklistReads(Protocol):
    """Checklists and their releases."""

    async def template(self, template_id: str) -> Template | None:
        """Return the template."""

    async def release(self, template_id: str, number: int) -> Release | None:
        """Return the release."""


class TaskReads(Protocol):
    """Tasks by their ids."""

    async def find(self, task_id: str) -> Task | None:
        """Return the task."""

    async def open_of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return the open tasks that come of a finding."""


class FindingReads(Protocol):
    """Findings as they stand."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Finding]:
        """Return the findings there are, by id."""

    async def last_of(self, site_id: str, question_id: str, since: datetime) -> Finding | None:
        """Return the latest finding of a question at a site since then that was not withdrawn."""

    async def standing_at(self, site_id: str, question_id: str, template_id: str) -> Finding | None:
        """Return the earliest finding of a question of a checklist that stands at a site and awaits no photos."""


class PhotoReads(Protocol):
    """Photos by their SHA-256."""

    async def want(self, ids: Collection[str]) -> object:
        """Mark photos as named by a record, AWAITED where they are not there yet."""

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        """Return what is known of the photos, by id."""
