"""What `booking` must reach, row by row, and what its rounds come to."""

from collections.abc import Mapping, Sequence

from scripts.benchmarks.figures import Better, Bound, Judged, Row, median, ratios, shown
from scripts.benchmarks.raw_insert import AT_ONCE
from scripts.benchmarks.report import Report
from scripts.benchmarks.rounds import (
    BURST,
    FULL,
    FULL_SHORT,
    HOT,
    IN_MEMORY,
    NAIVE,
    OURS,
    SEVERAL,
    TWENTY,
    Round,
)
from scripts.benchmarks.runs import Run


def at_least(floor: float, aim: float | None = None) -> Bound:
    """Return a bound from below."""
    return Bound(floor=floor, aim=aim, better=Better.HIGHER)


def at_most(floor: float, aim: float | None = None, judged: Judged = Judged.MEDIAN) -> Bound:
    """Return a bound from above."""
    return Bound(floor=floor, aim=aim, better=Better.LOWER, judged=judged)


AGAINST_NAIVE = {HOT: at_least(6, 10), TWENTY: at_least(4.5, 8)}
AGAINST_RAW = {HOT: at_least(1.4, 2), TWENTY: at_least(2, 3.5)}
OPERATIONS = {HOT: at_most(0.05, 0.01), TWENTY: at_most(0.05, 0.02)}
AGAINST_MEMORY = at_least(0.5, 0.85)
BURST_P99 = at_most(1.5, 1.2)
IDLE_MB, CROWDED_MB = at_most(110, 60), at_most(150, 85)
FULL_SLOT = at_least(0.8, 0.95)
# Constant: what is read anew every second or ten, however many requests come, and nothing for each of them.
FULL_SLOT_MORE = at_most(50, 10)
SEVERAL_AGAINST_ONE = at_least(1)
LONGEST_BLOCK_MS = at_most(50, judged=Judged.WORST)
NO_FAULTS = at_most(0, 0, judged=Judged.WORST)
RUSHES = (HOT, TWENTY)
MOST_FAULTS = 5


def report(rounds: Sequence[Round], *, pools: Mapping[str, int], several: int) -> Report:
    """Return what the rounds come to; `several` is how many processes were compared with one."""
    rows = [
        *_against_naive(rounds),
        *_against_raw(rounds),
        *_against_memory(rounds),
        *_operations(rounds),
        *_memory(rounds),
        *_full_slot(rounds),
        *(_several(rounds, several) if several > 1 else ()),
        *_blocks(rounds),
        _row("broken rules found by audits", "faults", [len(one.faults) for one in rounds], NO_FAULTS),
    ]
    return Report(
        name="booking",
        rows=rows,
        runs=_by_name(rounds),
        notes=_notes(rounds, pools),
        raw={
            "naive_pool_sizes": dict(pools),
            "raw_inserts_per_s": [one.raw_per_s for one in rounds],
            "faults": [one.faults for one in rounds],
        },
    )


def _row(measure: str, unit: str, values: Sequence[float], bound: Bound | None) -> Row:
    return Row(measure=measure, unit=unit, values=tuple(values), bound=bound)


def _figures(rounds: Sequence[Round], workload: str, design: str, name: str) -> list[float]:
    return [float(getattr(one.runs[workload][design], name)) for one in rounds]


def _ratio(rounds: Sequence[Round], workload: str, other: str, name: str) -> tuple[float, ...]:
    return ratios(_figures(rounds, workload, OURS, name), _figures(rounds, workload, other, name))


def _against_naive(rounds: Sequence[Round]) -> list[Row]:
    return [
        _row(f"bookings against naive, {one}", "times", _ratio(rounds, one, NAIVE, "done_per_s"), AGAINST_NAIVE[one])
        for one in RUSHES
    ]


def _against_raw(rounds: Sequence[Round]) -> list[Row]:
    return [
        _row(
            f"bookings against raw insert_one, {name}",
            "times",
            ratios(_figures(rounds, name, OURS, "done_per_s"), [one.raw_per_s[name] for one in rounds]),
            AGAINST_RAW[name],
        )
        for name in RUSHES
    ]


