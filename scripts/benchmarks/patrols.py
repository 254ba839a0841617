"""`patrols`: what is measured about patrols, one part after the other."""

from collections.abc import Awaitable, Callable, Sequence

from scripts.benchmarks import patrols_check_ins, patrols_photos
from scripts.benchmarks.asked import Asked
from scripts.benchmarks.report import Report, joined

PARTS: Sequence[Callable[[Asked], Awaitable[Report]]] = (
    patrols_check_ins.measure,
    patrols_photos.measure,
)


async def measure(asked: Asked) -> Report:
    """Measure every part, and return one report of all."""
    return joined("patrols", [await part(asked) for part in PARTS])
