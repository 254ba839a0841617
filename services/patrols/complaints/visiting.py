"""The visit that a complaint asks for: a task for inspectors, as plans have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.common.clock import Clock, IdSource, city_day
from services.identity.model import Actor
from services.patrols.complaints.model import TakeUp
from services.patrols.model import PatrolEvent, PatrolEventKind
from services.patrols.plans.model import Task, TaskKind
from services.patrols.plans.pooling import Pools
from services.patrols.plans.rules import PREFIX, ensure_window, new_task

# What a complainer can be asked to wait for.
WITHIN = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A task and what tells of it, to be written together with what made it."""

    task: Task
    event: PatrolEvent


@dataclass(frozen=True, kw_only=True)
class Visiting:
    """Makes tasks of complaints."""

    pools: Pools
    clock: Clock
    ids: IdSource

    async def visit(self, command: TakeUp, template_id: str, site_id: str) -> Visit:
        """Return a visit to the site from today on.

        Raises SiteUnknown, and PlanRefused for a closed site, a checklist that is not in use, a day that is over, or
        an account that is no inspector there.
        """
        today = city_day(self.clock.now())
        due_on = command.due_on or today + WITHIN
        ensure_window(today, due_on, today)
        site = await self.pools.site(command.actor, site_id)
        await self.pools.ensure_template(command.actor, template_id, site.kind)
        await self.pools.ensure_assignable(site, command.assignees)
        task = new_task(
            task_id=self.ids.new(PREFIX),
            kind=TaskKind.COMPLAINT,
            site=site,
            template_id=template_id,
            assignees=command.assignees,
            from_on=today,
            due_on=due_on,
            origin_id=command.complaint_id,
            now=self.clock.now(),
        )
        return Visit(task=task, event=self._told(task, command.actor, command.assignees, today))

    def _told(self, task: Task, actor: Actor, assignees: Sequence[str], today: date) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.TASK_ASSIGNED,
            subject_id=task.id,
            site_id=task.site_id,
            occurred_at=self.clock.now(),
            told_by=actor.id,
            data={
                "kind": task.kind.value,
                "template_id": task.template_id,
                "assignees": list(assignees),
                "from_on": today.isoformat(),
                "due_on": task.due_on.isoformat(),
                "origin_id": task.origin_id,
            },
        )
