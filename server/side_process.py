"""A process beside the server, for work that takes Python's time: started when first needed, replaced when it dies.

Both sides say over the worker's standard input and output: 4 bytes of length, then CBOR of [name, content].
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import cbor2
import structlog

from server.embedded import PROJECT, child_environment, python_command, without_settings
from services.common.turns import Turns

LONGEST_QUEUE = 8  # the one that is worked on included
PATIENCE_S = 30.0
ANSWERED_WITHIN_S = 30.0
TRIES = 2
LENGTH_BYTES = 4
NICENESS = 5  # whoever waits for a page goes first
_QUEUE = "all"

log = structlog.get_logger(__name__)

Message = tuple[str, Any]


class NoAnswer(Exception):
    """The worker died, or was not done in time, each time that it was asked."""


class SideProcess:
    """Asks one thing at a time; callers wait in the order they came, and are refused when too many do.

    Not a pool of `multiprocessing`: its workers bring the whole server along, can outlive it, and one that takes too
    long cannot be ended alone.
    """

    def __init__(
        self, module: str, *, longest_queue: int = LONGEST_QUEUE, answered_within_s: float = ANSWERED_WITHIN_S
    ) -> None:
        self._module = module
        self._turns = Turns(longest=longest_queue, patience_s=PATIENCE_S)
        self._answered_within_s = answered_within_s
        self._worker: Process | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return None if self._worker is None else self._worker.pid

    async def ask(self, message: Message) -> Message:
        """Return the worker's answer; raises TooBusy or NoAnswer."""
        sent = framed(message)
        async with self._turns.turn(_QUEUE):
            for _ in range(TRIES):
                with suppress(asyncio.IncompleteReadError, ConnectionError):
                    return await self._exchange(sent)
                log.warning("side_process_lost", module=self._module)
        raise NoAnswer

    async def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            await self._discard(self._worker)

    async def _exchange(self, sent: bytes) -> Message:
        """Send a message and return the answer; a worker that did not answer is ended, whatever the reason."""
        worker = await self._living_worker()
        assert worker.stdin is not None  # noqa: S101 -- a pipe
        assert worker.stdout is not None  # noqa: S101 -- a pipe
        answered = False
        try:
            async with asyncio.timeout(self._answered_within_s):
                worker.stdin.write(sent)
                await worker.stdin.drain()
                head = await worker.stdout.readexactly(LENGTH_BYTES)
                answer = await worker.stdout.readexactly(int.from_bytes(head, "big"))
            answered = True
        except TimeoutError:  # what took so long once would do so again
            raise NoAnswer from None
        finally:
            # The caller may have gone away: its answer must not become the next caller's.
            if not answered:
                await self._discard(worker)
        name, content = cbor2.loads(answer)
        return name, content

    async def _living_worker(self) -> Process:
        if self._worker is None:
            self._worker = await asyncio.create_subprocess_exec(
                *python_command(self._module),
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


def framed(message: Message) -> bytes:
    """Return the bytes of a message."""
    body = cbor2.dumps(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def answer_all(answer: Callable[[str, Any], Message]) -> None:
    """Answer, in the worker, whatever comes; ends with the server, as the system then closes the pipe."""
    os.nice(NICENESS)
    with suppress(BrokenPipeError):
        while (message := _next(sys.stdin.buffer)) is not None:
            sys.stdout.buffer.write(framed(answer(*message)))
            sys.stdout.buffer.flush()


def _next(source: BinaryIO) -> Message | None:
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    name, content = cbor2.loads(source.read(int.from_bytes(head, "big")))
    return name, content
