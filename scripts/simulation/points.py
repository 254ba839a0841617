"""Measured points: what `./scripts/bench booking --points FILE` writes, read and checked."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUESTS = 2_000  # of a run of the bench, where a point does not say
CORES = 2  # of the measuring machine, where the file does not say


class PointsUnusable(Exception):
    """The file of points cannot be used; the message is one sentence for who runs the simulation."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One measured point: a run of `requests` over `connections` to `processes`, for `slots` slots.

    `batch` is the mean number of bookings in a batch. `database_operations_per_booking` may be missing; the commands
    of a batch follow from it.
    """

    slots: int
    connections: int
    processes: int
    bookings_per_s: float
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    batch: float
    server_cpu_us_per_request: float
    database_cpu_us_per_booking: float
    client_cpu_us_per_request: float
    requests: int = REQUESTS
    database_operations_per_booking: float | None = None

    @property
    def booked_share(self) -> float:
        """The share of requests that got a place: the rest was told that the slot is full."""
        return min(1.0, self.bookings_per_s / self.requests_per_s)


@dataclass(frozen=True, kw_only=True)
class Naive:
    """What one transaction for each booking reaches, on one slot and over 20, with its best pool."""

    hot_per_s: float = 201.0
    spread_per_s: float = 529.0
    source: str = "measured on a prototype before this engine was built"


@dataclass(frozen=True, kw_only=True)
class Points:
    """All points of a file, with the name and the cores of the machine that they were measured on."""

    machine: str
    cores: int
    points: tuple[Point, ...]
    naive: Naive


COUNTS = ("slots", "connections", "processes")
FIGURES = (
    "bookings_per_s",
    "requests_per_s",
    "p50_ms",
    "p99_ms",
    "batch",
    "server_cpu_us_per_request",
    "database_cpu_us_per_booking",
    "client_cpu_us_per_request",
)
OPTIONAL: dict[str, type[int | float]] = {"requests": int, "database_operations_per_booking": float}


def read_points(path: Path) -> Points:
    """Return the points of a file; raises PointsUnusable."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PointsUnusable(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise PointsUnusable(f"{path} is not JSON: {error}") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("points"), list):
        raise PointsUnusable(f"{path} must hold an object with a list named points")
    points = tuple(_read_point(one, number) for number, one in enumerate(raw["points"], start=1))
    machine = raw.get("machine", "unknown machine")
    naive = _read_naive(raw.get("naive", {}))
    return Points(machine=_machine_name(machine), cores=_cores(machine), points=points, naive=naive)


def _read_naive(raw: Any) -> Naive:
    """Read `{"hot_bookings_per_s": x, "spread_bookings_per_s": y}`, measured in the same run; it may be missing."""
    if not isinstance(raw, dict):
        raise PointsUnusable("naive must be an object")
    if not raw:
        return Naive()
    for name in ("hot_bookings_per_s", "spread_bookings_per_s"):
        if not _is_number(raw.get(name)) or raw[name] <= 0:
            raise PointsUnusable(f"naive.{name} must be a number above 0")
    return Naive(
        hot_per_s=float(raw["hot_bookings_per_s"]),
        spread_per_s=float(raw["spread_bookings_per_s"]),
        source="measured in the same run",
    )


def _machine_name(machine: Any) -> str:
    if not isinstance(machine, dict):
        return str(machine)
    known = [str(machine[name]) for name in ("cpu", "system", "commit", "date") if name in machine]
    return ", ".join([f"{machine.get('cores', CORES)} cores", *known])


def _cores(machine: Any) -> int:
    cores = machine.get("cores", CORES) if isinstance(machine, dict) else CORES
    if not _is_number(cores) or cores < 1:
        raise PointsUnusable("machine.cores must be a number of at least 1")
    return int(cores)


def _read_point(raw: Any, number: int) -> Point:
    if not isinstance(raw, dict):
        raise PointsUnusable(f"point {number} is not an object")
    for name in (*COUNTS, *FIGURES):
        if not _is_number(raw.get(name)) or raw[name] <= 0:
            raise PointsUnusable(f"point {number}: {name} must be a number above 0")
    given: dict[str, Any] = {name: int(raw[name]) for name in COUNTS}
    given |= {name: float(raw[name]) for name in FIGURES}
    given |= {name: kind(raw[name]) for name, kind in OPTIONAL.items() if _is_number(raw.get(name))}
    return Point(**given)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
