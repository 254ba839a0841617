"""What a submission touches, read before it is decided on."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.common.errors import FieldError
from services.identity.model import Actor
from services.patrols.checkins.errors import SubmissionInvalid
from services.patrols.checkins.model import Submission
from services.patrols.checkins.ports import (
    CheckInStore,
    ChecklistReads,
    FindingReads,
    PhotoReads,
    PlateReading,
    SiteReads,
    StatusReads,
    TaskReads,
)
from services.patrols.checkins.rules_presence import EarlierVisit
from services.patrols.checkins.rules_submission import photos_of
from services.patrols.checklists.model import Failed, Release, Template
from services.patrols.findings.model import Finding
from services.patrols.findings.rules import REPEATED_WITHIN
from services.patrols.plans.model import Task
from services.patrols.plates.model import ScannedPlate
from services.patrols.sites.model import Site, SiteState, SiteStatus
from services.photos.model import Photo
from services.venues.scopes import scope_names

# Outlets that were merged, one into the next.
LONGEST_CHAIN = 8


@dataclass(frozen=True, kw_only=True)
class World:
    """What there is: `named_site_id` is the place that the phone named, `site` where it is recorded."""

    site: Site
    named_site_id: str
    elsewhere: bool
    plate: ScannedPlate | None
    template: Template
    release: Release
    task: Task | None
    earlier: EarlierVisit | None
    photos: Mapping[str, Photo]
    photos_used: Collection[str]
    findings: Mapping[str, Finding]
    status: SiteStatus | None


@dataclass(frozen=True, kw_only=True)
class _Place:
    site: Site
    named_site_id: str
    elsewhere: bool


class Gathering:
    """Reads what a submission touches; raises SubmissionInvalid where it names what is not there."""

    def __init__(
        self,
        *,
        store: CheckInStore,
        sites: SiteReads,
        statuses: StatusReads,
        plates: PlateReading,
        checklists: ChecklistReads,
        tasks: TaskReads,
        findings: FindingReads,
        photos: PhotoReads,
    ) -> None:
        self._store = store
        self._sites = sites
        self._statuses = statuses
        self._plates = plates
        self._checklists = checklists
        self._tasks = tasks
        self._findings = findings
        self._photos = photos

    async def world(self, actor: Actor, said: Submission, captured_at: datetime) -> World:
        """Return what there is; raises SubmissionInvalid."""
        (plate, task), (template, release), (photos, used), (findings, earlier) = await asyncio.gather(
            self._visited(said),
            self._checklist(said),
            self._evidence(photos_of(said)),
            self._before(actor, said, captured_at),
        )
        place = await self._place(actor, said, plate, task)
        if release.site_kind is not place.site.kind:
            raise _missing("template_id", "other_site_kind", "this checklist is for places of another kind")
        _ensure_all_there(said, findings)
        status = (await self._statuses.statuses([place.site.id])).get(place.site.id)
        return World(
            site=place.site,
            named_site_id=place.named_site_id,
            elsewhere=place.elsewhere,
            plate=plate,
            template=template,
            release=release,
            task=task,
            earlier=earlier,
            photos=photos,
            photos_used=used,
            findings=findings,
            status=status,
        )

    async def repeats(self, site_id: str, failed: Collection[Failed], now: datetime) -> Mapping[str, str]:
        """Return the earlier finding of each failed question that had one within a year, by question."""
        questions = [one.question.id for one in failed]
        since = now - REPEATED_WITHIN
        found = await asyncio.gather(*(self._findings.last_of(site_id, question, since) for question in questions))
        return {question: finding.id for question, finding in zip(questions, found, strict=True) if finding is not None}

    async def _visited(self, said: Submission) -> tuple[ScannedPlate | None, Task | None]:
        plate = None if said.plate is None else await self._plates.read(said.plate)
        task = None if said.task_id is None else await self._tasks.find(said.task_id)
        if said.task_id is not None and task is None:
            raise _missing("task_id", "task_not_found", "there is no such task")
        return plate, task

    async def _checklist(self, said: Submission) -> tuple[Template, Release]:
        template = await self._checklists.template(said.template_id)
        if template is None:
            raise _missing("template_id", "template_not_found", "there is no such checklist")
        release = await self._checklists.release(said.template_id, said.template_number)
        if release is None:
            raise _missing("template_number", "release_not_found", "there is no such release of the checklist")
        return template, release

    async def _evidence(self, photos: Collection[str]) -> tuple[Mapping[str, Photo], Collection[str]]:
        return await self._photos.states(photos), await self._store.photos_used(photos)

    async def _before(
        self, actor: Actor, said: Submission, captured_at: datetime
    ) -> tuple[Mapping[str, Finding], EarlierVisit | None]:
        findings = await self._findings.several([one.finding_id for one in said.reinspections])
        return findings, await self._store.last_before(actor.id, captured_at)

    async def _place(self, actor: Actor, said: Submission, plate: ScannedPlate | None, task: Task | None) -> _Place:
        """Return where the visit was: where the plate belongs if it is one of ours, else where the phone says."""
        of_plate = None if plate is None else plate.site_id
        named = [one for one in (of_plate, said.site_id) if one is not None]
        found = await self._sites.several(named)
        for site_id in named:
            site = found.get(site_id)
            if site is not None and _is_open_to(actor, site, task):
                elsewhere = len(set(named)) > 1
                return _Place(site=await self._merged_into(site), named_site_id=site_id, elsewhere=elsewhere)
        if said.site_id is not None:
            raise _missing("site_id", "site_not_found", "there is no such outlet or venue in your scope")
        if said.plate is not None:
            raise _missing("plate", "plate_unreadable", "this plate is not one of ours, and no place was named")
        raise _missing("plate", "place_missing", "a plate or a place is needed")

    async def _merged_into(self, site: Site) -> Site:
        for _ in range(LONGEST_CHAIN):
            if site.state is not SiteState.MERGED or site.merged_into is None:
                return site
            following = (await self._sites.several([site.merged_into])).get(site.merged_into)
            if following is None:
                return site
            site = following
        return site


def _is_open_to(actor: Actor, site: Site, task: Task | None) -> bool:
    """Tell whether the actor patrols there: by scope, or because a task, as a draw may make one, sends them."""
    sent = task is not None and task.site_id == site.id and actor.id in task.assignees
    return sent or not set(site.seen_by).isdisjoint(scope_names(actor))


def _ensure_all_there(said: Submission, findings: Mapping[str, Finding]) -> None:
    for at, one in enumerate(said.reinspections):
        if one.finding_id not in findings:
            raise _missing(f"reinspections[{at}].finding_id", "finding_not_found", "there is no such finding")


def _missing(path: str, code: str, detail: str) -> SubmissionInvalid:
    return SubmissionInvalid(errors=(FieldError(path=path, code=code, detail=detail),))
