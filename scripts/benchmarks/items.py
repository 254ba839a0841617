"""`items`: what is measured about items, one part after the other."""

from collections.abc import Awaitable, Callable, Sequence

from scripts.benchmarks import items_capture, items_labels, items_minting
from scripts.benchmarks.asked import Asked
from scripts.benchmarks.report import Report

PARTS: Sequence[Callable[[Asked], Awaitable[Report]]] = (
    items_minting.measure,
    items_labels.measure,
    items_capture.measure,
)


async def measure(asked: Asked) -> Report:
    """Measure every part, and return one report of all."""
    found = [await part(asked) for part in PARTS]
    return Report(
        name="items",
        rows=[row for report in found for row in report.rows],
        runs={name: runs for report in found for name, runs in report.runs.items()},
        notes=[note for report in found for note in report.notes],
        raw={name: value for report in found for name, value in report.raw.items()},
    )
