"""Forgetting: where an inspector was is kept for three months, and how far from the site that was for ever."""

import asyncio
from contextlib import suppress

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.patrols.checkins.ports import CheckInStore

SWEEP_EVERY_S = 600.0


class Forgetting:
    """Takes positions out of check-ins when their time has come; any number of processes may do so at once."""

    def __init__(self, *, store: CheckInStore, clock: Clock, every_s: float = SWEEP_EVERY_S) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s

    async def run(self) -> None:
        """Sweep now and then until cancelled."""
        while True:
            with suppress(DatabaseUnavailable):  # the next sweep finds the same again
                await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> int:
        """Forget what is due; return how many positions that were."""
        return await self._store.forget_tracks(self._clock.now())
