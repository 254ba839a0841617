"""The work of releases: each look takes every release one step on, whoever looks and however often."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from services.common.clock import Clock, city_day
from services.common.errors import Unavailable
from services.reservations.releases.freezing import Freezing
from services.reservations.releases.holding import Holding
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import Release, ReleaseState
from services.reservations.releases.ports import ReleaseStore
from services.reservations.releases.settling import Settling

LOOK_EVERY_S = 10.0


@dataclass(frozen=True, kw_only=True)
class ReleaseWork:
    """Looks in the background; several processes at it do no harm, as a release's version is the guard."""

    releases: ReleaseStore
    marking: Marking
    freezing: Freezing
    holding: Holding
    settling: Settling
    clock: Clock
    tell: Callable[[Exception], None]

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(Unavailable):  # what is due is due at the next look as well
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Take each release as far as it goes now; what one of them comes to holds up no other."""
        await self._each(ReleaseState.OPEN, self.freezing.freeze)
        await self._each(ReleaseState.FROZEN, self._hold)
        await self._each(ReleaseState.DRAWN, self.settling.settle)
        await self._each(ReleaseState.SETTLED, self._tidy)

    async def _each(self, state: ReleaseState, step: Callable[[Release], Awaitable[object]]) -> None:
        since = city_day(self.clock.now()) if state is ReleaseState.SETTLED else date.min
        for release in await self.releases.in_state(state, since):
            try:
                await step(release)
            except Unavailable:
                continue
            except Exception as error:  # a defect in one must not keep the others from being drawn
                self.tell(error)

    async def _hold(self, release: Release) -> None:
        if not await self.holding.hold(release):
            await self.marking.mark(release)

    async def _tidy(self, release: Release) -> None:
        """Open what is not open yet, until the day is over: a killed process may have left it so."""
        await self.marking.reopen(release)
