"""What a measurement found: for people as Markdown, for machines as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from scripts.benchmarks.figures import Row, Verdict, median, results_table, shown, table
from scripts.benchmarks.machine import machine_line
from scripts.benchmarks.runs import Run

RUN_HEADER = (
    "run",
    "done/s",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "operations each",
    "batch",
    "CPU µs a request: server",
    "database",
    "Redis",
    "load",
    "peak MB: server",
    "database",
)
COMPUTED = ("requests_per_s", "done_per_s", "operations", "operations_each", "batch")

# The runs of all rounds, by workload and design.
Runs = Mapping[tuple[str, str], Sequence[Run]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The rows that were judged, the runs behind them, and what a reader must know; `raw` is for the JSON alone."""

    name: str
    rows: Sequence[Row]
    runs: Runs = field(default_factory=dict)
    notes: Sequence[str] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def missed(self) -> list[Row]:
        """The rows that do not reach their floors."""
        return [row for row in self.rows if row.verdict is Verdict.MISSED]

    def unjudged(self) -> "Report":
        """Return the same figures without bounds."""
        return replace(self, rows=[row.unjudged() for row in self.rows])

    def to_json(self) -> dict[str, Any]:
        """Return everything."""
        return {
            "name": self.name,
            "met": not self.missed,
            "rows": [{**asdict(row), **asdict(row.spread), "verdict": row.verdict} for row in self.rows],
            "runs": [
                {"workload": workload, "design": design, "rounds": [_run_json(run) for run in runs]}
                for (workload, design), runs in self.runs.items()
            ],
            "notes": list(self.notes),
            **self.raw,
        }

    def to_markdown(self, machine: Mapping[str, Any]) -> str:
        """Return the section for `docs/performance.md`."""
        parts = [f"## {self.name}", machine_line(machine), results_table(self.rows)]
        if self.runs:
            parts.append("Medians of all rounds:")
            parts.append(table(RUN_HEADER, [_run_cells(*named) for named in self.runs.items()]))
        parts.append("\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(parts)


def joined(name: str, found: Sequence[Report]) -> Report:
    """Return one report of all parts of a measurement."""
    return Report(
        name=name,
        rows=[row for report in found for row in report.rows],
        runs={run: runs for report in found for run, runs in report.runs.items()},
        notes=[note for report in found for note in report.notes],
        raw={key: value for report in found for key, value in report.raw.items()},
    )


def _run_json(run: Run) -> dict[str, Any]:
    figures = {name: getattr(run, name) for name in COMPUTED}
    return {**asdict(run), **{name: None if math.isnan(value) else value for name, value in figures.items()}}


def _run_cells(name: tuple[str, str], runs: Sequence[Run]) -> tuple[str, ...]:
    columns = (
        [run.done_per_s for run in runs],
        [run.requests_per_s for run in runs],
        [run.p50_ms for run in runs],
        [run.p99_ms for run in runs],
        [run.operations_each for run in runs],
        [run.batch for run in runs],
        *(
            [run.cpu_us_each(process, run.requests) for run in runs]
            for process in ("server", "database", "redis", "load generator")
        ),
        *([run.peak_of(process) for run in runs] for process in ("server", "database")),
    )
    return (", ".join(name), *(shown(median(column)) for column in columns))
