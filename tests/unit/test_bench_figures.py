"""The measuring house's arithmetic and judgements."""

import itertools
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.benchmarks import plan
from scripts.benchmarks.audit import find_faults
from scripts.benchmarks.figures import (
    Better,
    Bound,
    Judged,
    Row,
    Verdict,
    median,
    percentile,
    ratios,
    results_table,
    rotated,
    shown,
)
from scripts.benchmarks.loading import Answers
from scripts.benchmarks.report import Report
from scripts.benchmarks.rounds import HOT, QUICK, TWENTY, USUAL, find_strange
from scripts.benchmarks.runs import Run

MANY = Bound(floor=6, aim=10, better=Better.HIGHER)
FEW = Bound(floor=0.05, aim=0.01, better=Better.LOWER)


def row(*values: float, bound: Bound | None = None) -> Row:
    return Row(measure="bookings", unit="times", values=values, bound=bound)


def run(**figures: Any) -> Run:
    usual: dict[str, Any] = {
        "statuses": {201: 100, 409: 300},
        "done": 100,
        "seconds": 2.0,
        "busy_s": 0.5,
        "p50_ms": 1.0,
        "p99_ms": 9.0,
        "commands": {"insert reservations": 4, "commitTransaction": 4},
        "cpu_s": {"server 1": 0.2, "server 2": 0.3, "database": 0.1},
        "peak_mb": {"server 1": 80.0, "server 2": 90.0, "database": 60.0},
        "lag_ms": 7.0,
        "block_ms": 5.0,
    }
    return Run(**usual | figures)


@pytest.mark.parametrize(
    ("bound", "values", "verdict"),
    [
        (MANY, (5.9, 5.9, 99.0), Verdict.MISSED),
        (MANY, (0.1, 6.0, 9.0), Verdict.FLOOR),
        (MANY, (10.0,), Verdict.AIM),
        (FEW, (0.0501,), Verdict.MISSED),
        (FEW, (0.05, 0.02, 9.0), Verdict.FLOOR),
        (FEW, (0.01, 0.0, 9.0), Verdict.AIM),
        (Bound(floor=50, aim=None, better=Better.LOWER, judged=Judged.WORST), (1.0, 1.0, 50.1), Verdict.MISSED),
        (Bound(floor=50, aim=None, better=Better.LOWER, judged=Judged.WORST), (1.0, 50.0), Verdict.FLOOR),
        (Bound(floor=1, aim=None, better=Better.HIGHER, judged=Judged.WORST), (0.9, 2.0, 2.0), Verdict.MISSED),
    ],
)
def test_a_bound_is_held_against_the_median_or_the_worst_round(
    bound: Bound, values: tuple[float, ...], verdict: Verdict
) -> None:
    assert row(*values, bound=bound).verdict is verdict


def test_a_row_without_a_bound_is_not_judged() -> None:
    assert row(0.0, bound=MANY).unjudged().verdict is Verdict.UNJUDGED


def test_a_report_names_what_it_missed_until_it_judges_nothing() -> None:
    report = Report(name="booking", rows=[row(5, bound=MANY), row(7, bound=MANY)])
    assert [one.values for one in report.missed] == [(5,)]
    assert report.unjudged().missed == []


def test_ratios_belong_to_their_rounds() -> None:
    assert ratios([10, 20, 5], [5, 5, 5]) == (2, 4, 1)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.001, 1), (1, 100)])
def test_a_percentile_is_a_value_that_occurred(share: float, value: int) -> None:
    assert percentile([*range(100, 0, -1)], share) == value


def test_of_nothing_there_is_no_percentile_and_no_median() -> None:
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(median([math.nan]))
    assert median([math.nan, 3, 5]) == 4


def test_each_design_begins_in_turn() -> None:
    assert [rotated("abc", turn) for turn in range(4)] == [[*"abc"], [*"bca"], [*"cab"], [*"abc"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345.6, "12,346"), (99.94, "99.9"), (1.239, "1.24"), (0.04123, "0.0412"), (0, "0"), (math.nan, "–")],
)
def test_a_figure_is_shown_with_what_it_is_worth(value: float, text: str) -> None:
    assert shown(value) == text


def test_the_table_says_all_that_a_verdict_rests_on() -> None:
    *_, line = results_table([row(6.5, 7.5, 5.5, bound=MANY)]).splitlines()
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["bookings", "times", "at least 6.00", "10.0", "6.50", "5.50 to 7.50", "met"]


def test_the_lines_of_a_table_are_equally_wide() -> None:
    lines = results_table([row(6), row(1234.5, bound=MANY)]).splitlines()
    assert len({len(line) for line in lines}) == 1


