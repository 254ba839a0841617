"""From measured points to costs, and how well these predict the points that were held out."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scripts.simulation.bench_run import Bench, run_bench
from scripts.simulation.least_squares import fit_costs
from scripts.simulation.model import Costs, Engine, Run
from scripts.simulation.points import Point, Points, PointsUnusable

CALIBRATION_CONNECTIONS = (10, 100)
ANSWER_SHARE = 0.3  # of a request's server time comes after its batch; moves latencies by less than that time
FORWARD_US = 100.0  # not seen with one process: to write or read a booking as BSON, and its part of a message
PASSES = 2
LONGEST_WAIT_US = 1_000_000.0
CLOSE_ENOUGH = 0.002
MOST_STEPS = 12


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A measured point beside what the simulation says of it."""

    point: Point
    run: Run

    @property
    def throughput_error(self) -> float:
        """Relative error of requests a second; above 0 is too optimistic."""
        return self.run.requests_per_s / self.point.requests_per_s - 1.0

    @property
    def p50_error(self) -> float:
        """Relative error of the median latency."""
        return self.run.latencies.p50_us / 1e3 / self.point.p50_ms - 1.0

    @property
    def p99_error(self) -> float:
        """Relative error of the 99th percentile."""
        return self.run.latencies.p99_us / 1e3 / self.point.p99_ms - 1.0


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The costs, what they were made from, and predictions for all points."""

    points: Points
    costs: Costs
    engine: Engine
    calibrated: tuple[Prediction, ...]
    held_out: tuple[Prediction, ...]


def calibrate(points: Points, engine: Engine) -> Calibration:
    """Return costs from the calibration points, and predictions; raises PointsUnusable.

    Processor costs come from measured processor times alone. The one free figure is `wait_us`: it is chosen so that
    throughput at the calibration points is right on average.
    """
    known = [one for one in points.points if one.processes == 1 and one.connections in CALIBRATION_CONNECTIONS]
    if len({(one.slots, one.connections) for one in known}) < 2 * len(CALIBRATION_CONNECTIONS):
        wanted = " and ".join(str(one) for one in CALIBRATION_CONNECTIONS)
        raise PointsUnusable(f"calibration needs points with one process at {wanted} connections, for 1 and more slots")
    engine = replace(engine, round_trips=_round_trips(known, engine))
    # How many slots a batch touched is not measured: first a guess, then what the simulation itself says.
    slots = [min(float(one.slots), one.batch) for one in known]
    for _ in range(PASSES):
        costs = _fit_wait(_fit_processor_times(known, slots), known, points.cores, engine)
        calibrated = [predict(one, costs, engine, points.cores) for one in known]
        slots = [one.run.slots_in_a_batch for one in calibrated]
    others = [one for one in points.points if one not in known]
    return Calibration(
        points=points,
        costs=costs,
        engine=engine,
        calibrated=tuple(calibrated),
        held_out=tuple(predict(one, costs, engine, points.cores) for one in others),
    )


def predict(point: Point, costs: Costs, engine: Engine, cores: int) -> Prediction:
    """Return what the simulation says of a point's run."""
    bench = Bench(
        slots=point.slots,
        connections=point.connections,
        processes=point.processes,
        requests=point.requests,
        places=round(point.requests * point.booked_share),
        cores=cores,
    )
    return Prediction(point=point, run=run_bench(bench, costs, engine))


def _round_trips(points: Sequence[Point], engine: Engine) -> int:
    counted = [
        one.database_operations_per_booking * one.batch
        for one in points
        if one.database_operations_per_booking is not None
    ]
    return max(1, round(statistics.median(counted))) if counted else engine.round_trips


def _fit_processor_times(points: Sequence[Point], slots: Sequence[float]) -> Costs:
    fixed, per_slot, per_booking = fit_costs(
        [[1.0 / one.batch, count / one.batch, 1.0] for one, count in zip(points, slots, strict=True)],
        [one.database_cpu_us_per_booking for one in points],
    )
    per_request, per_batch = fit_costs(
        [[1.0, one.booked_share / one.batch] for one in points],
        [one.server_cpu_us_per_request for one in points],
    )
    return Costs(
        client_us=statistics.mean(one.client_cpu_us_per_request for one in points),
        server_us=per_request * (1.0 - ANSWER_SHARE),
        answer_us=per_request * ANSWER_SHARE,
        server_batch_us=per_batch,
        fixed_us=fixed,
        per_slot_us=per_slot,
        per_booking_us=per_booking,
        forward_us=FORWARD_US,
        wait_us=0.0,
    )


def _fit_wait(costs: Costs, points: Sequence[Point], cores: int, engine: Engine) -> Costs:
    def optimism(wait_us: float) -> float:
        runs = [predict(one, replace(costs, wait_us=wait_us), engine, cores) for one in points]
        return statistics.mean(math.log1p(one.throughput_error) for one in runs)

    return replace(costs, wait_us=_falling_root(optimism))


def _falling_root(function: Callable[[float], float]) -> float:
    """Return where a falling function crosses nothing, or 0.0 when it is below from the start (false position)."""
    low, at_low = 0.0, function(0.0)
    if at_low <= 0:
        return low
    high = 1_000.0
    while (at_high := function(high)) > 0:
        low, at_low, high = high, at_high, high * 3.0
        if high > LONGEST_WAIT_US:
            return low
    for _ in range(MOST_STEPS):
        middle = low + (high - low) * at_low / (at_low - at_high)
        found = function(middle)
        if abs(found) < CLOSE_ENOUGH:
            return middle
        if found > 0:
            # Halving the value at the end that stays keeps it from staying for ever (Illinois rule).
            low, at_low, at_high = middle, found, at_high / 2.0
        else:
            high, at_high, at_low = middle, found, at_low / 2.0
    return (low + high) / 2.0
