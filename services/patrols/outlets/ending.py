"""Closing outlets, opening them again, and merging two that are one."""

from typing import Any

from services.common.clock import Clock, IdSource
from services.identity.model import Actor
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.outlets import rules
from services.patrols.outlets.errors import MergeRefused
from services.patrols.outlets.model import CloseReason, Outlet
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.registering import outlet_event
from services.patrols.recording import Recording


class OutletEnding:
    """Each of these may be sent again without harm."""

    def __init__(self, *, recording: Recording, reading: OutletReading, clock: Clock, ids: IdSource) -> None:
        self._recording = recording
        self._reading = reading
        self._clock = clock
        self._ids = ids

    async def close(self, actor: Actor, outlet_id: str, reason: CloseReason, version: int | None) -> Outlet:
        """Close an outlet; raises OutletUnknown, OutletChanged, OutletNotActive."""

        async def decide() -> Draft[Outlet]:
            outlet = await self._reading.get(actor, outlet_id)
            closed = rules.close(outlet, reason, self._clock.now())
            if closed is None:
                return Draft(records=(), events=(), answer=outlet)
            rules.ensure_version(outlet, version)
            event = self._event(PatrolEventKind.OUTLET_CLOSED, closed, actor, reason=reason.value)
            return Draft(records=(closed,), events=(event,), answer=closed)

        return await self._recording.settle(decide)

    async def reopen(self, actor: Actor, outlet_id: str, version: int | None) -> Outlet:
        """Open a closed outlet again; raises OutletUnknown, OutletChanged, OutletActive, MergeRefused."""

        async def decide() -> Draft[Outlet]:
            outlet = await self._reading.get(actor, outlet_id)
            opened = rules.reopen(outlet, self._clock.now())
            rules.ensure_version(outlet, version)
            event = self._event(PatrolEventKind.OUTLET_REOPENED, opened, actor)
            return Draft(records=(opened,), events=(event,), answer=opened)

        return await self._recording.settle(decide)

    async def merge(self, actor: Actor, outlet_id: str, into_id: str, version: int | None) -> Outlet:
        """Merge an outlet into another one, both within the actor's scope.

        Raises OutletUnknown, OutletChanged, OutletNotActive, MergeRefused.
        """

        async def decide() -> Draft[Outlet]:
            outlet = await self._reading.get(actor, outlet_id)
            if outlet_id == into_id:
                raise MergeRefused
            merged = rules.merge(outlet, await self._reading.get(actor, into_id), self._clock.now())
            if merged is None:
                return Draft(records=(), events=(), answer=outlet)
            rules.ensure_version(outlet, version)
            event = self._event(PatrolEventKind.OUTLET_MERGED, merged[0], actor, into=into_id)
            return Draft(records=merged, events=(event,), answer=merged[0])

        return await self._recording.settle(decide)

    def _event(self, kind: PatrolEventKind, outlet: Outlet, actor: Actor, **data: Any) -> PatrolEvent:
        return outlet_event(self._ids, kind, outlet, actor, {**data, "digest": rules.digest_of(outlet)})
