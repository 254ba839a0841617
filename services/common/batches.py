"""Group commit: what arrives while a write is under way joins the next write."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.common.deadlines import seconds_left
from services.common.errors import DatabaseUnavailable, TooBusy

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WOKEN_AT_ONCE = 32


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    answer: asyncio.Future[Answer]
    taken: bool = False

    @property
    def answered(self) -> bool:
        """Tell whether there is an answer, and not a refusal."""
        return self.answer.done() and not self.answer.cancelled() and self.answer.exception() is None

    def tell(self, outcome: Answer | Exception) -> None:
        """Hand the outcome to the caller."""
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)

    def too_late(self) -> DatabaseUnavailable | TooBusy:
        """Return what to say when time has run out: whether it was begun makes the difference."""
        return DatabaseUnavailable(retry_after_s=1) if self.taken else TooBusy(retry_after_s=1)


class Batches(Generic[Item, Answer]):
    """Many callers, few writes: `write` gets a batch in the order of arrival and returns an outcome for each item.

    An outcome that is an exception is raised for that caller alone; what `write` itself raises is raised for all of
    the batch. One write is under way at a time, and the next one starts as soon as it returns: waiting longer for
    more company gains nothing (measured). A caller who leaves before their item was taken leaves no trace; what was
    written for one who left later is handed to `abandoned`.

    Idea: group commit, DeWitt et al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        largest: int,
        longest: int,
        patience_s: float,
        abandoned: Callable[[Sequence[Item]], None] | None = None,
    ) -> None:
        """Take at most `largest` items a write; refuse callers beyond `longest`, or not answered in `patience_s`."""
        self._write = write
        self._largest = largest
        self._longest = longest
        self._patience_s = patience_s
        self._abandoned = abandoned
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._telling: set[asyncio.Task[None]] = set()
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Answer:
        """Return the outcome of `item`.

        Raises TooBusy when the item was not begun, DatabaseUnavailable when its outcome is not known in time.
        """
        if len(self._queue) >= self._longest:
            raise TooBusy(retry_after_s=1)
        waiting = self._enqueue(item)
        try:
            async with asyncio.timeout(seconds_left(self._patience_s)):
                return await waiting.answer
        except TimeoutError:
            if waiting.answered:
                return waiting.answer.result()
            raise waiting.too_late() from None
        except asyncio.CancelledError:
            if waiting.answered:  # in the same moment: nobody will hear it
                self._abandon([item])
            raise

    async def submit_all(self, items: Sequence[Item]) -> list[Answer | Exception]:
        """Return the outcomes of `items`, in order; TooBusy or DatabaseUnavailable as the outcome where it is late."""
        waiting = [self._enqueue(item) for item in items[: max(0, self._longest - len(self._queue))]]
        if waiting:
            await asyncio.wait([one.answer for one in waiting], timeout=seconds_left(self._patience_s))
        refused = len(items) - len(waiting)
        return [*(self._outcome(one) for one in waiting), *(TooBusy(retry_after_s=1) for _ in range(refused))]

    @staticmethod
    def _outcome(waiting: _Waiting[Item, Answer]) -> Answer | Exception:
        if waiting.answered:
            return waiting.answer.result()
        if not waiting.answer.done():
            waiting.answer.cancel()
            return waiting.too_late()
        error = waiting.answer.exception()
        return error if isinstance(error, Exception) else waiting.too_late()

    def submit_first(self, item: Item) -> asyncio.Future[Answer]:
        """Put `item` before everything that waits; the caller looks at the outcome when it likes."""
        waiting = _Waiting[Item, Answer](item, asyncio.get_running_loop().create_future())
        self._queue.appendleft(waiting)
        self._ensure_running()
        return waiting.answer

    def _enqueue(self, item: Item) -> _Waiting[Item, Answer]:
        waiting = _Waiting[Item, Answer](item, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._ensure_running()
        return waiting

    def _ensure_running(self) -> None:
        if self._running is None:
            # In a context of its own: a batch obeys nobody's deadline and is logged under nobody's request.
            self._running = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def _run(self) -> None:
        try:
            while batch := self._take():
                await self._answer(batch)
        finally:
            self._running = None

    def _take(self) -> list[_Waiting[Item, Answer]]:
        batch: list[_Waiting[Item, Answer]] = []
        while self._queue and len(batch) < self._largest:
            waiting = self._queue.popleft()
            if not waiting.answer.done():
                waiting.taken = True
                batch.append(waiting)
        return batch

    async def _answer(self, batch: Sequence[_Waiting[Item, Answer]]) -> None:
        try:
            outcomes: Sequence[Answer | Exception] = await self._write([waiting.item for waiting in batch])
        except Exception as error:
            outcomes = [error] * len(batch)
        answers = list(zip(batch, outcomes, strict=True))
        # Before the next batch is taken, so that what is given back comes first in it.
        self._abandon(_lost(answers))
        staying = [(waiting, outcome) for waiting, outcome in answers if not waiting.answer.done()]
        first, rest = staying[:WOKEN_AT_ONCE], staying[WOKEN_AT_ONCE:]
        _tell(first)
        if rest:
            task = asyncio.get_running_loop().create_task(self._tell_rest(rest))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell_rest(self, rest: Sequence[tuple[_Waiting[Item, Answer], Answer | Exception]]) -> None:
        """Wake the callers a few at a time.

        Else all that they do next comes before the database's reply to the first step of the next write.
        """
        for start in range(0, len(rest), WOKEN_AT_ONCE):
            await asyncio.sleep(0)
            group = rest[start : start + WOKEN_AT_ONCE]
            self._abandon(_lost(group))
            _tell(group)

    def _abandon(self, lost: Sequence[Item]) -> None:
        if lost and self._abandoned is not None:
            self._abandoned(lost)


def _lost(answers: Sequence[tuple[_Waiting[Item, Answer], Answer | Exception]]) -> list[Item]:
    """Return what was written for callers who have gone."""
    return [
        waiting.item for waiting, outcome in answers if waiting.answer.done() and not isinstance(outcome, Exception)
    ]


def _tell(answers: Sequence[tuple[_Waiting[Item, Answer], Answer | Exception]]) -> None:
    for waiting, outcome in answers:
        if not waiting.answer.done():
            waiting.tell(outcome)
