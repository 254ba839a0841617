"""Which codes are revoked, in memory: every scan asks."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from services.admissions.revocations.ports import RevocationStore
from services.admissions.revocations.rules import days_at_the_gate
from services.common.clock import Clock
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable

RELOAD_EVERY_S = 1.0
RELOAD_WITHIN_S = 2.0


class Revocations:
    """Knows the revoked codes of the days that can be at the gate now, as they were within the last second.

    While the database is away it goes on with what it knew last. Reloads follow one another, so that none brings back
    what a later one has seen gone.
    """

    def __init__(self, *, store: RevocationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._revoked: frozenset[str] | None = None
        self._turn = asyncio.Lock()

    def is_revoked(self, reservation_id: str) -> bool:
        """Tell whether the code opens nothing; raises DatabaseUnavailable before the first `reload`."""
        if self._revoked is None:  # a process that has just started must not take nothing for no
            raise DatabaseUnavailable(retry_after_s=1)
        return reservation_id in self._revoked

    async def reload(self) -> None:
        """Know what is so now; raises DatabaseUnavailable."""
        async with self._turn:
            found = await self._store.revoked_on(days_at_the_gate(self._clock.now()))
            self._revoked = frozenset(one.reservation_id for one in found)

    async def of_day(self, venue_id: str, on: date) -> Sequence[str]:
        """Return the reservations for that day at that venue whose codes are revoked, as the database has it."""
        return [one.reservation_id for one in await self._store.revoked_on([on]) if one.visit.venue_id == venue_id]

    async def run(self) -> None:
        """Reload until cancelled."""
        while True:
            with suppress(DatabaseUnavailable), deadline(RELOAD_WITHIN_S):
                await self.reload()
            await asyncio.sleep(RELOAD_EVERY_S)
