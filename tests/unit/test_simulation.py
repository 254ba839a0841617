"""The simulation of the booking rush agrees with queueing theory, loses nobody, and finds the costs that made it."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from functools import partial
from pathlib import Path

import pytest

from scripts.simulation import capacity
from scripts.simulation.bench_run import Bench, run_bench
from scripts.simulation.calibration import CALIBRATION_CONNECTIONS, Calibration, calibrate
from scripts.simulation.city import City, assumptions
from scripts.simulation.cores import Cores, OwnCore, SharedThread, Worker
from scripts.simulation.events import Action, EventLoop, chance
from scripts.simulation.least_squares import fit_costs
from scripts.simulation.model import Costs, Engine, Looking, Outcome, Run, Writers
from scripts.simulation.plant import Plant
from scripts.simulation.points import Point, PointsUnusable, read_points
from scripts.simulation.report import errors_table
from scripts.simulation.rush import RushRun, run_rush
from server.embedded import PROJECT

COSTS = Costs(
    client_us=100, server_us=140, answer_us=60, server_batch_us=1_000, forward_us=50,
    fixed_us=1_500, per_slot_us=150, per_booking_us=170, wait_us=3_000,
)  # fmt: skip
ENGINE = Engine(largest=100)
TOWN = City(citizens=200_000, venues=20, large_venues=2, large_places=1_600, small_places=160)
PLANT = Plant(processes=4, database_cores=4, costs=COSTS, engine=ENGINE)

Submit = Callable[[float, Action], None]
Sample = Callable[[random.Random], float]


def exponential(luck: random.Random) -> float:
    return luck.expovariate(1.0 / 100.0)


def constant(_: random.Random) -> float:
    return 100.0


def mean_sojourn_us(loop: EventLoop, submit: Submit, work: Sample, busy: float, jobs: int = 40_000) -> float:
    """Return the mean time in a queue of Poisson arrivals whose pieces of work last 100 microseconds on average."""
    luck, took = chance(7), list[float]()

    def arrive(left: int) -> None:
        begun = loop.now
        submit(work(luck), lambda: took.append(loop.now - begun))
        if left:
            loop.after(luck.expovariate(busy / 100.0), partial(arrive, left - 1))

    arrive(jobs - 1)
    loop.run()
    assert len(took) == jobs
    return sum(took) / jobs


def own_core(loop: EventLoop) -> Worker:
    return OwnCore(loop)


def only_thread(loop: EventLoop) -> Worker:
    return SharedThread(Cores(loop, 1))


@pytest.mark.parametrize("worker", [own_core, only_thread])
@pytest.mark.parametrize(
    ("work", "expected_us"),
    [
        pytest.param(exponential, 100 / (1 - 0.6), id="M/M/1"),
        pytest.param(constant, 100 + 0.6 * 100 / (2 * (1 - 0.6)), id="M/D/1"),
    ],
)
def test_a_thread_waits_as_queueing_theory_says(
    worker: Callable[[EventLoop], Worker], work: Sample, expected_us: float
) -> None:
    loop = EventLoop()

    assert mean_sojourn_us(loop, worker(loop).submit, work, 0.6) == pytest.approx(expected_us, rel=0.05)


@pytest.mark.parametrize("work", [exponential, constant])
def test_shared_cores_stretch_work_by_what_is_left_of_them(work: Sample) -> None:
    """Processor sharing does not mind how work is distributed: Kleinrock, "Queueing Systems", volume 2."""
    loop = EventLoop()

    assert mean_sojourn_us(loop, Cores(loop, 1).run, work, 0.6) == pytest.approx(100 / (1 - 0.6), rel=0.05)


def test_three_threads_on_two_cores_run_at_two_thirds_of_the_speed() -> None:
    loop, ends = EventLoop(), list[float]()
    cores = Cores(loop, 2)
    for work in (100.0, 100.0, 400.0):
        cores.run(work, lambda: ends.append(loop.now))
    loop.run()

    assert ends == pytest.approx([150.0, 150.0, 450.0])


def bench(
    *, slots: int = 20, connections: int = 50, processes: int = 1, requests: int = 2_000, places: int = 2_000
) -> Bench:
    return Bench(slots=slots, connections=connections, processes=processes, requests=requests, places=places)


@pytest.mark.parametrize("connections", [10, 200])
def test_littles_law_holds_for_the_bench(connections: int) -> None:
    run = run_bench(bench(connections=connections), COSTS, ENGINE)

    under_way = run.requests_per_s * run.latencies.mean_us / 1e6
    assert under_way == pytest.approx(connections, rel=0.06)


@pytest.mark.parametrize("writers", Writers)
@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("slots", [1, 20])
def test_every_request_of_the_bench_ends_and_no_place_is_given_twice(
    writers: Writers, processes: int, slots: int
) -> None:
    asked = replace(bench(slots=slots, processes=processes, places=700), writers=writers)
    run = run_bench(asked, COSTS, ENGINE)

    assert run.outcomes == {Outcome.BOOKED: 700, Outcome.FULL: 1_300, Outcome.REFUSED: 0}


def test_processes_that_write_for_themselves_collide_and_owners_do_not() -> None:
    asked = bench(processes=2)
    each = run_bench(replace(asked, writers=Writers.EACH), COSTS, ENGINE)
    owner = run_bench(replace(asked, writers=Writers.OWNER), COSTS, ENGINE)

    assert each.conflicts > 0
    assert owner.conflicts == 0
    assert each.bookings == owner.bookings == asked.requests


@pytest.mark.parametrize("name", [field.name for field in fields(Costs) if field.name != "forward_us"])
def test_what_costs_more_is_not_faster(name: str) -> None:
    dear = replace(COSTS, **{name: getattr(COSTS, name) * 20})

    assert run_bench(bench(), dear, ENGINE).requests_per_s < run_bench(bench(), COSTS, ENGINE).requests_per_s


def test_handing_over_costs_only_where_there_is_somebody_to_hand_to() -> None:
    dear = replace(COSTS, forward_us=1_000)
    alone, together = bench(), bench(processes=2)

    assert run_bench(alone, dear, ENGINE) == run_bench(alone, COSTS, ENGINE)
    assert run_bench(together, dear, ENGINE).requests_per_s < run_bench(together, COSTS, ENGINE).requests_per_s


def test_one_slot_comes_close_to_its_bound_and_not_above_it() -> None:
    costs = replace(COSTS, client_us=0, server_us=1, answer_us=1)
    bound = capacity.hot_slot(costs, ENGINE)
    run = run_bench(replace(bench(slots=1, connections=1_000, requests=20_000, places=20_000), cores=8), costs, ENGINE)

    assert 0.85 * bound.by_batches_per_s < run.bookings_per_s <= bound.by_batches_per_s


def rush(database_cores: float) -> RushRun:
    return run_rush(TOWN, replace(PLANT, database_cores=database_cores))


def test_every_citizen_ends_booked_with_nothing_or_refused() -> None:
    run = rush(4)

    assert run.still_trying == 0
    assert sum(run.people.values()) == TOWN.trying_people
    assert run.people[Outcome.BOOKED] == run.answers[Outcome.BOOKED] <= sum(TOWN.slot_places())
    assert run.people[Outcome.FULL] > 0


def test_a_plant_that_is_too_small_refuses_and_still_loses_nobody() -> None:
    crowd = replace(TOWN, trying=TOWN.trying * 2)
    engine = Engine(largest=10, longest=20)
    run = run_rush(crowd, replace(PLANT, processes=1, database_cores=0.1, engine=engine, most_under_way=40))

    assert sum(run.people.values()) == crowd.trying_people
    assert run.people[Outcome.REFUSED] > 0
    assert run.answers[Outcome.REFUSED] > run.people[Outcome.REFUSED] * TOWN.retries
    assert run.longest_queue == 20
    assert run.most_under_way == 40


def test_the_same_seed_gives_the_same_minute_and_another_seed_another_one() -> None:
    assert run_rush(TOWN, PLANT, seed=3) == run_rush(TOWN, PLANT, seed=3)
    assert run_rush(TOWN, PLANT, seed=3) != run_rush(TOWN, PLANT, seed=4)


def test_more_people_wait_longer_and_more_machines_less() -> None:
    crowd = run_rush(replace(TOWN, trying=TOWN.trying * 2), replace(PLANT, database_cores=1))
    usual, large = rush(1), rush(8)

    assert crowd.latencies.p99_us > usual.latencies.p99_us > large.latencies.p99_us


def test_fewer_looks_are_needed_when_only_owners_look() -> None:
    by_owners = run_rush(TOWN, replace(PLANT, engine=replace(ENGINE, looking=Looking.OWNER)))

    assert by_owners.looks < rush(4).looks / 2
    assert sum(by_owners.people.values()) == TOWN.trying_people
    assert by_owners.people[Outcome.BOOKED] <= sum(TOWN.slot_places())


@pytest.mark.parametrize(("processes", "expected"), [(1, 20.0), (100_000, TOWN.peak_per_s)])
def test_pages_ask_once_for_each_venue_where_few_processes_are_and_for_each_person_where_many_are(
    processes: int, expected: float
) -> None:
    assert TOWN.page_queries_per_s(processes) == pytest.approx(expected, rel=0.02)


def test_pages_never_ask_more_than_people_look_or_processes_remember() -> None:
    for processes in (1, 3, 10, 30, 100, 300):
        assert TOWN.page_queries_per_s(processes) <= min(TOWN.peak_per_s, TOWN.venues * processes)


def test_a_rush_makes_batches_larger() -> None:
    assert rush(0.5).batch > rush(8).batch > 1.0


def simulated_point(slots: int, connections: int) -> Point:
    asked = bench(slots=slots, connections=connections, requests=1_000)
    return measured(asked, run_bench(asked, COSTS, ENGINE))


def measured(asked: Bench, run: Run) -> Point:
    return Point(
        slots=asked.slots,
        connections=asked.connections,
        processes=asked.processes,
        requests=asked.requests,
        bookings_per_s=run.bookings_per_s,
        requests_per_s=run.requests_per_s,
        p50_ms=run.latencies.p50_us / 1e3,
        p99_ms=run.latencies.p99_us / 1e3,
        batch=run.bookings / run.batches,
        server_cpu_us_per_request=run.server_us / run.requests,
        database_cpu_us_per_booking=run.database_us / run.bookings,
        client_cpu_us_per_request=run.client_us / run.requests,
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    points = [simulated_point(slots, connections) for slots in (1, 20) for connections in (10, 25, 50, 100, 200)]
    file = tmp_path_factory.mktemp("points") / "points.json"
    file.write_text(json.dumps({"machine": {"cores": 2}, "points": [asdict(one) for one in points]}), encoding="utf-8")
    return calibrate(read_points(file), ENGINE)


@pytest.mark.parametrize("name", [field.name for field in fields(Costs) if field.name != "forward_us"])
def test_calibration_finds_the_costs_that_made_the_points(found: Calibration, name: str) -> None:
    assert getattr(found.costs, name) == pytest.approx(getattr(COSTS, name), rel=0.15)


def test_what_was_held_out_is_predicted(found: Calibration) -> None:
    assert {one.point.connections for one in found.calibrated} == set(CALIBRATION_CONNECTIONS)
    assert {one.point.connections for one in found.held_out} == {25, 50, 200}
    for one in found.held_out:
        assert (one.throughput_error, one.p50_error, one.p99_error) == pytest.approx((0, 0, 0), abs=0.06)
    assert "worst" in errors_table(found.held_out, "held out").as_markdown()


def test_costs_are_never_below_nothing() -> None:
    assert fit_costs([[1, 1], [1, 2], [1, 3]], [30, 20, 10]) == pytest.approx([13.469, 0], rel=1e-4)
    assert fit_costs([[1, 1], [1, 2], [1, 3]], [30, 50, 70]) == pytest.approx([10, 20])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "a list named points"),
        ('{"points": [1]}', "point 1 is not an object"),
        ('{"points": [{"slots": 0}]}', "point 1: slots must be a number above 0"),
        ('{"points": []}', "calibration needs points"),
        ('{"points": [], "machine": {"cores": true}}', "machine.cores"),
        ('{"points": [], "naive": {"hot_bookings_per_s": 1}}', "naive.spread_bookings_per_s"),
    ],
)
def test_points_that_cannot_be_used_are_named(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "points.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(PointsUnusable, match=problem):
        calibrate(read_points(file), ENGINE)


def test_the_documents_state_the_assumptions_of_the_code() -> None:
    text = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8")

    for row in assumptions(City()):
        assert f"| {' | '.join(row)} |" in text