def _against_memory(rounds: Sequence[Round]) -> list[Row]:
    return [
        *(
            _row(
                f"requests against no database, {one}",
                "times",
                _ratio(rounds, one, IN_MEMORY, "requests_per_s"),
                AGAINST_MEMORY,
            )
            for one in RUSHES
        ),
        _row(
            "p99 of a burst of new connections against no database",
            "times",
            _ratio(rounds, BURST, IN_MEMORY, "p99_ms"),
            BURST_P99,
        ),
    ]


def _operations(rounds: Sequence[Round]) -> list[Row]:
    return [
        _row(
            f"database operations a booking, {one}",
            "operations",
            _figures(rounds, one, OURS, "operations_each"),
            OPERATIONS[one],
        )
        for one in RUSHES
    ]


def _memory(rounds: Sequence[Round]) -> list[Row]:
    return [
        _row("resident memory of a process, idle", "MB", [one.idle_mb for one in rounds], IDLE_MB),
        _row("resident memory, with a crowd connected", "MB", [one.crowded_mb for one in rounds], CROWDED_MB),
    ]


def _full_slot(rounds: Sequence[Round]) -> list[Row]:
    few, many = (_figures(rounds, name, OURS, "operations") for name in (FULL_SHORT, FULL))
    return [
        _row(
            "requests for a full slot against no database",
            "times",
            _ratio(rounds, FULL, IN_MEMORY, "requests_per_s"),
            FULL_SLOT,
        ),
        _row(
            "database operations more for ten times as many of those",
            "operations",
            [more - less for more, less in zip(many, few, strict=True)],
            FULL_SLOT_MORE,
        ),
    ]


def _several(rounds: Sequence[Round], several: int) -> list[Row]:
    return [
        _row(
            f"bookings of {several} processes against one, {one}",
            "times",
            [1 / ratio for ratio in _ratio(rounds, one, SEVERAL, "done_per_s")],
            SEVERAL_AGAINST_ONE,
        )
        for one in RUSHES
    ]


def _blocks(rounds: Sequence[Round]) -> list[Row]:
    steady = (HOT, TWENTY, FULL_SHORT, FULL)
    return [
        _row("event loop's longest block", "ms", _longest(rounds, "block_ms", *steady), LONGEST_BLOCK_MS),
        _row("event loop's longest block in the burst", "ms", _longest(rounds, "block_ms", BURST), None),
        _row("event loop's longest lag", "ms", _longest(rounds, "lag_ms", *steady), None),
    ]


def _longest(rounds: Sequence[Round], name: str, *workloads: str) -> list[float]:
    return [max(float(getattr(one.runs[workload][OURS], name)) for workload in workloads) for one in rounds]


def _by_name(rounds: Sequence[Round]) -> dict[tuple[str, str], list[Run]]:
    return {
        (workload, design): [one.runs[workload][design] for one in rounds]
        for workload, designs in rounds[0].runs.items()
        for design in sorted(designs)
    }


def _notes(rounds: Sequence[Round], pools: Mapping[str, int]) -> list[str]:
    best = ", ".join(f"{size} ({workload})" for workload, size in pools.items())
    naive = "; ".join(
        f"{run.requests:,} requests, {run.done:,} of them booked ({workload})"
        for workload in RUSHES
        for run in (rounds[0].runs[workload][NAIVE],)
    )
    raw = ", ".join(shown(median([one.raw_per_s[name] for one in rounds])) for name in RUSHES)
    return [
        f"{len(rounds)} rounds; `done` are acknowledged bookings, their rate lasts until the last of them.",
        f"The naive design gets its best pool size of those tried, {best}, and less work: {naive}.",
        f"Raw insert_one, {AT_ONCE} at a time: {raw} a second, beside the rushes for {' and '.join(RUSHES)}.",
        *(fault for one in rounds for fault in one.faults[:MOST_FAULTS]),
    ]
