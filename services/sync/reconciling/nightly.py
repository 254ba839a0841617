"""Starts reconciliations: once a day at a time of the city's, and whenever somebody asked for one."""

import asyncio
from contextlib import suppress
from datetime import datetime, time

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.reconciling.errors import ReconciliationUnderWay
from services.sync.reconciling.model import Asker, Depth, Progress, State, Treatment, Wish
from services.sync.reconciling.ports import Reconciliations
from services.sync.reconciling.rules import TRY_AGAIN, latest_due
from services.sync.reconciling.running import Reconciling

LOOK_EVERY_S = 1.0
NIGHTLY = Wish(kinds=(), depth=Depth.SUMS, treatment=Treatment.REPAIR, by=Asker.NIGHTLY)


class Nightly:
    """Work in the background. Several processes may do it at once: each reconciliation is run by one of them."""

    def __init__(
        self,
        *,
        reconciling: Reconciling,
        desk: ReconciliationDesk,
        store: Reconciliations,
        at: time | None,
        clock: Clock,
    ) -> None:
        """Reconcile daily at `at`, city time, or only when asked to."""
        self._reconciling = reconciling
        self._desk = desk
        self._store = store
        self._at = at
        self._clock = clock
        self._settled_until: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        task = asyncio.current_task()
        # A cancellation that meets an answer of the database gets lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            with suppress(DatabaseUnavailable):
                await self.work_once()
            await asyncio.sleep(LOOK_EVERY_S)

    async def work_once(self) -> None:
        """Run what was asked for, the oldest first, and what is due."""
        with suppress(ReconciliationUnderWay):
            await self._reconciling.clear_up()
        if await self._is_due():
            await self._desk.note(NIGHTLY)
        for asked in await self._store.in_state(State.REQUESTED):
            # Another process was quicker, or is at it: whatever is not begun by then, is found again.
            with suppress(ReconciliationUnderWay):
                await self._reconciling.take_up(asked, _nobody)

    async def _is_due(self) -> bool:
        if self._at is None:
            return False
        now = self._clock.now()
        due = latest_due(now, self._at)
        if self._settled_until == due:
            return False
        tried = await self._store.by(Asker.NIGHTLY, due)
        if any(one.state is State.DONE for one in tried):
            self._settled_until = due
            return False
        under_way = any(one.state in {State.REQUESTED, State.RUNNING} for one in tried)
        return not under_way and all(one.asked_at + TRY_AGAIN <= now for one in tried)


def _nobody(_: Progress) -> None:
    """Hear nothing: nobody watches at night."""
