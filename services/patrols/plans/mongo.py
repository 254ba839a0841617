"""Tasks, rounds and draws in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel

from services.common.clock import CITY_OFFSET
from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.patrols.mongo import MongoShelf, Shelf
from services.patrols.plans.model import Draw, DrawPool, Round, Task, Tasking, TaskingState, TaskState, Visits
from services.patrols.plans.ports import TaskFilter
from services.sync.model import RecordKind

UNFINISHED = (TaskingState.MAKING, TaskingState.ENDING)


def _index(*fields: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields])


TASKS = CollectionPlan(
    name="patrol_tasks",
    shard_key="_id",
    indexes=(
        _index("seen_by", "_id"),
        _index("seen_by", "due_on"),
        _index("seen_by", "done_at"),
        _index("for_whom", "_id"),
        _index("open_for"),
        _index("site_id"),
        _index("origin_id"),
    ),
)
ROUNDS = CollectionPlan(name="patrol_rounds", shard_key="_id", indexes=(_index("seen_by", "_id"),))
DRAWS = CollectionPlan(name="patrol_draws", shard_key="_id", indexes=(_index("seen_by", "_id"),))
DRAW_POOLS = CollectionPlan(name="patrol_draw_pools", shard_key="_id")
VISITS = CollectionPlan(name="patrol_visits", shard_key="_id")
TASKINGS = CollectionPlan(name="patrol_taskings", shard_key="_id", indexes=(_index("unfinished"),))
COLLECTIONS = (TASKS, ROUNDS, DRAWS, DRAW_POOLS, VISITS, TASKINGS)


def _for_whom(task: Task) -> Document:
    whom = list(task.assignees or task.seen_by)
    return {"for_whom": whom, "open_for": whom if task.state is TaskState.OPEN else []}


SHELVES: Mapping[type[Any], Shelf] = {
    Task: Shelf(plan=TASKS, derived=_for_whom, told_as=RecordKind.TASK),
    Round: Shelf(plan=ROUNDS, told_as=RecordKind.ROUND),
    Draw: Shelf(plan=DRAWS, told_as=RecordKind.DRAW),
    DrawPool: Shelf(plan=DRAW_POOLS),
    Visits: Shelf(plan=VISITS),
    Tasking: Shelf(plan=TASKINGS, derived=lambda one: {"unfinished": one.state in UNFINISHED}),
}


class MongoTasks:
    """See `services.patrols.plans.ports.TaskStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._shelf = MongoShelf(mongo, TASKS)

    async def find(self, task_id: str) -> Task | None:
        """Return the task, if there is one."""
        return await self._shelf.find(Task, task_id)

    async def several(self, ids: Collection[str]) -> Mapping[str, Task]:
        """Return the tasks there are, by id."""
        return await self._shelf.several(Task, ids)

    async def open_of_site(self, site_id: str) -> Sequence[Task]:
        """Return the open tasks at a site, the first due first."""
        return _by_due(await self._shelf.matching(Task, {"site_id": site_id, "state": TaskState.OPEN.value}))

    async def with_open_tasks(self, site_ids: Collection[str]) -> Sequence[str]:
        """Return which of these sites have open tasks, in the order of their ids."""
        found: set[str] = set()
        async with translated_failures():
            for some in stretches(site_ids):
                query = {"site_id": {"$in": some}, "state": TaskState.OPEN.value}
                cursor = self._shelf.collection.find(query, {"site_id": 1}, batch_size=1000)
                found |= {str(document["site_id"]) async for document in cursor}
        return sorted(found)

    async def open_for(self, names: Collection[str]) -> Sequence[Task]:
        """Return the open tasks of accounts and, for `level:id`, those that any inspector there may take; due order."""
        found: dict[str, Task] = {}
        for name in names:
            found.update((one.id, one) for one in await self._shelf.matching(Task, {"open_for": name}))
        return _by_due(found.values())

    async def open_of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return the open tasks of a round or a draw, in the order of their ids."""
        found = await self._shelf.matching(Task, {"origin_id": origin_id, "state": TaskState.OPEN.value})
        return sorted(found, key=lambda one: one.id)

    async def of_origin(self, origin_id: str) -> Sequence[Task]:
        """Return all tasks of a round or a draw, in any order."""
        return await self._shelf.matching(Task, {"origin_id": origin_id})

    async def listed_for(self, name: str, wanted: TaskFilter, since: str, until: str) -> Sequence[Task]:
        """Return the tasks of an account or, for `level:id`, those for anybody there; since <= id < until."""
        bounds = {"for_whom": name, "_id": {"$gte": since, "$lt": until}}
        return await self._shelf.matching(Task, bounds | _filtering(wanted))

    async def listed_in(self, scope: str, wanted: TaskFilter, since: str, until: str) -> Sequence[Task]:
        """Return the tasks at the sites that `scope` covers; since <= id < until."""
        bounds = {"seen_by": scope, "_id": {"$gte": since, "$lt": until}}
        return await self._shelf.matching(Task, bounds | _filtering(wanted))

    async def due_between(self, scope: str, first: date, last: date) -> Sequence[Task]:
        """Return the tasks at the sites that `scope` covers which are due on these days."""
        days = {"$gte": first.isoformat(), "$lte": last.isoformat()}
        return await self._shelf.matching(Task, {"seen_by": scope, "due_on": days})

    async def done_between(self, scope: str, first: date, last: date) -> Collection[str]:
        """Return the ids of the sites that `scope` covers where a task was done on one of these days of the city."""
        moments = {"$gte": _midnight(first), "$lt": _midnight(last + timedelta(days=1))}
        async with translated_failures():
            found = self._shelf.collection.find({"seen_by": scope, "done_at": moments}, {"site_id": 1}, batch_size=1000)
            return {str(document["site_id"]) async for document in found}


def _filtering(wanted: TaskFilter) -> Document:
    exact = {"state": wanted.state, "kind": wanted.kind, "site_id": wanted.site_id}
    days = {"$gte": wanted.due_from, "$lte": wanted.due_to}
    within = {operator: day.isoformat() for operator, day in days.items() if day is not None}
    return {name: str(value) for name, value in exact.items() if value is not None} | (
        {"due_on": within} if within else {}
    )


def _by_due(tasks: Collection[Task]) -> Sequence[Task]:
    return sorted(tasks, key=lambda one: (one.due_on, one.id))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC) - CITY_OFFSET


class MongoPlans:
    """See `services.patrols.plans.ports.PlanStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._rounds = MongoShelf(mongo, ROUNDS)
        self._draws = MongoShelf(mongo, DRAWS)
        self._pools = MongoShelf(mongo, DRAW_POOLS)
        self._visits = MongoShelf(mongo, VISITS)
        self._taskings = MongoShelf(mongo, TASKINGS)

    async def find_round(self, round_id: str) -> Round | None:
        """Return the round, if there is one."""
        return await self._rounds.find(Round, round_id)

    async def rounds_between(self, scope: str, since: str, until: str) -> Sequence[Round]:
        """Return the rounds that `scope` covers; since <= id < until."""
        return await self._rounds.matching(Round, {"seen_by": scope, "_id": {"$gte": since, "$lt": until}})

    async def find_draw(self, draw_id: str) -> Draw | None:
        """Return the draw, if there is one."""
        return await self._draws.find(Draw, draw_id)

    async def draws_between(self, scope: str | None, since: str, until: str) -> Sequence[Draw]:
        """Return the draws that `scope` covers, or all; since <= id < until."""
        bounds: Document = {"_id": {"$gte": since, "$lt": until}}
        return await self._draws.matching(Draw, bounds if scope is None else {"seen_by": scope} | bounds)

    async def find_pool(self, draw_id: str) -> DrawPool | None:
        """Return what a draw is drawn from."""
        return await self._pools.find(DrawPool, draw_id)

    async def find_tasking(self, plan_id: str) -> Tasking | None:
        """Return how far the tasks of a round or a draw are, if it has any."""
        return await self._taskings.find(Tasking, plan_id)

    async def taskings(self, ids: Collection[str]) -> Mapping[str, Tasking]:
        """Return the taskings there are, by id."""
        return await self._taskings.several(Tasking, ids)

    async def unfinished(self) -> Sequence[str]:
        """Return the ids of the plans with tasks still to be made or cancelled."""
        return [one.id for one in await self._taskings.matching(Tasking, {"unfinished": True})]

    async def find_visits(self, plan_id: str) -> Visits | None:
        """Return all visits of a round or a draw."""
        return await self._visits.find(Visits, plan_id)
