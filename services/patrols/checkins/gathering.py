"""What a submission touches, read before it is decided on."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.common.errors import FieldError
from services.identity.model import Actor
from services.patrols.checkins.earlier import EarlierFindings, Judged, Past
from services.patrols.checkins.errors import SubmissionInvalid
from services.patrols.checkins.model import Submission
from services.patrols.checkins.ports import (
    CheckInStore,
    ChecklistReads,
    PhotoReads,
    PlateReading,
    SiteReads,
    StatusReads,
    TaskReads,
)
from services.patrols.checkins.rules_presence import OtherVisit
from services.patrols.checkins.rules_scope import is_open_to, may_be_judged, may_be_used
from services.patrols.checkins.rules_submission import photos_of
from services.patrols.checkins.rules_times import possible_from
from services.patrols.checklists.model import Failed, Release, Template
from services.patrols.plans.model import Task
from services.patrols.plates.model import ScannedPlate
from services.patrols.sites.model import Site, SiteStatus
from services.photos.model import Photo


@dataclass(frozen=True, kw_only=True)
class World:
    """What there is: `named_site_id` is the place that the phone named, `site` where it is recorded.

    `plate_elsewhere` tells that the plate is of another place than that, `possible_from` since when all that was named
    is there.
    """

    site: Site
    named_site_id: str
    elsewhere: bool
    plate: ScannedPlate | None
    template: Template
    release: Release
    task: Task | None
    neighbours: Sequence[OtherVisit]
    photos: Mapping[str, Photo]
    photos_used: Collection[str]
    judged: Judged
    status: SiteStatus | None
    plate_elsewhere: bool = False
    possible_from: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Place:
    site: Site
    named: Site
    elsewhere: bool
    plate_elsewhere: bool


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
        earlier: EarlierFindings,
        photos: PhotoReads,
    ) -> None:
        self._store = store
        self._sites = sites
        self._statuses = statuses
        self._plates = plates
        self._checklists = checklists
        self._tasks = tasks
        self._earlier = earlier
        self._photos = photos

    async def world(self, actor: Actor, said: Submission, captured_at: datetime) -> World:
        """Return what there is; raises SubmissionInvalid."""
        (plate, task), (template, release), (photos, used), judged, neighbours = await asyncio.gather(
            self._visited(said),
            self._checklist(said),
            self._evidence(photos_of(said)),
            self._earlier.judged(said.reinspections),
            self._store.neighbours(actor.id, captured_at),
        )
        place = await self._place(actor, said, plate, task)
        places = (place.site, place.named)
        if not may_be_used(template, places, task):
            raise _missing("template_id", "template_not_found", "there is no such checklist for this place")
        if release.site_kind is not place.site.kind:
            raise _missing("template_id", "other_site_kind", "this checklist is for places of another kind")
        _ensure_all_there(said, [one.id for one in judged.findings.values() if may_be_judged(one, actor, places)])
        status = (await self._statuses.statuses([place.site.id])).get(place.site.id)
        return World(
            site=place.site,
            named_site_id=place.named.id,
            elsewhere=place.elsewhere,
            plate=plate,
            template=template,
            release=release,
            task=task,
            neighbours=neighbours,
            photos=photos,
            photos_used=used,
            judged=judged,
            status=status,
            plate_elsewhere=place.plate_elsewhere,
            possible_from=possible_from(place.named, plate, task),
        )

    async def past(self, site_id: str, template_id: str, failed: Collection[Failed], now: datetime) -> Past:
        """Return what there was of each failed question."""
        return await self._earlier.past(site_id, template_id, failed, now)

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

    async def _place(self, actor: Actor, said: Submission, plate: ScannedPlate | None, task: Task | None) -> _Place:
        """Return where the visit was: where the plate belongs if it is one of ours, else where the phone says."""
        of_plate = None if plate is None else plate.site_id
        named = [one for one in (of_plate, said.site_id) if one is not None]
        found = await self._sites.several(named)
        for site_id in named:
            site = found.get(site_id)
            if site is not None and is_open_to(actor, site, task):
                there = await self._earlier.merged_into(site)
                return _Place(
                    site=there,
                    named=site,
                    elsewhere=len(set(named)) > 1,
                    plate_elsewhere=of_plate is not None and not await self._is_of(there, of_plate, found),
                )
        if said.site_id is not None:
            raise _missing("site_id", "site_not_found", "there is no such outlet or venue in your scope")
        if said.plate is not None:
            raise _missing("plate", "plate_unreadable", "this plate is not one of ours, and no place was named")
        raise _missing("plate", "place_missing", "a plate or a place is needed")

    async def _is_of(self, there: Site, of_plate: str, found: Mapping[str, Site]) -> bool:
        """Tell whether a plate of that site is one of this place, after mergers."""
        site = found.get(of_plate)
        return site is not None and (await self._earlier.merged_into(site)).id == there.id


def _ensure_all_there(said: Submission, known: Collection[str]) -> None:
    for at, one in enumerate(said.reinspections):
        if one.finding_id not in known:
            raise _missing(f"reinspections[{at}].finding_id", "finding_not_found", "there is no such finding")


def _missing(path: str, code: str, detail: str) -> SubmissionInvalid:
    return SubmissionInvalid(errors=(FieldError(path=path, code=code, detail=detail),))
