"""Clearing: tasks at outlets that were closed or merged are called off, for nobody can make them any more."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.patrols.model import THE_SERVICE, Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.model import CancelReason, Task
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import EndedOutlets, TaskStore
from services.patrols.plans.rules import cancel
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteState

LOOK_EVERY_S = 15.0
SITES_AT_ONCE = 50
TASKS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class TaskClearing:
    """Looks in the background; several processes at it do no harm, as the versions of tasks are the guard."""

    tasks: TaskStore
    outlets: EndedOutlets
    pools: Pools
    recording: Recording
    clock: Clock
    ids: IdSource

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(Unavailable):  # those tasks are open at the next look as well
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> int:
        """Call off the open tasks of some outlets that are no more; return how many tasks that were."""
        found = await self.tasks.with_open_tasks(await self.outlets.ended())
        return sum([await self._clear(site_id) for site_id in found[:SITES_AT_ONCE]])

    async def _clear(self, site_id: str) -> int:
        async def decide() -> Draft[int]:
            site = (await self.pools.several([site_id])).get(site_id)
            if site is None or site.state is SiteState.ACTIVE:
                return Draft(records=(), events=(), answer=0)
            tasks = [cancel(task, CancelReason.SITE_CLOSED) for task in await self.tasks.open_of_site(site_id)]
            some = tuple(tasks[:TASKS_AT_ONCE])
            return Draft(records=some, events=tuple(self._told(task) for task in some), answer=len(some))

        return await self.recording.settle(decide)

    def _told(self, task: Task) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.TASK_CANCELLED,
            subject_id=task.id,
            site_id=task.site_id,
            occurred_at=self.clock.now(),
            told_by=THE_SERVICE,
            data={"reason": CancelReason.SITE_CLOSED.value},
        )
