"""Measures once a day, whichever process leads."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.sync.quality.measuring import Measuring
from services.sync.quality.ports import QualityStore

EVERY = timedelta(days=1)
LOOK_EVERY_S = 60.0


class Daily:
    """Work in the background; what was measured less than a day ago is not measured again."""

    def __init__(self, measuring: Measuring, store: QualityStore, clock: Clock) -> None:
        self._measuring = measuring
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Measure when it is time, until cancelled."""
        task = asyncio.current_task()
        # A cancellation that meets an answer of the database gets lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(DatabaseUnavailable):
                await self.work_once()

    async def work_once(self) -> None:
        """Measure every kind unless that was done within a day."""
        now = self._clock.now()
        if all(one.measured_at <= now - EVERY for one in await self._store.all()):
            async for _ in self._measuring.measure():
                await asyncio.sleep(0)
