"""What the simulation found, of the measuring machine, as tables: costs, and errors on what was held out."""

import statistics
from collections.abc import Sequence

from scripts.simulation.calibration import CALIBRATION_CONNECTIONS, Calibration, Prediction
from scripts.simulation.tables import Table


def calibration_table(found: Calibration) -> Table:
    """Return the costs that the points came to."""
    costs = found.costs
    known = " and ".join(str(one) for one in CALIBRATION_CONNECTIONS)
    return Table(
        title=f"Costs, from the points at {known} connections on {found.points.machine}",
        heads=("cost", "microseconds", "from"),
        rows=[
            ("client, a request", _us(costs.client_us), "its processor time"),
            ("server, a request before its batch", _us(costs.server_us), "its processor time, least squares"),
            ("server, a request after its batch", _us(costs.answer_us), "three tenths of the same, assumed"),
            ("server, a batch", _us(costs.server_batch_us), "its processor time, least squares"),
            ("server, handing to another process, each side", _us(costs.forward_us), "assumed"),
            ("database, a batch", _us(costs.fixed_us), "its processor time, least squares"),
            ("database, a slot in a batch", _us(costs.per_slot_us), "its processor time, least squares"),
            ("database, a booking", _us(costs.per_booking_us), "its processor time, least squares"),
            ("wait, a batch", _us(costs.wait_us), "the one free figure, by throughput"),
        ],
        notes=[f"A batch is {found.engine.round_trips} commands and holds {found.engine.largest} bookings at most."],
    )


def errors_table(predictions: Sequence[Prediction], title: str) -> Table:
    """Return measured figures beside predicted ones."""
    return Table(
        title=title,
        heads=(
            "slots", "connections", "processes", "requests/s", "predicted", "error",
            "p50 ms", "predicted", "error", "p99 ms", "predicted", "error", "batch", "predicted",
        ),
        rows=[_error_row(one) for one in predictions],
        notes=_error_notes(predictions),
    )  # fmt: skip


def _error_row(one: Prediction) -> tuple[str, ...]:
    point, run = one.point, one.run
    return (
        str(point.slots), str(point.connections), str(point.processes),
        f"{point.requests_per_s:,.0f}", f"{run.requests_per_s:,.0f}", f"{one.throughput_error:+.0%}",
        f"{point.p50_ms:.1f}", f"{run.latencies.p50_us / 1e3:.1f}", f"{one.p50_error:+.0%}",
        f"{point.p99_ms:.1f}", f"{run.latencies.p99_us / 1e3:.1f}", f"{one.p99_error:+.0%}",
        f"{point.batch:.0f}", f"{run.bookings / max(1, run.batches):.0f}",
    )  # fmt: skip


def _error_notes(predictions: Sequence[Prediction]) -> list[str]:
    if not predictions:
        return []
    named = {
        "requests a second": [abs(one.throughput_error) for one in predictions],
        "p50": [abs(one.p50_error) for one in predictions],
        "p99": [abs(one.p99_error) for one in predictions],
    }
    return [
        f"Error of {name}: median {statistics.median(errors):.0%}, worst {max(errors):.0%}."
        for name, errors in named.items()
    ]


def _us(value: float) -> str:
    return f"{value:,.0f}"
