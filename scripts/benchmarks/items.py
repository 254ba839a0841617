"""`items`: what is measured about items, one part after the other."""

from collections.abc import Awaitable, Callable, Sequence

from scripts.benchmarks import items_capture, items_labels, items_minting
from scripts.benchmarks.asked import Asked
from scripts.benchmarks.report import Report, joined

PARTS: Sequence[Callable[[Asked], Awaitable[Report]]] = (
    items_minting.measure,
    items_labels.measure,
    items_capture.measure,
)


async def measure(asked: Asked) -> Report:
    """Measure every part, and return one report of all."""
    return joined("items", [await part(asked) for part in PARTS])
