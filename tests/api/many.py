"""Many small cases in one test: a few at once, and each that fails is named."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 8
MOST_NAMED = 20


async def ensure_each(cases: Iterable[T], check: Callable[[T], Awaitable[None]]) -> None:
    """Check every case; fails with the names of those that failed, and how.

    Ten thousand requests as ten thousand tests take minutes longer than their answers do.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def judged(case: T) -> str | None:
        async with gate:
            try:
                await check(case)
            except AssertionError as error:
                return f"{case}: {error}"
        return None

    outcomes = await asyncio.gather(*(judged(case) for case in cases))
    failures = [outcome for outcome in outcomes if outcome is not None]
    assert outcomes, "there is no case"
    assert not failures, f"{len(failures)} of {len(outcomes)}:\n" + "\n".join(failures[:MOST_NAMED])
