"""One deadline for all the waiting that one request does, however many things it waits for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# A reading of the event loop's clock.
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Give what is enclosed `seconds`, or less where it is enclosed in a nearer deadline already."""
    ends_at = asyncio.get_running_loop().time() + seconds
    outer = _ends_at.get()
    token = _ends_at.set(ends_at if outer is None else min(ends_at, outer))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left(most: float) -> float:
    """Return the seconds to the deadline, `most` when it is farther or there is none, 0 when it has passed."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return most
    return max(0.0, min(most, ends_at - asyncio.get_running_loop().time()))