def test_a_run_counts_only_what_counts() -> None:
    done = run()
    assert (done.requests, done.requests_per_s, done.done_per_s) == (400, 200, 200)
    assert (done.operations, done.operations_each, done.batch) == (8, 0.08, 25)
    assert done.cpu_us_each("server", 400) == pytest.approx(1250)
    assert done.peak_of("server") == 90


def test_a_run_without_a_booking_has_no_rate_and_no_batch() -> None:
    idle = run(done=0, busy_s=0.0, commands={})
    assert (idle.done_per_s, idle.operations) == (0, 0)
    assert math.isnan(idle.batch)
    assert math.isnan(idle.operations_each)


def test_the_json_of_a_report_has_every_round_and_no_nan() -> None:
    report = Report(name="booking", rows=[row(1, 2)], runs={("hot slot", "ours"): [run(commands={})]})
    written = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert written["rows"][0]["values"] == [1, 2]
    assert (written["runs"][0]["design"], written["runs"][0]["rounds"][0]["batch"]) == ("ours", None)


def test_time_ends_with_the_last_answer_that_counts() -> None:
    answers = Answers(statuses=[201, 201, 409], sent=[1.0, 1.5, 2.0], answered=[1.2, 2.5, 5.0])
    assert (answers.seconds(), answers.seconds(201), answers.seconds(500)) == (4.0, 1.5, 0.0)
    assert answers.latency_ms(0.99) == 3000


def test_a_broken_connection_and_a_fault_of_the_server_are_strange() -> None:
    assert find_strange(run()) == []
    assert len(find_strange(run(statuses={201: 1, 0: 2, 503: 3}))) == 2


@pytest.mark.parametrize("connections", [10, 25, 50, 100, 200, 400])
def test_every_slot_is_asked_for_equally_often_and_neighbours_ask_for_others(connections: int) -> None:
    slots = [f"slot-{number}" for number in range(20)]
    wishes = plan.deal(slots, connections=connections, each=2000 // connections)
    assert set(Counter(itertools.chain(*wishes)).values()) == {100}
    assert all(len({wish[0] for wish in pair}) == 2 for pair in itertools.pairwise(wishes))


@pytest.mark.parametrize("sizes", [USUAL, QUICK])
def test_a_hot_slot_has_places_for_half_and_twenty_have_places_for_all(sizes: Any) -> None:
    hot, twenty = sizes.workload(HOT, sizes.each), sizes.workload(TWENTY, sizes.each)
    requests = sizes.connections * sizes.each
    assert (hot.slots * hot.places, twenty.slots * twenty.places) == (requests // 2, requests)


def test_bookings_are_whole_requests_of_different_people() -> None:
    requests = [plan.book("token", "slt_1", number) for number in (1, 2)]
    heads, bodies = zip(*(request.split("\r\n\r\n") for request in requests), strict=True)
    numbers = {json.loads(body)["visitors"][0]["id_number"] for body in bodies}
    lengths = [f"Content-Length: {len(body.encode())}" in head for head, body in zip(heads, bodies, strict=True)]
    assert (lengths, len(numbers)) == ([True, True], 2)
    assert ["contact_phone" in json.loads(body) for body in bodies] == [True, False]


def reservation(slot_id: str, person: str) -> Mapping[str, Any]:
    return {"slot_id": slot_id, "party_size": 1, "visitors": [{"document_digest": person}]}


def test_an_audit_of_an_exact_database_finds_nothing() -> None:
    kept = [reservation("a", "one"), reservation("a", "two"), reservation("b", "one")]
    assert find_faults({"a": 0, "b": 1}, kept, places=2, acknowledged=3) == []


@pytest.mark.parametrize(
    ("left", "people", "acknowledged", "fault"),
    [
        (-1, ("one", "two", "three"), 3, "3 of 2 places booked"),
        (1, ("one", "two"), 2, "1 places left after 2 of 2"),
        (0, ("one", "one"), 2, "one person 2 times"),
        (1, ("one",), 2, "1 reservations for 2 acknowledged"),
        (0, ("one", "two"), 1, "2 reservations for 1 acknowledged"),
    ],
)
def test_an_audit_finds_each_broken_rule(left: int, people: tuple[str, ...], acknowledged: int, fault: str) -> None:
    kept = [reservation("a", person) for person in people]
    faults = find_faults({"a": left}, kept, places=2, acknowledged=acknowledged)
    assert [one for one in faults if fault in one]
    assert len(faults) == 1
