"""When a venue is told to be crowded, and when no more."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.admissions.batch import VenueDay
from services.admissions.ceilings.model import GatePolicy, default_gate_policy
from services.admissions.crowds.model import CALM, CrowdChange, CrowdStanding
from services.admissions.crowds.rules import find_alert, level_now
from tests.factories import NOW

LEVELS = (80, 100)
TODAY = VenueDay(venue_id="ven_example", day=date(2027, 2, 6))
POLICY = GatePolicy(venue_id="ven_example", version=1, ceiling=200, alert_at=LEVELS)


@pytest.mark.parametrize(
    ("before", "inside", "level"),
    [
        (0, 0, 0),
        (0, 159, 0),
        (0, 160, 80),
        (0, 199, 80),
        (0, 200, 100),
        (0, 260, 100),  # gates without network let them in
        (80, 159, 80),
        (80, 151, 80),
        (80, 150, 0),  # five percent of 200 below 160
        (100, 191, 100),
        (100, 190, 80),
        (100, 0, 0),
        (100, -3, 0),
    ],
)
def test_levels_are_reached_at_once_and_left_with_some_slack(before: int, inside: int, level: int) -> None:
    assert level_now(before, inside, 200, LEVELS) == level


def test_in_a_small_room_one_person_more_or_less_is_not_told() -> None:
    assert [level_now(80, inside, 10, LEVELS) for inside in (8, 7, 6)] == [80, 80, 0]
    assert level_now(0, 1, 1, (100,)) == 100


def test_an_alert_says_which_way_it_goes() -> None:
    rising = find_alert(POLICY, TODAY, 165, CALM, NOW)
    assert rising is not None
    assert (rising.id, rising.level, rising.change) == ("ven_example:2027-02-06:1", 80, CrowdChange.RISING)
    assert find_alert(POLICY, TODAY, 170, CrowdStanding(level=80, alerts=1), NOW) is None
    easing = find_alert(POLICY, TODAY, -2, CrowdStanding(level=80, alerts=1), NOW)
    assert easing is not None
    assert (easing.number, easing.level, easing.change, easing.inside) == (2, 0, CrowdChange.EASING, 0)


def test_a_venue_without_a_ceiling_tells_nothing() -> None:
    assert find_alert(default_gate_policy("ven_example"), TODAY, 10_000, CALM, NOW) is None


@given(st.integers(1, 5000), st.lists(st.integers(1, 200), min_size=1, max_size=5, unique=True), st.data())
def test_no_single_person_makes_a_level_flicker(ceiling: int, levels: list[int], data: st.DataObject) -> None:
    inside = data.draw(st.integers(0, ceiling * 2))
    before = data.draw(st.sampled_from([0, *levels]))
    level = level_now(before, inside, ceiling, levels)
    assert level_now(level, inside, ceiling, levels) == level
    # Somebody enters, and leaves again: what that has reached is not left by it.
    higher = level_now(level, inside + 1, ceiling, levels)
    assert level_now(higher, inside, ceiling, levels) == higher
