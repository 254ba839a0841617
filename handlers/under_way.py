"""How many requests are under way, so that a stopping server can wait for them."""

import asyncio
from types import TracebackType


class UnderWay:
    """Counts; `with under_way:` surrounds the work of one request."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.draining = False

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._count -= 1
        if self._count == 0:
            self._idle.set()

    async def drained(self) -> None:
        """Ask clients to go elsewhere from now on, and return once nothing is under way."""
        self.draining = True
        await self._idle.wait()
