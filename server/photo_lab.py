"""The processes that make pictures, as the photo room sees them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog

from server.photo_wire import Order, Outcome, read_developed
from server.side_process import Message, NoAnswer, SideProcess
from services.common.deadlines import seconds_left
from services.common.errors import TooBusy
from services.photos.errors import PhotosUnavailable
from services.photos.model import Developed, PhotoRefusal
from services.photos.ports import LabLost

PROCESSES = 2
ANSWERED_WITHIN_S = 30.0
FREE_WITHIN_S = 6.0
RETRY_AFTER_S = 5

log = structlog.get_logger(__name__)


class PhotoLab:
    """See `services.photos.ports.Lab`: a file goes to its process piece by piece, so that the server never holds it."""

    def __init__(
        self,
        *,
        font: str = "",
        processes: int = PROCESSES,
        answered_within_s: float = ANSWERED_WITHIN_S,
        free_within_s: float = FREE_WITHIN_S,
    ) -> None:
        """`font` is a file for the text of watermarks; empty, one is looked for."""
        self._font = font
        self._free_within_s = free_within_s
        self._all = [SideProcess("server.photo_worker", answered_within_s=answered_within_s) for _ in range(processes)]
        self._free: asyncio.Queue[SideProcess] = asyncio.Queue()
        for process in self._all:
            self._free.put_nowait(process)

    @property
    def pids(self) -> Sequence[int]:
        """The process ids of those that run."""
        return [process.pid for process in self._all if process.pid is not None]

    async def develop(self, pieces: Callable[[], AsyncIterator[bytes]]) -> Developed | PhotoRefusal:
        """Make the pictures of a file; raises PhotosUnavailable, TooBusy or LabLost."""
        async with self._one() as process:
            await _ask(process, (Order.BEGIN, {}))
            size = 0
            async for piece in pieces():
                await _ask(process, (Order.PIECE, {"at": size, "content": piece}))
                size += len(piece)
            before = process.pid
            try:
                outcome, content = await process.ask((Order.DEVELOP, {"size": size}))
            except NoAnswer:
                raise LabLost from None
            if process.pid != before:  # it died of the file, and a new one knows nothing of it
                raise LabLost
        if outcome == Outcome.REFUSED:
            return PhotoRefusal(content)
        return read_developed(_done(outcome, content))

    async def watermark(self, clean: bytes, lines: Sequence[str]) -> bytes:
        """Return the picture with these lines on it; raises PhotosUnavailable or TooBusy."""
        async with self._one() as process:
            order = {"clean": clean, "lines": list(lines), "font": self._font}
            return bytes(await _ask(process, (Order.WATERMARK, order)))

    async def close(self) -> None:
        """End the processes."""
        for process in self._all:
            await process.close()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[SideProcess]:
        """Have a process for oneself, in the order of asking."""
        try:
            async with asyncio.timeout(seconds_left(self._free_within_s)):
                process = await self._free.get()
        except TimeoutError:
            raise TooBusy(retry_after_s=1) from None
        try:
            yield process
        finally:
            self._free.put_nowait(process)


async def _ask(process: SideProcess, message: Message) -> Any:
    try:
        outcome, content = await process.ask(message)
    except (NoAnswer, OSError):
        raise PhotosUnavailable(retry_after_s=RETRY_AFTER_S) from None
    return _done(outcome, content)


def _done(outcome: str, content: Any) -> Any:
    if outcome != Outcome.DONE:
        log.error("photo_worker_failed", reason=content)
        raise PhotosUnavailable(retry_after_s=RETRY_AFTER_S)
    return content
