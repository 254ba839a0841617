"""What the simulation found of the city, as tables: assumptions, needs, databases, stress, one hot slot, naive."""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.simulation.calibration import FORWARD_US
from scripts.simulation.capacity import BOUND_P99_MS, FIRST_S, STRESS_S, HotSlot, Option, Stress
from scripts.simulation.city import City, assumptions
from scripts.simulation.model import Costs, Engine, Outcome
from scripts.simulation.points import Naive
from scripts.simulation.tables import Table

PROCESS_MB = 150  # with 2,000 connections: the floor that the project set itself
LEDGERS_MB = 40  # 200,000 people at 200 bytes: the bound of services/reservations/ledgers.py
POOL = 8  # connections of a process to the database, as shipped


def assumptions_table(city: City) -> Table:
    """Return what is assumed of the city."""
    return Table(title="Assumptions about the city", heads=("assumption", "value", "why"), rows=assumptions(city))


def options_table(options: Sequence[Option], chosen: Option, processes: int) -> Table:
    """Return what the first seconds came to with each database."""
    return Table(
        title=f"The first {FIRST_S:.0f} seconds with {processes} server processes, by database",
        heads=(
            "shards", "cores each", "who looks", "looks/s", "bookings/s at peak", "bookings in a batch",
            "p50 ms", "p99 ms", "longest queue",
        ),
        rows=[
            (
                str(one.shards), str(one.cores), one.looking, f"{one.run.looks / FIRST_S:,.0f}",
                f"{one.run.bookings_at_peak:,}", f"{one.run.batch:.1f}",
                _ms(one.run.latencies.p50_us), _ms(one.run.latencies.p99_us), f"{one.run.longest_queue:,}",
            )
            for one in options
        ],
        notes=[
            f"Chosen for what follows: {chosen.shards} x {chosen.cores} cores, each process looking as built. It has",
            f"{'the fewest cores' if chosen.good_enough else 'the lowest p99, since no option has one'}",
            f"{'with a p99 ' if chosen.good_enough else ''}of at most {BOUND_P99_MS / 1e3:g} s.",
        ],
    )  # fmt: skip


def stress_table(stresses: Sequence[Stress]) -> Table:
    """Return what the first seconds came to on the chosen machines."""
    return Table(
        title=f"The first {STRESS_S:.0f} seconds on the chosen machines",
        heads=(
            "load", "door", "requests/s at peak", "booked", "lost", "gave up after 503", "still trying",
            "503 share", "p50 ms", "p99 ms", "longest queue", "most under way",
        ),
        rows=[_stress_row(one) for one in stresses],
        notes=[
            "Door: requests under way in one process beyond which the load balancer answers 503.",
            "Latencies are those of answers that said booked or full.",
            "Who still tries is thinking, waiting for an answer, or has not come yet.",
        ],
    )  # fmt: skip


def _stress_row(one: Stress) -> tuple[str, ...]:
    run = one.run
    return (
        f"{one.load}x", "none" if one.door == float("inf") else f"{one.door:,.0f}", f"{run.requests_at_peak:,}",
        f"{run.people[Outcome.BOOKED]:,}", f"{run.people[Outcome.FULL]:,}", f"{run.people[Outcome.REFUSED]:,}",
        f"{run.still_trying:,}", f"{run.refused_share:.0%}", _ms(run.latencies.p50_us), _ms(run.latencies.p99_us),
        f"{run.longest_queue:,}", f"{run.most_under_way:,}",
    )  # fmt: skip


def hot_slot_table(bounds: Sequence[tuple[str, HotSlot]], largest: int) -> Table:
    """Return what one slot can do at most, by where it is kept."""
    return Table(
        title=f"One hot slot at most: batches of {largest}, one after the other",
        heads=("database", "a batch, ms", "bookings/s by batches", "by the owner's core", "the lesser"),
        rows=[
            (
                name, f"{bound.batch_ms:.0f}", f"{bound.by_batches_per_s:,.0f}",
                f"{bound.by_owner_per_s:,.0f}", f"{bound.bookings_per_s:,.0f}",
            )
            for name, bound in bounds
        ],
        notes=[f"The owner spends {FORWARD_US:.0f} microseconds to take a booking and as much to send its answer."],
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the city gets: processes, a database, and the run at once the load."""

    processes: int
    option: Option
    run: Stress


def needs_table(city: City, chosen: Chosen, costs: Costs, engine: Engine) -> Table:
    """Return what the city needs in its worst minute."""
    run, option = chosen.run.run, chosen.option
    bookings = max(1, run.answers[Outcome.BOOKED])
    documents = run.bookings_at_peak * (1 + 2 * run.slots_written / bookings)
    page_us = (costs.fixed_us + costs.per_slot_us * city.slots_a_day) / engine.round_trips
    rows = [
        ("people who try", f"{city.trying_people:,}", "citizens times their share"),
        ("people a second in the first instant", f"{city.peak_per_s:,.0f}", "people over the mean delay"),
        ("requests to book in the worst second", f"{run.requests_at_peak:,}", "simulated"),
        ("server processes, a core each", f"{chosen.processes:,}", "at most 60% busy in the worst second"),
        ("database", f"{option.shards} x {option.cores} cores", "the table below; and twice that again, standing by"),
        ("bookings in the worst second", f"{run.bookings_at_peak:,}", "simulated"),
        ("documents written in that second", f"{documents:,.0f}", "a reservation each; slot and ledger once a batch"),
        (
            "database cores for pages of slots",
            f"{city.page_queries_per_s(chosen.processes) * page_us / 1e6:,.1f}",
            "one query a second for each venue and process where anybody looks; not in the run",
        ),
        ("connections of phones", f"{city.trying_people:,}", "one each, at the load balancer"),
        (
            "requests under way in all processes",
            f"{run.most_under_way * chosen.processes:,}",
            "the fullest one, times all",
        ),
        ("connections to the database", f"{chosen.processes * POOL:,}", f"{POOL} a process"),
        (
            "memory of server processes",
            f"{chosen.processes * (PROCESS_MB + LEDGERS_MB) / 1e3:,.1f} GB",
            f"{PROCESS_MB} MB and {LEDGERS_MB} MB of ledgers each",
        ),
    ]
    return Table(title="What the city needs in the worst release minute", heads=("need", "figure", "from"), rows=rows)


def naive_table(city: City, chosen: Chosen, naive: Naive) -> Table:
    """Return what one transaction a booking would need for the same."""
    requests = chosen.run.run.requests_at_peak
    wishes = city.trying_people * city.slot_weights()[0]
    rows = [
        ("bookings/s on one hot slot", f"{naive.hot_per_s:,.0f}", naive.source),
        ("bookings/s over 20 slots", f"{naive.spread_per_s:,.0f}", naive.source),
        (
            "databases like the measured one for the worst second",
            f"{requests / naive.spread_per_s:,.0f}",
            "if a refusal costs what a booking costs",
        ),
        ("people whose first wish is the hottest slot", f"{wishes:,.0f}", "assumptions above"),
        (
            "seconds until the last of them is answered",
            f"{wishes / naive.hot_per_s:,.0f}",
            "no number of databases helps one slot",
        ),
    ]
    return Table(title="The same with a transaction for each booking", heads=("what", "figure", "from"), rows=rows)


def _ms(value_us: float) -> str:
    return f"{value_us / 1e3:,.0f}"
