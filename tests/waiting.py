"""Waiting for what is going to be true."""

import asyncio
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.2


async def until(true: Callable[[], Awaitable[bool]], *, within_s: float) -> None:
    """Wait until something is true; raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            if await true():
                return
            await asyncio.sleep(LOOK_EVERY_S)
