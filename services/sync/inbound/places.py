"""Lists with the newest first, of things whose ids tell no time: the database reads little more than is wanted."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from services.common.newest import EARLIEST

Place = tuple[datetime, str]
Between = Callable[[datetime, datetime], Awaitable[Sequence[Place]]]
# Clocks of other machines may be ahead: nothing is too new to be listed.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
# A main system that is wrong in all it has fills a few seconds with thousands.
FIRST_WINDOW = timedelta(seconds=1)
WINDOW_GROWS = 4  # from a second to a year in thirteen questions
RESOLUTION = timedelta(milliseconds=1)  # of instants in the database


async def newest_places(between: Between, *, wanted: int, after: Place | None, now: datetime) -> Sequence[Place]:
    """Return up to `wanted` instants and ids, newest first, those after the place `after` only.

    `between(since, until)` returns those with since <= instant < until, in any order. A page costs what the window does
    in which its last place lies.
    """
    found: list[Place] = []
    until = LATEST if after is None else after[0] + RESOLUTION
    start, window = min(until, now), FIRST_WINDOW
    while len(found) < wanted and until > EARLIEST:
        since = max(EARLIEST, start - window)
        found += [place for place in await between(since, until) if after is None or place < after]
        start, until, window = since, since, window * WINDOW_GROWS
    return sorted(found, reverse=True)[:wanted]
