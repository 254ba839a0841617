"""Tasking: making the tasks of a round or a draw out of its visits, and cancelling them, a hundred at a time.

Each step is one transaction that also counts how far it is, so a step that is done twice, by two processes or after a
crash, is done once. Who plans makes the first steps at once; a background loop does what is left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.model import CancelReason, Task, Tasking, TaskingState, Visits
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import PlanStore, TaskStore
from services.patrols.plans.rules import cancel, new_task, task_id_of
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteState

STEP = 100
# What a request waits for; a background loop does the rest.
STEPS_AT_ONCE = 3
LOOK_EVERY_S = 2.0
WORKING = (TaskingState.MAKING, TaskingState.ENDING)


def new_tasking(visits: Visits) -> Tasking:
    """Return the tasking of visits that nothing was made of yet."""
    total = len(visits.visits)
    return Tasking(
        id=visits.id, state=TaskingState.MAKING, total=total, looked_at=0, made=0, cancelled=0, version=1
    )  # fmt: skip


def ending(tasking: Tasking, reason: CancelReason, account_id: str) -> Tasking:
    """Return the tasking as its open tasks are to be cancelled, and no more to be made."""
    return replace(
        tasking, state=TaskingState.ENDING, reason=reason, ended_by=account_id, version=tasking.version + 1
    )  # fmt: skip


class TaskMaking:
    """Makes and cancels the tasks of plans."""

    def __init__(
        self,
        *,
        store: PlanStore,
        tasks: TaskStore,
        pools: Pools,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._tasks = tasks
        self._pools = pools
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        """Do what others left undone, until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        try:
            for plan_id in await self._store.unfinished():
                await self.advance(plan_id, steps=STEPS_AT_ONCE)
        except Unavailable:
            return  # looked at again in a moment

    async def advance(self, plan_id: str, *, steps: int = STEPS_AT_ONCE) -> Tasking | None:
        """Do up to so many steps, and return how far the tasks are then: None for a plan that has none."""
        tasking = await self._store.find_tasking(plan_id)
        for _ in range(steps):
            if tasking is None or tasking.state not in WORKING:
                break
            tasking = await self._recording.settle(lambda: self._step(plan_id))
        return tasking

    async def _step(self, plan_id: str) -> Draft[Tasking | None]:
        tasking = await self._store.find_tasking(plan_id)
        visits = await self._store.find_visits(plan_id)
        if tasking is None or visits is None or tasking.state not in WORKING:
            return Draft(records=(), events=(), answer=tasking)
        if tasking.state is TaskingState.MAKING:
            return await self._make(tasking, visits)
        return await self._cancel(tasking)

    async def _make(self, tasking: Tasking, visits: Visits) -> Draft[Tasking | None]:
        part = visits.visits[tasking.looked_at : tasking.looked_at + STEP]
        sites = await self._pools.several({visit.site_id for visit in part})
        now = self._clock.now()
        tasks = [
            new_task(
                task_id=task_id_of(visits.begun_at, visits.id, visit),
                kind=visits.kind,
                site=sites[visit.site_id],
                template_id=visits.template_id,
                assignees=visit.assignees,
                from_on=visit.from_on,
                due_on=visit.due_on,
                origin_id=visits.id,
                now=now,
            )
            for visit in part
            if visit.site_id in sites and sites[visit.site_id].state is SiteState.ACTIVE
        ]
        looked_at = tasking.looked_at + len(part)
        changed = replace(
            tasking,
            state=TaskingState.MADE if looked_at == tasking.total else TaskingState.MAKING,
            looked_at=looked_at,
            made=tasking.made + len(tasks),
            version=tasking.version + 1,
        )
        data = {"looked_at": looked_at, "tasks": [_told_of(task) for task in tasks]}
        return self._draft(PatrolEventKind.TASK_ASSIGNED, changed, tasks, visits.begun_by, data)

    async def _cancel(self, tasking: Tasking) -> Draft[Tasking | None]:
        reason = tasking.reason or CancelReason.NOT_NEEDED
        left = await self._tasks.open_of_origin(tasking.id)
        tasks = [cancel(task, reason) for task in left[:STEP]]
        changed = replace(
            tasking,
            state=TaskingState.ENDED if len(left) <= STEP else TaskingState.ENDING,
            cancelled=tasking.cancelled + len(tasks),
            version=tasking.version + 1,
        )
        data = {"reason": reason.value, "tasks": [{"id": task.id, "site_id": task.site_id} for task in tasks]}
        return self._draft(PatrolEventKind.TASK_CANCELLED, changed, tasks, tasking.ended_by or "", data)

    def _draft(
        self, kind: PatrolEventKind, tasking: Tasking, tasks: Sequence[Task], account_id: str, data: dict[str, Any]
    ) -> Draft[Tasking | None]:
        told = PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=tasking.id,
            site_id=None,
            occurred_at=self._clock.now(),
            told_by=account_id,
            data=data,
        )
        return Draft(records=(tasking, *tasks), events=(told,), answer=tasking)


def _told_of(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "site_id": task.site_id,
        "assignees": list(task.assignees),
        "from_on": task.from_on.isoformat(),
        "due_on": task.due_on.isoformat(),
    }
