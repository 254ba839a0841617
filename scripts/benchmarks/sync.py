"""`sync`: what is measured about the main system, one part after the other."""

from collections.abc import Awaitable, Callable, Sequence

from scripts.benchmarks import sync_reconciling, sync_relaying
from scripts.benchmarks.asked import Asked
from scripts.benchmarks.report import Report, joined

PARTS: Sequence[Callable[[Asked], Awaitable[Report]]] = (sync_relaying.measure, sync_reconciling.measure)


async def measure(asked: Asked) -> Report:
    """Measure every part, and return one report of all."""
    return joined("sync", [await part(asked) for part in PARTS])
