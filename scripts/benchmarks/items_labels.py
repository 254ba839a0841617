"""`items`, labels: a hundred thousand of them to PDF, as a server does it, against the naive design."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qr.item_code import readable
from qr.labels import LAYOUTS
from qr.links import item_link
from qr.sheets import Label
from scripts.benchmarks.asked import Asked, Extent
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Better, Bound, Judged, Row, rotated
from scripts.benchmarks.gauges import LagGauge
from scripts.benchmarks.naive_labels import naive_sheets
from scripts.benchmarks.processes import forget_peak, peak_mb
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from server.label_renderer import LabelRenderer
from services.items.label_orders import CodeRange, SheetOrder
from services.items.labels import label_files

LABELS = {Extent.USUAL: 100_000, Extent.QUICK: 10_000}
NAIVE_LABELS = {Extent.USUAL: 280, Extent.QUICK: 70}
LAYOUT = LAYOUTS["a4-70"]
CODES = CodeRange(
    number=1_800_000_000, kid=1, secret=bytes(32), first_serial=0, last_serial=0, public_url="https://codes.city.cn"
)
TITLE = "示例文物登记标签"
TIMES_NAIVE = Bound(floor=15, aim=None, better=Better.HIGHER)
BYTES = Bound(floor=200, aim=None, better=Better.LOWER, judged=Judged.WORST)
MEMORY_MB = Bound(floor=300, aim=None, better=Better.LOWER, judged=Judged.WORST)
BLOCK_MS = Bound(floor=50, aim=None, better=Better.LOWER, judged=Judged.WORST)


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round: seconds a label either way, and what ours took besides."""

    ours_s: float
    naive_s: float
    bytes_each: float
    peak_mb: float
    block_ms: float


async def measure(asked: Asked) -> Report:
    """Measure so many rounds; the turns of the two designs alternate."""
    renderer = LabelRenderer()
    try:
        await renderer.fill_sheets(_order(0, LAYOUT.per_page - 1))
        rounds = [await _round(renderer, asked, turn) for turn in range(asked.rounds)]
    finally:
        await renderer.close()
    return _report(rounds, asked)


async def _round(renderer: LabelRenderer, asked: Asked, turn: int) -> Round:
    naive_s = bytes_each = peak = block_ms = ours_s = math.nan
    for design in rotated(["ours", "naive"], turn):
        if design == "naive":
            naive_s = _time_naive(NAIVE_LABELS[asked.extent])
        else:
            ours_s, bytes_each, peak, block_ms = await _time_ours(renderer, LABELS[asked.extent])
    say(f"labels: round {turn + 1} of {asked.rounds}, {1 / ours_s:,.0f} labels/s, naive {1 / naive_s:,.0f}")
    return Round(ours_s=ours_s, naive_s=naive_s, bytes_each=bytes_each, peak_mb=peak, block_ms=block_ms)


async def _time_ours(renderer: LabelRenderer, count: int) -> tuple[float, float, float, float]:
    """Return seconds and bytes a label, the worker's peak in MB, and the longest delay of our event loop in ms."""
    worker = renderer.pid
    if worker is None:
        raise BenchFailed("the label worker is gone")
    gauge, written = LagGauge(), 0
    forget_peak(worker)
    gauge.start()
    began = time.perf_counter()
    try:
        for file in label_files(count, LAYOUT):
            written += len(await renderer.fill_sheets(_order(file.first_serial, file.last_serial)))
    finally:
        gauge.stop()
    return (time.perf_counter() - began) / count, written / count, peak_mb(worker), gauge.longest_ms


def _time_naive(count: int) -> float:
    """Return seconds a label; its codes are made beforehand."""
    codes = replace(CODES, last_serial=count - 1)
    url = codes.public_url
    labels = [Label(link=item_link(url, code), readable=readable(code)) for _, code in codes.codes()]
    began = time.perf_counter()
    naive_sheets(labels, LAYOUT)
    return (time.perf_counter() - began) / count


def _order(first: int, last: int) -> SheetOrder:
    codes = replace(CODES, first_serial=first, last_serial=last)
    return SheetOrder(codes=codes, layout=LAYOUT.name, title=TITLE, artwork=None)


def _report(rounds: Sequence[Round], asked: Asked) -> Report:
    rows = [
        Row(
            measure="labels a second against the naive design",
            unit="times",
            values=tuple(one.naive_s / one.ours_s for one in rounds),
            bound=TIMES_NAIVE,
        ),
        Row(measure="labels drawn", unit="labels/s", values=tuple(1 / one.ours_s for one in rounds)),
        Row(measure="a label in its file", unit="bytes", values=tuple(one.bytes_each for one in rounds), bound=BYTES),
        Row(
            measure="peak memory of the label worker",
            unit="MB",
            values=tuple(one.peak_mb for one in rounds),
            bound=MEMORY_MB,
        ),
        Row(
            measure="longest delay of the server's loop meanwhile",
            unit="ms",
            values=tuple(one.block_ms for one in rounds),
            bound=BLOCK_MS,
        ),
    ]
    labels, naive = LABELS[asked.extent], NAIVE_LABELS[asked.extent]
    notes = [
        f"Labels: {labels:,} a round on {LAYOUT.name} with links of 52 characters, by the server's label worker.",
        f"The naive design draws {naive} labels from codes that it is given; the worker computes them too.",
        "The loop is that of the process that asks, without the sending over HTTP; whatever delays it counts.",
    ]
    return Report(name="labels", rows=rows, notes=notes)
