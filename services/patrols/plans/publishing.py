"""What is shown of draws: their records for whoever repeats them, and what the public sees."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
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
from services.patrols.plans.model import Draw, Visit
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import PlanStore

PUBLIC_LIST = "public-draws"
RECORD_FORMAT = "chengma-draw-record-1"


@dataclass(frozen=True, kw_only=True)
class DrawnSite:
    """A site that was drawn, and its name today."""

    site_id: str
    name: str
    name_en: str
    inspectors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PublicDraw:
    """A draw, and what was drawn if that may be seen."""

    draw: Draw
    drawn: tuple[DrawnSite, ...] | None


class Publishing:
    """Shows draws."""

    def __init__(self, *, draws: Draws, store: PlanStore, pools: Pools, evidence: Evidence, clock: Clock) -> None:
        self._draws = draws
        self._store = store
        self._pools = pools
        self._evidence = evidence
        self._clock = clock

    async def result(self, actor: Actor, draw_id: str) -> PublicDraw:
        """Return a draw with what was drawn, once it was held; raises DrawUnknown."""
        draw = await self._draws.get(actor, draw_id)
        return PublicDraw(draw=draw, drawn=None if draw.held is None else await self._drawn(draw))

    async def public(self, draw_id: str) -> PublicDraw:
        """Return what anybody may see of a draw; raises DrawUnknown."""
        draw = await self._find(draw_id)
        return PublicDraw(draw=draw, drawn=await self._drawn(draw) if self._is_published(draw) else None)

    async def public_page(self, limit: int, after: str | None) -> Page[PublicDraw]:
        """Return a page of all draws, newest first, without what was drawn; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, PUBLIC_LIST, (str,))[0])
        between = partial(self._store.draws_between, None)
        found = await newest(between, prefix=PREFIX, wanted=limit + 1, until=until, now=self._clock.now())
        following = make_cursor(PUBLIC_LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=[PublicDraw(draw=one, drawn=None) for one in found[:limit]], next=following)

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
        return draw.held is not None and (draw.publish_on is None or draw.publish_on <= today)

    async def _visits(self, draw: Draw) -> Sequence[Visit]:
        found = await self._store.find_visits(draw.id)
        if found is None:
            raise DrawNotHeld
        return found.visits

    async def _drawn(self, draw: Draw) -> tuple[DrawnSite, ...]:
        visits = await self._visits(draw)
        sites = await self._pools.several([visit.site_id for visit in visits])
        return tuple(
            DrawnSite(
                site_id=visit.site_id,
                name=sites[visit.site_id].name,
                name_en=sites[visit.site_id].name_en,
                inspectors=visit.assignees,
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
