"""What is small, changes seldom and is asked all the time: read whole, and remembered for some seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from services.common.clock import Clock
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable

REFRESH_WITHIN_S = 2.0

T = TypeVar("T")


class Remembered(Generic[T]):
    """What `read` returns, as it was at most `max_age_s` ago; while the database is away, as it was last."""

    def __init__(self, read: Callable[[], Awaitable[T]], *, clock: Clock, max_age_s: float) -> None:
        self._read = read
        self._clock = clock
        self._max_age = timedelta(seconds=max_age_s)
        self._known: tuple[datetime, T] | None = None
        self._reading = asyncio.Lock()

    async def get(self) -> T:
        """Return it; raises DatabaseUnavailable where it was never read."""
        known = self._known
        if known is not None and self._clock.now() - known[0] <= self._max_age:
            return known[1]
        if known is not None and self._reading.locked():
            return known[1]  # somebody is fetching what is newer; nobody else needs to wait for it
        async with self._reading:
            if self._known is None:
                self._known = await self._look()
            elif self._known is known:
                self._known = await self._look_or_keep(self._known)
            return self._known[1]

    async def renew(self) -> None:
        """Read at once: in this process a change is seen by whoever made it."""
        async with self._reading:
            self._known = await self._look()

    async def _look_or_keep(self, known: tuple[datetime, T]) -> tuple[datetime, T]:
        """Return what is true now, or what was true last while the database is away."""
        try:
            with deadline(REFRESH_WITHIN_S):
                return await self._look()
        except DatabaseUnavailable:
            return self._clock.now(), known[1]

    async def _look(self) -> tuple[datetime, T]:
        looked_at = self._clock.now()
        return looked_at, await self._read()
