"""Escalation: findings that did not come to an end by their deadline are told to the district, then to the city."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from services.common.clock import Clock, IdSource
from services.common.errors import Unavailable
from services.common.stretches import stretches
from services.patrols.findings.model import Finding
from services.patrols.findings.ports import FindingStore
from services.patrols.findings.rules import escalate
from services.patrols.findings.telling import Teller
from services.patrols.model import THE_SERVICE, Draft
from services.patrols.recording import Recording

EVERY_S = 30.0


class Escalating:
    """Looks every half minute; any number of processes may, for a finding's version lets only one of them tell."""

    def __init__(
        self,
        *,
        store: FindingStore,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
        told: Callable[[Finding], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._recording = recording
        self._clock = clock
        self._ids = ids
        self._told = told

    async def run(self) -> None:
        """Work until cancelled; what could not be done now is done the next time."""
        while True:
            with suppress(Unavailable):
                await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Escalate all whose time has come, to the level that it has come for; return how many changed."""
        changed, latest = 0, 1
        while latest:  # after days of standstill both levels may be due
            latest = 0
            for some in stretches(await self._store.to_escalate(self._clock.now())):
                latest += sum(await asyncio.gather(*(self._escalate(one) for one in some)))
            changed += latest
        return changed

    async def _escalate(self, finding_id: str) -> bool:
        async def decide() -> Draft[bool]:
            finding = await self._store.find(finding_id)
            now = self._clock.now()
            after = None if finding is None else escalate(finding, now)
            if after is None or after is finding:
                return Draft(records=(), events=(), answer=False)
            event = Teller(ids=self._ids, told_by=THE_SERVICE, at=now).escalated(after)
            taken.append(after)
            return Draft(records=(after,), events=(event,), answer=True)

        taken: list[Finding] = []
        is_changed = await self._recording.settle(decide)
        if is_changed:
            self._told(taken[-1])
        return is_changed
