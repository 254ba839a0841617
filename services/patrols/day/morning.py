"""The day: everything that an inspector has before them, by what is near."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.identity.model import Actor
from services.patrols.checkins.model import CheckIn, CheckInState
from services.patrols.checkins.ports import CheckInSearch, PhotoReads, SiteReads, StatusReads
from services.patrols.checkins.reading import CheckIns, missing_photos
from services.patrols.day.drafts import Drafts
from services.patrols.day.model import AwaitedPhotos, Day, SiteDue, TaskToDo
from services.patrols.day.ports import NearOutlets, OpenTasks, Templates
from services.patrols.outlets.model import Nearness, OutletSearch
from services.patrols.sites.model import SiteState, SiteStatus
from services.venues.model import GeoPoint
from services.venues.rules import distance_m
from services.venues.scopes import scope_names

DUE_AFTER = timedelta(days=90)
AROUND_M = 5000
MOST_DUE = 20
MOST_TASKS = 200
MOST_IN_REVIEW = 50
# What was sent before these, and lacks photos still, shows in its own check-in.
LATEST_CHECK_INS = 100
LOOKED_AT_ONCE = 100


class Morning:
    """Puts the day together."""

    def __init__(  # noqa: PLR0913 -- what a day is put together of
        self,
        *,
        check_ins: CheckIns,
        tasks: OpenTasks,
        templates: Templates,
        outlets: NearOutlets,
        sites: SiteReads,
        statuses: StatusReads,
        photos: PhotoReads,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._check_ins = check_ins
        self._tasks = tasks
        self._templates = templates
        self._outlets = outlets
        self._sites = sites
        self._statuses = statuses
        self._photos = photos
        self._drafts = drafts
        self._clock = clock

    async def of(self, actor: Actor, near: GeoPoint | None) -> Day:
        """Return the actor's day; without a position, nothing is near."""
        tasks, in_review, awaited, drafts = await asyncio.gather(
            self._to_do(actor, near),
            self._mine(actor, CheckInState.IN_REVIEW, MOST_IN_REVIEW),
            self._awaited(actor),
            self._drafts.list(actor),
        )
        due = await self._due(actor, near, {one.task.site_id for one in tasks})
        return Day(tasks=tasks, due=due, in_review=in_review, awaited=awaited, drafts=drafts)

    async def _to_do(self, actor: Actor, near: GeoPoint | None) -> Sequence[TaskToDo]:
        tasks = await self._tasks.open_for([actor.id, *scope_names(actor)])
        sites, numbers = await asyncio.gather(
            self._sites.several({task.site_id for task in tasks}),
            self._latest({task.template_id for task in tasks}),
        )
        found = []
        for task in tasks:
            site = sites.get(task.site_id)
            away = None if site is None or near is None else round(distance_m(near, site.position), 1)
            number = numbers.get(task.template_id)
            found.append(TaskToDo(task=task, template_number=number, site=site, distance_m=away))
        return sorted(found, key=_nearest_first)[:MOST_TASKS]

    async def _latest(self, template_ids: Collection[str]) -> Mapping[str, int]:
        """Return the number of the latest release of each checklist."""
        found = await asyncio.gather(*(self._templates.template(one) for one in template_ids))
        return {template.id: template.latest for template in found if template is not None}

    async def _due(self, actor: Actor, near: GeoPoint | None, with_task: Collection[str]) -> Sequence[SiteDue]:
        if near is None:
            return []
        wanted = OutletSearch(text=None, district_id=None, kind=None, state=SiteState.ACTIVE)
        around = Nearness(centre=near, radius_m=AROUND_M)
        metres = await self._outlets.near(scope_names(actor), wanted, around)
        places = sorted(set(metres) - set(with_task), key=lambda one: (metres[one], one))
        found: list[SiteDue] = []
        while places and len(found) < MOST_DUE:
            some, places = places[:LOOKED_AT_ONCE], places[LOOKED_AT_ONCE:]
            sites, statuses = await asyncio.gather(self._sites.several(some), self._statuses.statuses(some))
            found += [
                SiteDue(site=sites[one], status=statuses.get(one), distance_m=metres[one])
                for one in some
                if one in sites and is_due(statuses.get(one), self._clock.now())
            ]
        return found[:MOST_DUE]

    async def _mine(self, actor: Actor, state: CheckInState | None, most: int) -> Sequence[CheckIn]:
        search = CheckInSearch(scopes=(), inspector_id=actor.id, state=state)
        return (await self._check_ins.page(search, most, None)).items

    async def _awaited(self, actor: Actor) -> Sequence[AwaitedPhotos]:
        mine = [one for one in await self._mine(actor, None, LATEST_CHECK_INS) if one.photos]
        known = await self._photos.states({photo for one in mine for photo in one.photos})
        found = [AwaitedPhotos(check_in=one, photos=missing_photos(one, known)) for one in mine]
        return [one for one in found if one.photos]


def is_due(status: SiteStatus | None, now: datetime) -> bool:
    """Tell whether nobody was there for three months, or ever."""
    return status is None or status.last_checked_at is None or now - status.last_checked_at > DUE_AFTER


def _nearest_first(one: TaskToDo) -> tuple[float, str, str]:
    away = float("inf") if one.distance_m is None else one.distance_m
    return away, one.task.due_on.isoformat(), one.task.id
