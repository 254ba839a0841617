"""Long calculations beside the event loop, so that other requests are answered meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Below this many things, a thread costs more than it spares: about 5 ms of work.
WORTH_A_THREAD = 20


async def aside(things: int, work: Callable[[], T]) -> T:
    """Return what `work` returns; it runs in a thread where it is about many things.

    The interpreter changes threads every 5 ms, so the loop never waits longer for its turn. `work` must touch nothing
    that anybody else changes.
    """
    return await asyncio.to_thread(work) if things >= WORTH_A_THREAD else work()
