"""Room: how many bytes of large bodies a process holds at once, so that many uploads need no more memory than few."""

import asyncio
from collections import deque

from services.common.errors import TooBusy

MOST_BYTES = 48 * 1024 * 1024
# For whoever has no account.
MOST_PUBLIC_BYTES = 32 * 1024 * 1024
PATIENCE_S = 4.0


class Room:
    """Bytes to be had in the order of asking; whoever waits too long is refused."""

    def __init__(self, *, most_bytes: int = MOST_BYTES, patience_s: float = PATIENCE_S) -> None:
        self._free = most_bytes
        self._patience_s = patience_s
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def free_bytes(self) -> int:
        """What is left."""
        return self._free

    async def take(self, wanted: int) -> None:
        """Take so many bytes, which must be given back; raises TooBusy."""
        if not self._waiting and wanted <= self._free:
            self._free -= wanted
            return
        asked = (wanted, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        try:
            async with asyncio.timeout(self._patience_s):
                await asked[1]
        except TimeoutError:
            self._withdraw(asked)
            raise TooBusy(retry_after_s=2) from None
        except asyncio.CancelledError:
            self._withdraw(asked)
            raise

    def give_back(self, taken: int) -> None:
        """Let others have so many bytes."""
        self._free += taken
        self._admit()

    def _withdraw(self, asked: tuple[int, asyncio.Future[None]]) -> None:
        wanted, admitted = asked
        if admitted.done() and not admitted.cancelled():  # in the very moment in which it was given up
            self.give_back(wanted)
        elif asked in self._waiting:
            self._waiting.remove(asked)
            self._admit()

    def _admit(self) -> None:
        while self._waiting and (self._waiting[0][0] <= self._free or self._waiting[0][1].done()):
            wanted, admitted = self._waiting.popleft()
            if not admitted.done():
                self._free -= wanted
                admitted.set_result(None)
