"""Routine rounds: planning the visits of a district, seeing how far they are, and calling a round off."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from services.common.clock import Clock, IdSource, city_day
from services.common.model import IdempotentRequest, Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.identity.model import Actor, Scope, ScopeLevel
from services.patrols.documents import part_document
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.plans.errors import RoundEnded, RoundUnknown
from services.patrols.plans.model import CancelReason, Round, Tasking, TaskingState, TaskKind, Visit, Visits
from services.patrols.plans.pooling import Pools
from services.patrols.plans.ports import PlanStore
from services.patrols.plans.rules import MOST_VISITS, ensure_window, refused, spread, stretches_of
from services.patrols.plans.tasking import TaskMaking, ending, new_tasking
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind
from services.transparency.commitment import canonical
from services.venues.scopes import scope_names

LIST = "patrol-rounds"
PREFIX = "rnd"


@dataclass(frozen=True, kw_only=True)
class PlanRound:
    """A wish that the sites of a district be visited, all of them or once every so many days of the window."""

    actor: Actor
    name: str
    district_id: str
    site_kind: SiteKind
    template_id: str
    every_days: int | None
    from_on: date
    due_on: date
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class RoundAt:
    """A round, and how far its tasks are."""

    round: Round
    tasking: Tasking


class Rounds:
    """Rounds within the actor's scope."""

    def __init__(
        self, *, store: PlanStore, pools: Pools, making: TaskMaking, recording: Recording, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._pools = pools
        self._making = making
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def plan(self, command: PlanRound) -> RoundAt:
        """Return a new round, whose first tasks are made already; the rest follows by itself.

        Raises OwnerUnknown, PlanRefused, PatrolsContended, IdempotencyKeyReused.
        """

        async def read(round_id: str) -> Round:
            return (await self.get(command.actor, round_id)).round

        planned = await self._recording.settle(partial(self._draft, command), repeat=command.request, read=read)
        await self._making.advance(planned.id)
        return await self.get(command.actor, planned.id)

    async def _draft(self, command: PlanRound) -> Draft[Round]:
        now, actor = self._clock.now(), command.actor
        ensure_window(command.from_on, command.due_on, city_day(now))
        district = Scope(level=ScopeLevel.DISTRICT, id=command.district_id)
        seen_by = await self._pools.seen_by(actor, district)
        await self._pools.ensure_template(actor, command.template_id, command.site_kind)
        sites = await self._pools.sites(district, command.site_kind)
        inspectors = sorted(await self._pools.inspectors(sites))
        stretches = stretches_of(command.from_on, command.due_on, command.every_days)
        _ensure_feasible(len(sites), len(inspectors), len(stretches))
        planned = Round(
            id=self._ids.new(PREFIX),
            name=command.name,
            district_id=command.district_id,
            site_kind=command.site_kind,
            template_id=command.template_id,
            every_days=command.every_days,
            from_on=command.from_on,
            due_on=command.due_on,
            sites=len(sites),
            inspectors=len(inspectors),
            planned_at=now,
            planned_by=actor.id,
            seen_by=seen_by,
            version=1,
        )
        visits = Visits(
            id=planned.id,
            kind=TaskKind.ROUTINE,
            site_kind=planned.site_kind,
            template_id=planned.template_id,
            visits=spread([site.id for site in sites], inspectors, stretches),
            begun_at=now,
            begun_by=actor.id,
            version=1,
        )
        told = self._told(PatrolEventKind.ROUND_PLANNED, planned, actor, _planned(planned, visits.visits))
        return Draft(
            records=(planned, visits, new_tasking(visits)),
            events=(told,),
            answer=planned,
            repeat=command.request,
            answer_id=planned.id,
        )

    async def get(self, actor: Actor, round_id: str) -> RoundAt:
        """Return the round and how far it is; raises RoundUnknown."""
        found = await self._store.find_round(round_id)
        tasking = await self._store.find_tasking(round_id)
        if found is None or tasking is None or set(found.seen_by).isdisjoint(scope_names(actor)):
            raise RoundUnknown
        return RoundAt(round=found, tasking=tasking)

    async def list(self, actor: Actor, limit: int, after: str | None) -> Page[RoundAt]:
        """Return a page of rounds, newest first; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        found = await newest(
            partial(self._between, scope_names(actor)),
            prefix=PREFIX,
            wanted=limit + 1,
            until=until,
            now=self._clock.now(),
        )
        shown = found[:limit]
        taskings = await self._store.taskings([one.id for one in shown])
        following = make_cursor(LIST, shown[-1].id) if len(found) > limit else None
        return Page(items=[RoundAt(round=one, tasking=taskings[one.id]) for one in shown], next=following)

    async def _between(self, names: Sequence[str], since: str, until: str) -> Sequence[Round]:
        return [one for name in names for one in await self._store.rounds_between(name, since, until)]

    async def cancel(self, actor: Actor, round_id: str, reason: CancelReason) -> RoundAt:
        """Call off what is still open of a round; what was done stays done. Raises RoundUnknown, RoundEnded.

        A repeat for the same reason goes on where the first left off.
        """

        async def decide() -> Draft[None]:
            found = await self.get(actor, round_id)
            if found.tasking.state in {TaskingState.ENDING, TaskingState.ENDED}:
                if found.tasking.reason is not reason:
                    raise RoundEnded
                return Draft(records=(), events=(), answer=None)
            told = self._told(PatrolEventKind.ROUND_CANCELLED, found.round, actor, {"reason": reason.value})
            return Draft(records=(ending(found.tasking, reason, actor.id),), events=(told,), answer=None)

        await self._recording.settle(decide)
        await self._making.advance(round_id)
        return await self.get(actor, round_id)

    def _told(self, kind: PatrolEventKind, planned: Round, actor: Actor, data: dict[str, Any]) -> PatrolEvent:
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=planned.id,
            site_id=None,
            occurred_at=self._clock.now(),
            told_by=actor.id,
            data=data,
        )


def _ensure_feasible(sites: int, inspectors: int, stretches: int) -> None:
    if sites == 0:
        raise refused("district_id", "no_sites", "there is no active site of this kind in the district")
    if inspectors == 0:
        raise refused("district_id", "no_inspectors", "no inspector works in the district")
    if sites * stretches > MOST_VISITS:
        raise refused("every_days", "too_many_visits", f"at most {MOST_VISITS} visits", str(MOST_VISITS))


def _planned(planned: Round, visits: Sequence[Visit]) -> dict[str, Any]:
    """Return what the log says of a round; its visits by their digest, for there may be thousands."""
    spelled = canonical([part_document(visit) for visit in visits])
    return {
        "district_id": planned.district_id,
        "template_id": planned.template_id,
        "from_on": planned.from_on.isoformat(),
        "due_on": planned.due_on.isoformat(),
        "visits": len(visits),
        "visits_sha256": hashlib.sha256(spelled).hexdigest(),
    }
