"""Draws before they are held: committing to a pool and a seed, seeing a draw, and withdrawing it for all to see."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from services.common.clock import Clock, IdSource, city_day
from services.common.errors import FieldError
from services.common.model import IdempotentRequest, Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.common.protection import FieldCipher
from services.identity.model import Actor, Scope
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.drawing import SEED_BYTES, Pool, lacking, pool_content
from services.patrols.plans.errors import DrawSettled, DrawUnknown, PlanRefused
from services.patrols.plans.model import (
    CancelReason,
    Draw,
    DrawPool,
    DrawState,
    PublicSource,
    RecusalReason,
    Withdrawn,
)
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import PlanStore
from services.patrols.plans.rules import ensure_published, ensure_source_ahead, ensure_window, refused
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind
from services.transparency.commitment import canonical
from services.venues.scopes import scope_name, scope_names

LIST = "patrol-draws"
PREFIX = "drw"
MOST_IN_POOL = 5000
MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class Recusal:
    """An inspector who must not be sent to a site, and why."""

    inspector_id: str
    site_id: str
    reason: RecusalReason

    @property
    def pair(self) -> tuple[str, str]:
        """Who is not to be sent where."""
        return self.inspector_id, self.site_id


@dataclass(frozen=True, kw_only=True)
class CommitDraw:
    """A wish for a random selection among the sites and inspectors of a district or a city."""

    actor: Actor
    name: str
    scope: Scope
    site_kind: SiteKind
    template_id: str
    sites: int
    inspectors_per_site: int
    from_on: date
    due_on: date
    publish_on: date | None
    source: PublicSource
    recusals: tuple[Recusal, ...]
    request: IdempotentRequest | None


class Draws:
    """Draws within the actor's scope."""

    def __init__(
        self,
        *,
        store: PlanStore,
        pools: Pools,
        recording: Recording,
        cipher: FieldCipher,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._pools = pools
        self._recording = recording
        self._cipher = cipher
        self._clock = clock
        self._ids = ids

    async def commit(self, command: CommitDraw) -> Draw:
        """Return a new draw, whose pool and seed can no longer be changed without trace.

        Raises OwnerUnknown, PlanRefused, PatrolsContended, IdempotencyKeyReused.
        """
        read = partial(self.get, command.actor)
        return await self._recording.settle(partial(self._draft, command), repeat=command.request, read=read)

    async def _draft(self, command: CommitDraw) -> Draft[Draw]:
        now, actor = self._clock.now(), command.actor
        today = city_day(now)
        ensure_window(command.from_on, command.due_on, today)
        ensure_source_ahead(command.source, command.due_on, today)
        ensure_published(command.publish_on, command.due_on)
        seen_by = await self._pools.seen_by(actor, command.scope)
        await self._pools.ensure_template(actor, command.template_id, command.site_kind)
        pool = await self._pool(command)
        draw_id, seed = self._ids.new(PREFIX), secrets.token_bytes(SEED_BYTES)
        seed_digest = hashlib.sha256(seed).hexdigest()
        text = canonical(pool_content(pool, _wish(command, draw_id, seed_digest))).decode()
        draw = Draw(
            id=draw_id,
            name=command.name,
            scope=scope_name(command.scope),
            site_kind=command.site_kind,
            template_id=command.template_id,
            sites=command.sites,
            inspectors_per_site=command.inspectors_per_site,
            from_on=command.from_on,
            due_on=command.due_on,
            publish_on=command.publish_on,
            source=command.source,
            pool_sites=len(pool.sites),
            pool_inspectors=len(pool.inspectors),
            pool_digest=hashlib.sha256(text.encode()).hexdigest(),
            seed_digest=seed_digest,
            sealed_seed=await self._cipher.encrypt(seed.hex()),
            state=DrawState.COMMITTED,
            committed_at=now,
            committed_by=actor.id,
            held=None,
            withdrawn=None,
            seen_by=seen_by,
            version=1,
        )
        told = self._told(PatrolEventKind.DRAW_COMMITTED, draw, actor, now, _committed(draw))
        kept = DrawPool(id=draw_id, text=text, version=1)
        return Draft(
            records=(draw, kept), events=(told,), answer=draw, repeat=command.request, answer_id=draw_id
        )  # fmt: skip

    async def _pool(self, command: CommitDraw) -> Pool:
        """Return all who are eligible at this moment; raises PlanRefused where the draw could not be held."""
        sites = await self._pools.sites(command.scope, command.site_kind)
        if len(sites) > MOST_IN_POOL:
            raise refused("scope", "pool_too_large", f"at most {MOST_IN_POOL} sites", str(MOST_IN_POOL))
        if len(sites) < command.sites:
            raise refused("sites", "pool_too_small", f"only {len(sites)} sites are eligible", str(len(sites)))
        districts = {site.id: site.district_id for site in sites}
        inspectors = await self._pools.inspectors(sites)
        _ensure_known(command.recusals, districts, inspectors)
        reasons = {one.pair: one.reason.value for one in command.recusals}
        pool = Pool(sites=districts, inspectors=inspectors, recusals=frozenset(reasons), reasons=reasons)
        _ensure_enough(pool, command.inspectors_per_site)
        return pool

    async def get(self, actor: Actor, draw_id: str) -> Draw:
        """Return the draw; raises DrawUnknown."""
        draw = await self._store.find_draw(draw_id)
        if draw is None or set(draw.seen_by).isdisjoint(scope_names(actor)):
            raise DrawUnknown
        return draw

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[Draw]:
        """Return a page of draws, newest first; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        between = partial(self._between, scope_names(actor))
        found = await newest(between, prefix=PREFIX, wanted=limit + 1, until=until, now=self._clock.now())
        following = make_cursor(LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=found[:limit], next=following)

    async def _between(self, names: Sequence[str], since: str, until: str) -> Sequence[Draw]:
        return [one for name in names for one in await self._store.draws_between(name, since, until)]

    async def withdraw(self, actor: Actor, draw_id: str, reason: CancelReason) -> Draw:
        """Give a draw up before it is held; that it was committed stays in the log. Raises DrawUnknown, DrawSettled."""

        async def decide() -> Draft[Draw]:
            draw = await self.get(actor, draw_id)
            if draw.withdrawn is not None and draw.withdrawn.reason is reason:
                return Draft(records=(), events=(), answer=draw)
            if draw.state is not DrawState.COMMITTED:
                raise DrawSettled
            now = self._clock.now()
            withdrawn = Withdrawn(reason=reason, withdrawn_at=now, withdrawn_by=actor.id)
            changed = replace(draw, state=DrawState.WITHDRAWN, withdrawn=withdrawn, version=draw.version + 1)
            told = self._told(PatrolEventKind.DRAW_WITHDRAWN, changed, actor, now, {"reason": reason.value})
            return Draft(records=(changed,), events=(told,), answer=changed)

        return await self._recording.settle(decide)

    def _told(
        self, kind: PatrolEventKind, draw: Draw, actor: Actor, at: datetime, data: dict[str, Any]
    ) -> PatrolEvent:  # fmt: skip
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=draw.id,
            site_id=None,
            occurred_at=at,
            told_by=actor.id,
            data=data,
        )


def _wish(command: CommitDraw, draw_id: str, seed_digest: str) -> dict[str, Any]:
    return {
        "draw_id": draw_id,
        "scope": scope_name(command.scope),
        "site_kind": command.site_kind.value,
        "template_id": command.template_id,
        "sites_to_draw": command.sites,
        "inspectors_per_site": command.inspectors_per_site,
        "from_on": command.from_on.isoformat(),
        "due_on": command.due_on.isoformat(),
        "public_source": {
            "name": command.source.name,
            "announced_on": command.source.announced_on.isoformat(),
        },
        "seed_sha256": seed_digest,
    }


def _committed(draw: Draw) -> dict[str, Any]:
    return {
        "pool_sha256": draw.pool_digest,
        "seed_sha256": draw.seed_digest,
        "pool_sites": draw.pool_sites,
        "pool_inspectors": draw.pool_inspectors,
        "sites": draw.sites,
        "inspectors_per_site": draw.inspectors_per_site,
    }


def _ensure_known(recusals: Sequence[Recusal], sites: Collection[str], inspectors: Collection[str]) -> None:
    faults: list[FieldError] = []
    for place, one in enumerate(recusals):
        if one.inspector_id not in inspectors:
            faults.append(_fault(f"recusals[{place}].inspector_id", "inspector_unknown", "no eligible inspector"))
        if one.site_id not in sites:
            faults.append(_fault(f"recusals[{place}].site_id", "site_unknown", "no eligible site"))
        if one.pair in {earlier.pair for earlier in recusals[:place]}:
            faults.append(_fault(f"recusals[{place}]", "repeated", "this is in the list already"))
    if faults:
        raise PlanRefused(errors=tuple(faults))


def _ensure_enough(pool: Pool, inspectors_per_site: int) -> None:
    """Raise PlanRefused with the first sites that too few inspectors could be sent to, had they been drawn."""
    if len(pool.inspectors) < inspectors_per_site:
        count = str(len(pool.inspectors))
        raise refused("inspectors_per_site", "pool_too_small", f"only {count} inspectors are eligible", count)
    short = lacking(pool, inspectors_per_site)
    if short:
        detail = "too few inspectors are left for the site"
        raise PlanRefused(
            errors=tuple(
                FieldError(path="recusals", code="too_few_inspectors", detail=f"{detail} {one}", values=(one,))
                for one in short[:MOST_NAMED]
            )
        )


def _fault(path: str, code: str, detail: str) -> FieldError:
    return FieldError(path=path, code=code, detail=detail)
