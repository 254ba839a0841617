"""Processes that help to measure: they end with us, whatever ends us."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from scripts.benchmarks.errors import BenchFailed
from server.embedded import PROJECT

ANSWERED_WITHIN_S = 90.0
ENDED_WITHIN_S = 5.0


async def run_to_end(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a helper once."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=DEVNULL, env=dict(environment), cwd=PROJECT, start_new_session=True
    )
    try:
        if await process.wait():
            raise BenchFailed(f"{' '.join(command)} failed: see above")
    finally:
        with suppress(ProcessLookupError):
            process.kill()


@asynccontextmanager
async def piped(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """Run a helper that ends when its input does, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, env=dict(environment), cwd=PROJECT, start_new_session=True
    )
    try:
        yield process
    finally:
        assert process.stdin is not None  # noqa: S101 -- a pipe
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), ENDED_WITHIN_S)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def await_word(process: Process, word: str) -> str:
    """Wait for a line that begins with `word`, and return the rest of it."""
    assert process.stdout is not None  # noqa: S101 -- a pipe
    try:
        line = await asyncio.wait_for(process.stdout.readline(), ANSWERED_WITHIN_S)
    except TimeoutError:
        raise BenchFailed(f"a helper did not say {word} in {ANSWERED_WITHIN_S:.0f} s") from None
    if not line.decode().startswith(word):
        raise BenchFailed(f"a helper failed instead of saying {word}: see above")
    return line.decode().removeprefix(word).strip()
