"""The process that draws labels, as its server sees it: started when first needed, replaced when it dies."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any

import structlog

from server.embedded import PROJECT, child_environment, python_command, without_settings
from server.label_wire import LENGTH_BYTES, Outcome, body_length, order_frame, read_body
from services.common.turns import Turns
from services.items.label_errors import ArtworkRefused, LabelsUnavailable
from services.items.label_orders import CodeRange, SheetOrder

LONGEST_QUEUE = 8  # the one that is drawn included
PATIENCE_S = 30.0
ANSWERED_WITHIN_S = 30.0
TRIES = 2
RETRY_AFTER_S = 5
_QUEUE = "labels"

log = structlog.get_logger(__name__)


class LabelRenderer:
    """Draws one file at a time; callers wait in the order they came, and are refused when too many do.

    A process of its own, because drawing takes a second of Python's time; not one of `multiprocessing`'s, because
    those bring the whole server along and can outlive it.
    """

    def __init__(self, *, longest_queue: int = LONGEST_QUEUE, answered_within_s: float = ANSWERED_WITHIN_S) -> None:
        self._turns = Turns(longest=longest_queue, patience_s=PATIENCE_S)
        self._answered_within_s = answered_within_s
        self._worker: Process | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return None if self._worker is None else self._worker.pid

    async def fill_sheets(self, order: SheetOrder) -> bytes:
        """Return the PDF; raises ArtworkRefused, TooBusy or LabelsUnavailable."""
        return await self._ask(order)

    async def write_codes(self, order: CodeRange) -> bytes:
        """Return the CSV; raises TooBusy or LabelsUnavailable."""
        return await self._ask(order)

    async def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._discard(self._worker)

    async def _ask(self, order: SheetOrder | CodeRange) -> bytes:
        async with self._turns.turn(_QUEUE):
            for _ in range(TRIES):
                with suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                    return _content(*await self._exchange(order_frame(order)))
                log.warning("label_worker_lost")
        raise LabelsUnavailable(retry_after_s=RETRY_AFTER_S)

    async def _exchange(self, order: bytes) -> tuple[str, Any]:
        """Send an order and return the answer; a worker that did not answer is ended, whatever the reason."""
        worker = await self._living_worker()
        assert worker.stdin is not None  # noqa: S101 -- a pipe
        assert worker.stdout is not None  # noqa: S101 -- a pipe
        answered = False
        try:
            async with asyncio.timeout(self._answered_within_s):
                worker.stdin.write(order)
                await worker.stdin.drain()
                head = await worker.stdout.readexactly(LENGTH_BYTES)
                answer = read_body(await worker.stdout.readexactly(body_length(head)))
            answered = True
            return answer
        finally:
            # The caller may have gone away: its answer must not become the next caller's.
            if not answered:
                await self._discard(worker)

    async def _living_worker(self) -> Process:
        if self._worker is None:
            self._worker = await asyncio.create_subprocess_exec(
                *python_command("server.label_worker"),
                stdin=PIPE,
                stdout=PIPE,
                env=child_environment(without_settings(os.environ)),
                cwd=PROJECT,
                start_new_session=True,  # Ctrl-C is for the server, which ends its worker
            )
        return self._worker

    async def _discard(self, worker: Process) -> None:
        self._worker = None
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()


def _content(outcome: str, content: Any) -> bytes:
    if outcome == Outcome.BAD_ARTWORK:
        raise ArtworkRefused("unreadable", content)
    if outcome == Outcome.FAILED:
        log.error("label_worker_failed", reason=content)
        raise LabelsUnavailable(retry_after_s=RETRY_AFTER_S)
    return bytes(content)
