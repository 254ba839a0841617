"""What plans need from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.identity.model import Scope, StaffAccount
from services.patrols.checklists.model import Template
from services.patrols.model import RecordedEvent
from services.patrols.plans.model import Draw, DrawPool, Round, Task, Tasking, TaskKind, TaskState, Visits
from services.patrols.sites.model import Site, SiteStatus
from services.transparency.model import InclusionProof, SignedCheckpoint


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """Which tasks are looked for; None means any."""

    state: TaskState | None = None
    kind: TaskKind | None = None
    site_id: str | None = None
    due_from: date | None = None
    due_to: date | None = None
    overdue: bool | None = None


class TaskStore(Protocol):
    """Tasks."""

    async def find(self, task_id: str) -> Task | None:
        """Return the task, if there is one."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Task]:
        """Return the tasks there are, by id."""

    async def open_of_site(self, site_id: str) -> Sequence[Task]:
        """Return the open tasks at a site, the first due first."""

    async def with_open_tasks(self, site_ids: Collection[str]) -> Sequence[str]:
        """Return which of these sites have open tasks, in the order of their ids."""

    async def open_for(self, names: Collection[str]) -> Sequence[Task]:
        """Return the open tasks of accounts and, for `level:id`, those that any inspector there may take; due order."""

    async def open_of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return the open tasks of a round or a draw, in the order of their ids."""

    async def of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return all tasks of a round or a draw, in any order."""

    async def listed_for(self, name: str, wanted: TaskFilter, since: str, until: str) -> Sequence[Task]:
        """Return the tasks of an account or, for `level:id`, those for anybody there; since <= id < until."""

    async def listed_in(self, scope: str, wanted: TaskFilter, since: str, until: str) -> Sequence[Task]:
        """Return the tasks at the sites that `scope` covers; since <= id < until."""

    async def due_between(self, scope: str, first: date, last: date) -> Sequence[Task]:
        """Return the tasks at the sites that `scope` covers which are due on these days."""

    async def done_between(self, scope: str, first: date, last: date) -> Collection[str]:
        """Return the ids of the sites that `scope` covers where a task was done on one of these days of the city."""


class PlanStore(Protocol):
    """Rounds and draws, and how far their tasks are."""

    async def find_round(self, round_id: str) -> Round | None:
        """Return the round, if there is one."""

    async def rounds_between(self, scope: str, since: str, until: str) -> Sequence[Round]:
        """Return the rounds that `scope` covers; since <= id < until."""

    async def find_draw(self, draw_id: str) -> Draw | None:
        """Return the draw, if there is one."""

    async def draws_between(self, scope: str | None, since: str, until: str) -> Sequence[Draw]:
        """Return the draws that `scope` covers, or all; since <= id < until."""

    async def find_pool(self, draw_id: str) -> DrawPool | None:
        """Return what a draw is drawn from."""

    async def find_tasking(self, plan_id: str) -> Tasking | None:
        """Return how far the tasks of a round or a draw are, if it has any."""

    async def taskings(self, ids: Collection[str]) -> Mapping[str, Tasking]:
        """Return the taskings there are, by id."""

    async def unfinished(self) -> Sequence[str]:
        """Return the ids of the plans with tasks still to be made or cancelled."""

    async def find_visits(self, plan_id: str) -> Visits | None:
        """Return all visits of a round or a draw."""


class ActiveOutlets(Protocol):
    """Outlets to be visited."""

    async def active_within(self, scope: str) -> Sequence[Site]:
        """Return all active outlets that `scope` (`level:id`) covers, in any order."""


class EndedOutlets(Protocol):
    """Outlets not to be visited any more."""

    async def ended(self) -> Collection[str]:
        """Return the ids of all outlets that are closed or merged."""


class Templates(Protocol):
    """Checklists."""

    async def template(self, template_id: str) -> Template | None:
        """Return the template, if there is one."""


class Inspectors(Protocol):
    """Who may be sent."""

    async def inspectors_within(self, scopes: Collection[Scope]) -> Sequence[StaffAccount]:
        """Return the inspectors who have one of these scopes, in any order."""


class Statuses(Protocol):
    """How sites stand."""

    async def covered_by(self, scope: str) -> Sequence[SiteStatus]:
        """Return the statuses of all sites that `scope` covers, in any order."""


class Histories(Protocol):
    """What was recorded."""

    async def history(self, subject_id: str) -> Sequence[RecordedEvent]:
        """Return the events about a thing, in the order of recording."""


class Log(Protocol):
    """The log of patrols, as far as it is signed."""

    async def latest(self) -> SignedCheckpoint:
        """Return the last checkpoint; raises CheckpointAbsent."""

    async def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """Return the proof for leaf `index`; raises LogRangeInvalid."""
