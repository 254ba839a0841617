"""Tasks: listing them, assigning one by hand, calling one off, and giving it to others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from services.common.clock import Clock, IdSource, city_day
from services.common.model import IdempotentRequest, Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor, Role
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.errors import TaskUnknown
from services.patrols.plans.model import CancelReason, Task, TaskKind, TaskState, Visit
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import TaskFilter, TaskStore
from services.patrols.plans.rules import PREFIX, cancel, ensure_excused, ensure_window, is_overdue, new_task, reassign
from services.patrols.recording import Recording
from services.venues.scopes import scope_names

LIST = "patrol-tasks"


@dataclass(frozen=True, kw_only=True)
class AssignTask:
    """A wish that a site be visited."""

    actor: Actor
    template_id: str
    visit: Visit
    request: IdempotentRequest | None


class Tasks:
    """Tasks within the actor's scope."""

    def __init__(self, *, store: TaskStore, pools: Pools, recording: Recording, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._pools = pools
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def get(self, actor: Actor, task_id: str) -> Task:
        """Return the task; raises TaskUnknown."""
        task = await self._store.find(task_id)
        if task is None or set(task.seen_by).isdisjoint(scope_names(actor)):
            raise TaskUnknown
        return task

    async def list(self, actor: Actor, wanted: TaskFilter, limit: int, after: str | None) -> Page[Task]:
        """Return a page of tasks, newest first: an inspector's own, or all in the actor's scope; raises CursorInvalid.

        An inspector's own are also those that any inspector there may take.
        """
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        now = self._clock.now()
        between = partial(self._between, actor, wanted, city_day(now))
        found = await newest(between, prefix=PREFIX, wanted=limit + 1, until=until, now=now)
        following = make_cursor(LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=found[:limit], next=following)

    async def _between(
        self, actor: Actor, wanted: TaskFilter, today: date, since: str, until: str
    ) -> Sequence[Task]:  # fmt: skip
        names = scope_names(actor)
        stored = replace(wanted, state=TaskState.OPEN) if wanted.overdue and wanted.state is None else wanted
        if actor.role is Role.INSPECTOR:
            mine = (actor.id, *names)
            found = [task for name in mine for task in await self._store.listed_for(name, stored, since, until)]
        else:
            found = [task for name in names for task in await self._store.listed_in(name, stored, since, until)]
        return [task for task in found if wanted.overdue in {None, is_overdue(task, today)}]

    async def assign(self, command: AssignTask) -> Task:
        """Return a new task.

        Raises SiteUnknown, PlanRefused for a closed site, a checklist that is not in use, a window in the past or an
        account that is no inspector there; PatrolsContended, IdempotencyKeyReused.
        """

        async def decide() -> Draft[Task]:
            now = self._clock.now()
            ensure_window(command.visit.from_on, command.visit.due_on, city_day(now))
            site = await self._pools.site(command.actor, command.visit.site_id)
            await self._pools.ensure_template(command.actor, command.template_id, site.kind)
            await self._pools.ensure_assignable(site, command.visit.assignees)
            task_id = self._ids.new(PREFIX)
            task = new_task(
                task_id=task_id,
                kind=TaskKind.ROUTINE,
                site=site,
                template_id=command.template_id,
                assignees=command.visit.assignees,
                from_on=command.visit.from_on,
                due_on=command.visit.due_on,
                origin_id=task_id,
                now=now,
            )
            told = self._told(PatrolEventKind.TASK_ASSIGNED, task, command.actor, _assigned(task))
            return Draft(records=(task,), events=(told,), answer=task, repeat=command.request, answer_id=task_id)

        return await self._recording.settle(decide, repeat=command.request, read=partial(self.get, command.actor))

    async def cancel(self, actor: Actor, task_id: str, reason: CancelReason) -> Task:
        """Call a task off; a repeat for the same reason changes nothing.

        Raises TaskUnknown, TaskNotOpen, and PlanRefused for a drawn task without an excuse.
        """
        task = await self.get(actor, task_id)
        site = (await self._pools.several([task.site_id])).get(task.site_id)

        def change(task: Task) -> Task:
            repeated = task.state is TaskState.CANCELLED and task.cancelled_because is reason
            if repeated:
                return task
            changed = cancel(task, reason)
            ensure_excused(task, reason, site)
            return changed

        return await self._change(actor, task_id, PatrolEventKind.TASK_CANCELLED, change, {"reason": reason.value})

    async def reassign(self, actor: Actor, task_id: str, assignees: Sequence[str]) -> Task:
        """Give a task to others; raises TaskUnknown, TaskNotOpen, PlanRefused."""
        task = await self.get(actor, task_id)
        site = (await self._pools.several([task.site_id]))[task.site_id]
        await self._pools.ensure_assignable(site, assignees)

        def change(task: Task) -> Task:
            return task if task.assignees == tuple(assignees) else reassign(task, assignees)

        told = {"assignees": list(assignees)}
        return await self._change(actor, task_id, PatrolEventKind.TASK_REASSIGNED, change, told)

    async def _change(
        self, actor: Actor, task_id: str, kind: PatrolEventKind, change: Callable[[Task], Task], data: dict[str, Any]
    ) -> Task:
        async def decide() -> Draft[Task]:
            task = await self.get(actor, task_id)
            changed = change(task)
            if changed == task:
                return Draft(records=(), events=(), answer=task)
            return Draft(records=(changed,), events=(self._told(kind, changed, actor, data),), answer=changed)

        return await self._recording.settle(decide)

    def _told(self, kind: PatrolEventKind, task: Task, actor: Actor, data: dict[str, Any]) -> PatrolEvent:
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=task.id,
            site_id=task.site_id,
            occurred_at=self._clock.now(),
            told_by=actor.id,
            data=data,
        )


def _assigned(task: Task) -> dict[str, Any]:
    return {
        "kind": task.kind.value,
        "template_id": task.template_id,
        "assignees": list(task.assignees),
        "from_on": task.from_on.isoformat(),
        "due_on": task.due_on.isoformat(),
    }
