"""What the simulation is told, and what it tells: costs, the engine's bounds, how a request ends, a run's figures."""

from dataclasses import dataclass
from enum import StrEnum

from services.reservations import desk, ledgers


class Outcome(StrEnum):
    """How a request ends; there is no other end."""

    BOOKED = "booked"
    FULL = "full"
    REFUSED = "refused"  # 503


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Microseconds of processor time, except `wait_us`, in which no processor works (fsync, network, majority).

    A batch of k bookings over s slots costs the database `fixed_us + per_slot_us * s + per_booking_us * k`, and the
    server process `server_batch_us`. A request costs it `server_us` before its batch and `answer_us` after. Handing a
    request or its answer to another server process costs `forward_us` on both sides.
    """

    client_us: float
    server_us: float
    answer_us: float
    server_batch_us: float
    forward_us: float
    fixed_us: float
    per_slot_us: float
    per_booking_us: float
    wait_us: float


class Looking(StrEnum):
    """Who looks into the database for a slot that it has not seen lately, before it knows whether there are places."""

    EACH = "each process"  # as built
    OWNER = "the owner"  # others hand over without a look, and remember for `fresh_us` that the owner said full


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The bounds of the booking engine in one server process; the defaults are those of its code.

    `largest` bounds a batch, `longest` the queue, `patience_us` the wait in it. A batch is `round_trips` commands.
    After a conflict a process pauses for up to `pause_us`. It believes for `fresh_us` what it knows of a slot, and asks
    for at most `looks` slots at once.
    """

    largest: int = desk.LARGEST_BATCH
    longest: int = desk.LONGEST_QUEUE
    patience_us: float = desk.PATIENCE_S * 1e6
    pause_us: float = desk.PAUSE_MS * 1e3
    fresh_us: float = ledgers.FRESH_FOR.total_seconds() * 1e6
    looks: int = ledgers.LOOKS_AT_ONCE
    round_trips: int = 4  # slots, ledger, reservations, commit
    looking: Looking = Looking.EACH


class Writers(StrEnum):
    """Who writes a slot when there are several server processes."""

    EACH = "each process for itself"
    OWNER = "the slot's owner"


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """Microseconds from sending to answer."""

    p50_us: float
    p99_us: float
    mean_us: float
    worst_us: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run came to; `seconds` is its length, processor times are totals in microseconds."""

    seconds: float
    outcomes: dict[Outcome, int]
    latencies: Latencies
    batches: int
    slots_written: int
    conflicts: int
    client_us: float
    server_us: float
    database_us: float

    @property
    def requests(self) -> int:
        """All that were answered."""
        return sum(self.outcomes.values())

    @property
    def bookings(self) -> int:
        """Requests that got a place."""
        return self.outcomes[Outcome.BOOKED]

    @property
    def slots_in_a_batch(self) -> float:
        """Mean distinct slots that a batch touched."""
        return self.slots_written / max(1, self.batches)

    @property
    def requests_per_s(self) -> float:
        """Answers a second, whatever they said."""
        return self.requests / self.seconds

    @property
    def bookings_per_s(self) -> float:
        """Bookings a second."""
        return self.bookings / self.seconds


def summed_up(latencies_us: list[float]) -> Latencies:
    """Return the figures of a run's latencies."""
    if not latencies_us:
        return Latencies(p50_us=0.0, p99_us=0.0, mean_us=0.0, worst_us=0.0)
    ordered = sorted(latencies_us)
    return Latencies(
        p50_us=ordered[int(0.50 * (len(ordered) - 1))],
        p99_us=ordered[int(0.99 * (len(ordered) - 1))],
        mean_us=sum(ordered) / len(ordered),
        worst_us=ordered[-1],
    )
