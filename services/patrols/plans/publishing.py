"""What is shown of draws: their records for whoever repeats them, and what the public sees."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.common.clock import Clock, city_day
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor
from services.patrols.plans.drawing import seed_of
from services.patrols.plans.draws import PREFIX, Draws
from services.patrols.plans.errors import DrawNotHeld, DrawNotPublished, DrawUnknown
from services.patrols.plans.evidence import Evidence
from services.patrols.plans.model import CancelReason, Draw, Task, TaskState, Visit
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import PlanStore, TaskStore
from services.patrols.plans.rules import public_from

PUBLIC_LIST = "public-draws"
RECORD_FORMAT = "chengma-draw-record-1"


@dataclass(frozen=True, kw_only=True)
class DrawnSite:
    """A site that was drawn, its name today, and whether its task was called off, or how often given to others."""

    site_id: str
    name: str
    name_en: str
    inspectors: tuple[str, ...]
    cancelled_because: CancelReason | None
    reassigned: int


@dataclass(frozen=True, kw_only=True)
class DrawChanges:
    """How many of the drawn tasks were called off since the draw was held, and how often one was given to others."""

    cancelled: int
    reassigned: int


@dataclass(frozen=True, kw_only=True)
class PublicDraw:
    """A draw, what was drawn if that may be seen, and how much of it was changed, once it was held."""

    draw: Draw
    drawn: tuple[DrawnSite, ...] | None
    changes: DrawChanges | None


class Publishing:
    """Shows draws."""

    def __init__(
        self, *, draws: Draws, store: PlanStore, tasks: TaskStore, pools: Pools, evidence: Evidence, clock: Clock
    ) -> None:
        self._draws = draws
        self._store = store
        self._tasks = tasks
        self._pools = pools
        self._evidence = evidence
        self._clock = clock

    async def result(self, actor: Actor, draw_id: str) -> PublicDraw:
        """Return a draw with what was drawn, once it was held; raises DrawUnknown."""
        return await self._shown(await self._draws.get(actor, draw_id))

    async def public(self, draw_id: str) -> PublicDraw:
        """Return what anybody may see of a draw; raises DrawUnknown."""
        draw = await self._find(draw_id)
        shown = await self._shown(draw)
        return shown if self._is_published(draw) else replace(shown, drawn=None)

    async def public_page(self, limit: int, after: str | None) -> Page[PublicDraw]:
        """Return a page of all draws, newest first, without what was drawn; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, PUBLIC_LIST, (str,))[0])
        between = partial(self._store.draws_between, None)
        found = await newest(between, prefix=PREFIX, wanted=limit + 1, until=until, now=self._clock.now())
        following = make_cursor(PUBLIC_LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=[PublicDraw(draw=one, drawn=None, changes=None) for one in found[:limit]], next=following)

    async def record(self, actor: Actor, draw_id: str) -> dict[str, Any]:
        """Return everything that it takes to repeat a draw, as JSON; raises DrawUnknown, DrawNotHeld."""
        return await self._record(await self._draws.get(actor, draw_id))

    async def public_record(self, draw_id: str) -> dict[str, Any]:
        """Return the same to anybody; raises DrawUnknown, DrawNotHeld, DrawNotPublished."""
        draw = await self._find(draw_id)
        if draw.held is not None and not self._is_published(draw):
            raise DrawNotPublished
        return await self._record(draw)

    async def _find(self, draw_id: str) -> Draw:
        draw = await self._store.find_draw(draw_id)
        if draw is None:
            raise DrawUnknown
        return draw

    def _is_published(self, draw: Draw) -> bool:
        today = city_day(self._clock.now())
        return draw.held is not None and public_from(draw) <= today

    async def _visits(self, draw: Draw) -> Sequence[Visit]:
        found = await self._store.find_visits(draw.id)
        if found is None:
            raise DrawNotHeld
        return found.visits

    async def _shown(self, draw: Draw) -> PublicDraw:
        if draw.held is None:
            return PublicDraw(draw=draw, drawn=None, changes=None)
        drawn = await self._drawn(draw)
        changes = DrawChanges(
            cancelled=sum(one.cancelled_because is not None for one in drawn),
            reassigned=sum(one.reassigned for one in drawn),
        )
        return PublicDraw(draw=draw, drawn=drawn, changes=changes)

    async def _drawn(self, draw: Draw) -> tuple[DrawnSite, ...]:
        visits = await self._visits(draw)
        tasks = {task.site_id: task for task in await self._tasks.of_origin(draw.id)}
        sites = await self._pools.several([visit.site_id for visit in visits])
        return tuple(
            DrawnSite(
                site_id=visit.site_id,
                name=sites[visit.site_id].name,
                name_en=sites[visit.site_id].name_en,
                inspectors=visit.assignees,
                **_became(tasks.get(visit.site_id)),
            )
            for visit in visits
        )

    async def _record(self, draw: Draw) -> dict[str, Any]:
        pool = await self._store.find_pool(draw.id)
        if draw.held is None or pool is None:
            raise DrawNotHeld
        visits = await self._visits(draw)
        return {
            "format": RECORD_FORMAT,
            "committed": json.loads(pool.text),
            "pool_sha256": draw.pool_digest,
            "server_seed": draw.held.server_seed,
            "public_value": draw.held.public_value,
            "seed": seed_of(bytes.fromhex(draw.held.server_seed), draw.held.public_value).hex(),
            "result": [{"site": visit.site_id, "inspectors": list(visit.assignees)} for visit in visits],
            "log": await self._evidence.proof(draw.id, draw.held),
        }


def _became(task: Task | None) -> dict[str, Any]:
    """Return what became of a task; a site that closed before the draw was held has none."""
    if task is None:
        return {"cancelled_because": None, "reassigned": 0}
    called_off = task.cancelled_because if task.state is TaskState.CANCELLED else None
    return {"cancelled_because": called_off, "reassigned": task.reassigned}
