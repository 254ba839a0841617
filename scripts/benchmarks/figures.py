"""From raw figures to medians, ratios and verdicts; free of input and output."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

Item = TypeVar("Item")


class Better(StrEnum):
    """Which way a figure should go."""

    HIGHER = "at least"
    LOWER = "at most"


class Judged(StrEnum):
    """Which of the rounds' figures a bound is held against."""

    MEDIAN = "median"
    WORST = "worst"


class Verdict(StrEnum):
    """What became of a bound."""

    AIM = "aim met"
    FLOOR = "met"
    MISSED = "MISSED"
    UNJUDGED = ""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The rounds of one figure: median, smallest, largest."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What a figure must reach (`floor`) and should reach (`aim`)."""

    floor: float
    aim: float | None
    better: Better
    judged: Judged = Judged.MEDIAN

    def judge(self, values: Sequence[float]) -> Verdict:
        """Return what the figures of all rounds come to."""
        worst = min(values) if self.better is Better.HIGHER else max(values)
        figure = worst if self.judged is Judged.WORST else statistics.median(values)
        if not self._reaches(figure, self.floor):
            return Verdict.MISSED
        return Verdict.AIM if self.aim is not None and self._reaches(figure, self.aim) else Verdict.FLOOR

    def _reaches(self, figure: float, mark: float) -> bool:
        return figure >= mark if self.better is Better.HIGHER else figure <= mark


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table of results: a figure of every round, its unit, and its bound, if it has one."""

    measure: str
    unit: str
    values: tuple[float, ...]
    bound: Bound | None = None

    @property
    def spread(self) -> Spread:
        """Median, smallest and largest."""
        return spread(self.values)

    @property
    def verdict(self) -> Verdict:
        """What became of the bound."""
        return Verdict.UNJUDGED if self.bound is None else self.bound.judge(self.values)

    def unjudged(self) -> "Row":
        """Return the same figures without a bound."""
        return replace(self, bound=None)


def median(values: Sequence[float]) -> float:
    """Return the median of the figures that there are; NaN for none."""
    found = [value for value in values if not math.isnan(value)]
    return statistics.median(found) if found else math.nan


def spread(values: Sequence[float]) -> Spread:
    """Return median, smallest and largest of at least one figure."""
    return Spread(median=statistics.median(values), low=min(values), high=max(values))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each round; figures of one round belong together, since the machine drifts."""
    return tuple(one / other for one, other in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all do not exceed (nearest rank); NaN for none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def rotated(items: Sequence[Item], turn: int) -> list[Item]:
    """Return the items in the same order, beginning with another one each turn."""
    start = turn % len(items)
    return [*items[start:], *items[:start]]


def shown(value: float) -> str:
    """Return a figure with as many digits as mean anything, a dash for none."""
    if math.isnan(value):
        return "–"
    if value >= 100:  # noqa: PLR2004 -- three digits are enough
        return f"{value:,.0f}"
    if value >= 10:  # noqa: PLR2004
        return f"{value:.1f}"
    if value == 0:
        return "0"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns line up in a terminal as well; all but the first are figures."""
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    rule = [width * "-" if index == 0 else (width - 1) * "-" + ":" for index, width in enumerate(widths)]
    return "\n".join(_line(cells, widths) for cells in (header, rule, *lines))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
    return f"| {' | '.join(padded)} |"


def results_table(rows: Sequence[Row]) -> str:
    """Return the table of results: bound, median, spread and verdict of each row."""
    header = ("measure", "unit", "floor", "aim", "measured", "spread", "verdict")
    return table(header, [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    bound, found = row.bound, row.spread
    floor = "" if bound is None else f"{bound.better} {shown(bound.floor)}"
    aim = "" if bound is None or bound.aim is None else shown(bound.aim)
    low_to_high = f"{shown(found.low)} to {shown(found.high)}"
    return (row.measure, row.unit, floor, aim, shown(found.median), low_to_high, row.verdict)
