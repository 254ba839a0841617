"""How many requests are under way, so that a stopping server can wait for them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


class UnderWay:
    """Counts; `with under_way:` surrounds the work of one request."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._endless: set[asyncio.Task[object]] = set()
        self.draining = False

    def __enter__(self) -> None:
        self._count += 1
        self._idle.clear()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._count -= 1
        if self._count == 0:
            self._idle.set()

    @contextmanager
    def until_draining(self) -> Iterator[None]:
        """End what is enclosed, without an error, as soon as the server stops: it would never end by itself."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- a request is a task
        self._endless.add(task)
        if self.draining:  # it began in the same moment
            self._end_endless()
        try:
            yield
        except asyncio.CancelledError:
            if task in self._endless:
                raise
            task.uncancel()
        finally:
            self._endless.discard(task)

    async def drained(self) -> None:
        """Ask clients to go elsewhere from now on, and return once nothing is under way."""
        self.draining = True
        self._end_endless()
        await self._idle.wait()

    def _end_endless(self) -> None:
        endless, self._endless = self._endless, set()
        for task in endless:
            task.cancel()
