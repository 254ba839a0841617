"""The random draw: repeatable, fair, and within what recusals and districts allow."""

import hashlib
from collections import Counter

import pytest

from services.patrols.plans.drawing import (
    Pick,
    Pool,
    draw,
    lacking,
    picks_content,
    pool_content,
    read_pool,
    seed_of,
)

SITES = {f"otl_{number:03}": "310101" for number in range(60)}
PEOPLE = {f"stf_{number:02}": ("310101",) for number in range(12)}
POOL = Pool(sites=SITES, inspectors=PEOPLE, recusals=frozenset())
DRAWS = 600


def seed(number: int) -> bytes:
    return seed_of(hashlib.sha256(str(number).encode()).digest(), "03 07 12 19 25 33 + 08")


def test_a_draw_is_what_was_written_down_once() -> None:
    """Fixed for good: what was drawn years ago must still be drawn by the program of then."""
    pool = Pool(
        sites=dict(list(SITES.items())[:6]),
        inspectors=dict.fromkeys(("stf_a", "stf_b", "stf_c"), ("310101",)),
        recusals=frozenset({("stf_a", "otl_004")}),
    )
    assert [(one.site_id, one.inspectors) for one in draw(pool, seed(1), 3, 2)] == [
        ("otl_000", ("stf_c", "stf_b")),
        ("otl_001", ("stf_a", "stf_b")),
        ("otl_005", ("stf_a", "stf_c")),
    ]


def test_the_order_in_which_a_pool_is_listed_does_not_matter() -> None:
    turned = Pool(sites=dict(reversed(SITES.items())), inspectors=dict(reversed(PEOPLE.items())), recusals=frozenset())
    assert draw(turned, seed(1), 20, 2) == draw(POOL, seed(1), 20, 2)
    assert draw(read_pool(pool_content(turned, {})), seed(1), 20, 2) == draw(POOL, seed(1), 20, 2)


def test_either_part_of_the_seed_changes_the_draw() -> None:
    first = draw(POOL, seed_of(bytes(32), "1"), 20, 2)
    assert first != draw(POOL, seed_of(bytes(32), "2"), 20, 2)
    assert first != draw(POOL, seed_of(bytes(31) + b"\1", "1"), 20, 2)


def test_every_site_has_as_many_different_inspectors_as_are_wanted_and_the_burden_is_even() -> None:
    picks = draw(POOL, seed(2), 30, 2)
    assert len({one.site_id for one in picks}) == 30
    assert all(len(set(one.inspectors)) == 2 for one in picks)
    burden = Counter(name for one in picks for name in one.inspectors)
    assert set(burden.values()) == {5}, "60 visits by 12 people"


def test_nobody_is_sent_where_they_are_recused_or_do_not_work() -> None:
    sites = {f"otl_{number}": "310101" if number % 2 else "310115" for number in range(40)}
    people = {"stf_1": ("310101",), "stf_2": ("310115",), "stf_3": ("310101", "310115"), "stf_4": ("310101", "310115")}
    recusals = frozenset({("stf_3", f"otl_{number}") for number in range(10)})
    pool = Pool(sites=sites, inspectors=people, recusals=recusals)
    assert lacking(pool, 2) == []
    for number in range(20):
        for one in draw(pool, seed(number), 40, 2):
            assert len(one.inspectors) == 2
            assert all(sites[one.site_id] in people[name] for name in one.inspectors)
            assert not [name for name in one.inspectors if (name, one.site_id) in recusals]


def test_a_site_that_is_left_short_is_named_before_anything_is_drawn() -> None:
    sites = {"otl_1": "310101", "otl_2": "310101", "otl_3": "310115"}
    people = {"stf_1": ("310101",), "stf_2": ("310101", "310115"), "stf_3": ("310115",)}
    assert lacking(Pool(sites=sites, inspectors=people, recusals=frozenset()), 2) == []
    assert lacking(Pool(sites=sites, inspectors=people, recusals=frozenset({("stf_2", "otl_2")})), 2) == ["otl_2"]
    elsewhere = frozenset({("stf_3", "otl_2")})
    assert lacking(Pool(sites=sites, inspectors=people, recusals=elsewhere), 2) == [], "who is not sent there anyway"
    assert lacking(Pool(sites=sites, inspectors=people, recusals=frozenset()), 3) == ["otl_1", "otl_2", "otl_3"]


def test_every_site_and_every_inspector_has_the_same_chance() -> None:
    """Chi-square over fixed seeds: 59 and 11 degrees of freedom; beyond 110 and 40 once in a hundred thousand times."""
    sites: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for number in range(DRAWS):
        picks = draw(POOL, seed(number), 6, 1)
        sites.update(one.site_id for one in picks)
        first[picks[0].inspectors[0]] += 1
    assert chi_square(sites, list(SITES), DRAWS * 6) < 110
    assert chi_square(first, list(PEOPLE), DRAWS) < 40


def chi_square(seen: Counter[str], names: list[str], total: int) -> float:
    expected = total / len(names)
    return sum((seen[name] - expected) ** 2 / expected for name in names)


def test_the_measure_of_fairness_would_see_an_unfair_draw() -> None:
    unfair = Counter(dict.fromkeys(SITES, 60) | {"otl_000": 180})
    assert chi_square(unfair, list(SITES), sum(unfair.values())) > 110


@pytest.mark.parametrize("wanted", [0, 1, 60, 61])
def test_a_draw_takes_no_more_than_there_are(wanted: int) -> None:
    assert len(draw(POOL, seed(3), wanted, 1)) == min(wanted, 60)


def test_a_result_is_spelled_in_the_order_of_the_draw() -> None:
    picks = (Pick(site_id="otl_2", inspectors=("stf_2", "stf_1")), Pick(site_id="otl_1", inspectors=("stf_1",)))
    assert picks_content(picks) == [
        {"site": "otl_2", "inspectors": ["stf_2", "stf_1"]},
        {"site": "otl_1", "inspectors": ["stf_1"]},
    ]
