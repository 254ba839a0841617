"""Leading: of all processes that could do a work, one does it, and another takes over when it falls silent."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from services.common.errors import DatabaseUnavailable
from services.sync.relay.model import Bearing
from services.sync.relay.ports import Leases

SILENT_FOR_S = 6.0
BEAT_EVERY_S = 1.5
LOOK_EVERY_S = 1.0


def _nobody_knows(_: str) -> bool:
    return False


class Leadership:
    """A lease that needs no common clock.

    Who leads gives a sign of life every BEAT_EVERY_S. Whoever waits takes over when by its own clock there was none for
    SILENT_FOR_S; the leader by then does not count itself one any more, since that time began, for it, before its last
    sign was written. So a killed leader has a successor after 6 to 8 s.
    """

    def __init__(
        self,
        leases: Leases,
        *,
        name: str,
        holder: str,
        silent_for_s: float = SILENT_FOR_S,
        is_gone: Callable[[str], bool] = _nobody_knows,
    ) -> None:
        """Let `is_gone` tell of a holder whether it is known to have died; then nobody waits for its silence."""
        self._leases = leases
        self._is_gone = is_gone
        self._name = name
        self._holder = holder
        self._silent_for_s = silent_for_s
        self._fence: int | None = None
        self._held_until = 0.0
        self._seen: Bearing | None = None
        self._seen_at = time.monotonic()

    @property
    def holds(self) -> bool:
        """Tell whether this process leads right now."""
        return self._fence is not None and time.monotonic() < self._held_until

    async def await_turn(self) -> None:
        """Return when this process leads."""
        while True:
            if await self._contend():
                return
            await asyncio.sleep(LOOK_EVERY_S)

    @asynccontextmanager
    async def kept(self, lost: Callable[[], None]) -> AsyncIterator[None]:
        """Give signs of life while the enclosed runs; call `lost` once when others may lead."""
        beating = asyncio.create_task(self._beat_on(lost))
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            await self.let_go()

    async def _beat_on(self, lost: Callable[[], None]) -> None:
        while self.holds:
            await asyncio.sleep(min(BEAT_EVERY_S, self._left_s()))
            began = time.monotonic()
            # No longer than it leads: a call that hangs must not keep what a leader does going.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._left_s()):
                    if await self._quietly(self._beat()):
                        self._held_until = began + self._silent_for_s
        lost()

    def _left_s(self) -> float:
        return max(0.0, self._held_until - time.monotonic())

    async def _beat(self) -> bool:
        if self._fence is None:
            return False
        alive = await self._leases.beat(self._name, self._holder, self._fence)
        if not alive:
            self._fence = None
        return alive

    async def _contend(self) -> bool:
        began = time.monotonic()
        try:
            seen = await self._leases.read(self._name)
        except DatabaseUnavailable:
            # Nobody can be heard now: the time of silence begins anew.
            self._seen, self._seen_at = None, time.monotonic()
            return False
        if seen != self._seen:
            self._seen, self._seen_at = seen, time.monotonic()
        silent = time.monotonic() - self._seen_at >= self._silent_for_s
        if seen is not None and seen.holder is not None and not silent and not self._is_gone(seen.holder):
            return False
        # Before claiming: whoever is cancelled meanwhile can let go of what it may have got.
        self._fence = 1 if seen is None else seen.fence + 1
        if not await self._quietly(self._leases.claim(self._name, self._holder, seen)):
            self._fence = None
            return False
        self._held_until = began + self._silent_for_s
        return True

    async def let_go(self) -> None:
        """Let others lead at once, if this process leads, or was about to when it was cancelled."""
        fence, self._fence = self._fence, None
        if fence is not None:
            with suppress(DatabaseUnavailable):
                await self._leases.release(self._name, self._holder, fence)

    @staticmethod
    async def _quietly(asking: Awaitable[bool]) -> bool:
        try:
            return await asking
        except DatabaseUnavailable:
            return False
