"""Tasks of patrols, the calendar of them, and what was covered."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.patrol_tasks import (
    AssignTaskSchema,
    CalendarQuery,
    CalendarSchema,
    CancellationSchema,
    CoverageQuery,
    CoverageSchema,
    ReassignmentSchema,
    TaskPageSchema,
    TaskQuery,
    TaskSchema,
)
from services.common.clock import city_day
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.patrols.errors import PatrolsContended, SiteUnknown
from services.patrols.plans import errors
from services.patrols.plans.model import Task, Visit
from services.patrols.plans.overview import CoverageWish
from services.patrols.plans.ports import TaskFilter
from services.patrols.plans.rules import is_overdue
from services.patrols.plans.tasks import AssignTask
from services.venues.errors import OwnerUnknown

TAG = "Patrol plans"
MANAGERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN})
OVERSEERS = MANAGERS | {Role.AUDITOR}
READERS = OVERSEERS | {Role.INSPECTOR}
RECORDING = (PatrolsContended, TooBusy)


class TaskHandler(ApiHandler):
    """Shows tasks as they stand today."""

    def shown(self, task: Task) -> dict[str, Any]:
        """Return a task as the wire has it."""
        return {**vars(task), "overdue": is_overdue(task, city_day(self.services.clock.now()))}


class PatrolTasksHandler(TaskHandler):
    """`/patrol/tasks`."""

    @operation(
        Operation(
            summary="List tasks",
            description="Newest first. An inspector gets their own tasks and those that any inspector of the district "
            "may take; everybody else all tasks within their scope.",
            tag=TAG,
            roles=READERS,
            query=TaskQuery,
            reply=TaskPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of tasks."""
        asked = dict(self.parameters)
        limit, after = asked.pop("limit"), asked.pop("after")
        page = await self.services.patrols.plans.tasks.list(self.actor, TaskFilter(**asked), limit, after)
        return {"items": [self.shown(task) for task in page.items], "next": page.next}

    @operation(
        Operation(
            summary="Assign a task",
            description="By hand: one visit to one site. Without assignees, any inspector of the district may take it; "
            "`GET /patrol/inspectors` has the ids of inspectors.",
            tag=TAG,
            roles=MANAGERS,
            body=AssignTaskSchema,
            reply=TaskSchema,
            status=201,
            repeatable=True,
            refusals=(SiteUnknown, errors.PlanRefused, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Assign a task."""
        template_id, assignees = content.pop("template_id"), tuple(content.pop("assignees"))
        visit = Visit(assignees=assignees, **content)
        command = AssignTask(actor=self.actor, template_id=template_id, visit=visit, request=self.repeated)
        task = await self.services.patrols.plans.tasks.assign(command)
        self.set_header("Location", f"/api/v1/patrol/tasks/{task.id}")
        return self.shown(task)


class PatrolTaskHandler(TaskHandler):
    """`/patrol/tasks/{task_id}`."""

    @operation(
        Operation(
            summary="See a task",
            description="Who goes where until when, where it comes from, and the check-in that it came to.",
            tag=TAG,
            roles=READERS,
            reply=TaskSchema,
            refusals=(errors.TaskUnknown,),
        )
    )
    async def get(self, task_id: str) -> dict[str, Any]:
        """Return a task."""
        return self.shown(await self.services.patrols.plans.tasks.get(self.actor, task_id))


class TaskCancellationHandler(TaskHandler):
    """`/patrol/tasks/{task_id}/cancel`."""

    @operation(
        Operation(
            summary="Call a task off",
            description="A visit that was made before, and is uploaded later, is accepted all the same. What a random "
            "draw chose is called off only for `site_closed`, once the site is, or for `force_majeure`; the public "
            "draw shows it.",
            tag=TAG,
            roles=MANAGERS,
            body=CancellationSchema,
            reply=TaskSchema,
            refusals=(errors.TaskUnknown, errors.TaskNotOpen, errors.PlanRefused, *RECORDING),
        )
    )
    async def post(self, task_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Call a task off."""
        return self.shown(await self.services.patrols.plans.tasks.cancel(self.actor, task_id, content["reason"]))


class TaskReassignmentHandler(TaskHandler):
    """`/patrol/tasks/{task_id}/reassign`."""

    @operation(
        Operation(
            summary="Give a task to others",
            description="Instead of whoever has it now; an empty list lets any inspector of the district take it. "
            "`GET /patrol/inspectors` has the ids. Only an open task changes hands; the public draw counts it.",
            tag=TAG,
            roles=MANAGERS,
            body=ReassignmentSchema,
            reply=TaskSchema,
            refusals=(errors.TaskUnknown, errors.TaskNotOpen, errors.PlanRefused, *RECORDING),
        )
    )
    async def post(self, task_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Give a task to others."""
        return self.shown(await self.services.patrols.plans.tasks.reassign(self.actor, task_id, content["assignees"]))


class PatrolCalendarHandler(ApiHandler):
    """`/patrol/calendar`."""

    @operation(
        Operation(
            summary="See the calendar of tasks",
            description="For each day from `from` to `to`: tasks within your scope that are due then, done, overdue.",
            tag=TAG,
            roles=READERS,
            query=CalendarQuery,
            reply=CalendarSchema,
            refusals=(errors.PlanRefused,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return one entry for each day."""
        days = await self.services.patrols.plans.overview.calendar(self.actor, **self.parameters)
        return {"items": days}


class PatrolCoverageHandler(ApiHandler):
    """`/patrol/coverage`."""

    @operation(
        Operation(
            summary="See what was covered",
            description="How many of the active sites of a district were visited in these days, and which were not.",
            tag=TAG,
            roles=OVERSEERS,
            query=CoverageQuery,
            reply=CoverageSchema,
            refusals=(errors.PlanRefused, OwnerUnknown, CursorInvalid),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return the coverage of a district."""
        found = await self.services.patrols.plans.overview.coverage(self.actor, CoverageWish(**self.parameters))
        left = [
            {"site_id": one.site.id, "name": one.site.name, "last_checked_at": one.last_checked_at}
            for one in found.unvisited.items
        ]
        unvisited = {"items": left, "next": found.unvisited.next}
        return {"sites": found.sites, "visited": found.visited, "share": found.share, "unvisited": unvisited}
