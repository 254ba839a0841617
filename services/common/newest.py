"""Lists with the newest first, by ids that begin with a time: the database never reads more than a window of them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from ulid import ULID

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # before there was anything
FIRST_WINDOW = timedelta(days=30)


class Identified(Protocol):
    """Whatever has an id of a prefix and a ULID."""

    @property
    def id(self) -> str:
        """The id."""


T = TypeVar("T", bound=Identified)


async def newest(
    between: Callable[[str, str], Awaitable[Sequence[T]]],
    *,
    prefix: str,
    wanted: int,
    until: str | None,
    now: datetime,
    first_window: timedelta = FIRST_WINDOW,
) -> Sequence[T]:
    """Return up to `wanted` things with ids before `until`, newest first.

    `between(since, until)` returns those with since <= id < until in any order, perhaps some twice. It is asked for
    `first_window`, then for twice as long, and so on.
    """
    found: dict[str, T] = {}
    before = f"{prefix}_~" if until is None else until
    end, window = now, first_window
    while len(found) < wanted and end > EARLIEST:
        start = max(EARLIEST, end - window)
        since = first_id(prefix, start)
        if since < before:
            found.update((one.id, one) for one in await between(since, before))
            before = since
        end, window = start, window * 2
    return [found[one] for one in sorted(found, reverse=True)][:wanted]


def first_id(prefix: str, instant: datetime) -> str:
    """Return the least id of `prefix` that a thing made at this instant can have."""
    milliseconds = int(instant.timestamp() * 1000)
    return f"{prefix}_{ULID.from_bytes(milliseconds.to_bytes(6, 'big') + bytes(10))}"
