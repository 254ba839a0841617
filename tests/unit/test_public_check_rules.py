"""Decisions of the public check: what is shown, counted, and warned of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.identity.model import Scope, ScopeLevel
from services.items.model import Item, ItemState, ItemType, LabelDesign
from services.items.public import rules
from services.items.public.model import UNCHECKED, Caution, Cell, Checks, PublicState, Sighting, Visit
from tests.factories import NOW

SHANGHAI, BEIJING, NEARBY = rules.cell_of(121.47, 31.23), rules.cell_of(116.40, 39.90), rules.cell_of(121.8, 31.3)
CITY = Scope(level=ScopeLevel.CITY, id="310000")
ITEM = Item(
    id="itm_1",
    type_id="ity_1",
    batch_id=None,
    owner=CITY,
    seen_by=(),
    state=ItemState.ACTIVE,
    name="示例香炉",
    serial="内部-1",
    attributes={"material": "铜", "keeper_note": "库房", "height_cm": 30},
    disposition="active",
    conditions=(),
    place=None,
    holder=CITY,
    transfer=None,
    loan=None,
    inside=None,
    joined_to=None,
    began_with=0,
    last_index=0,
    version=1,
    last_event_at=NOW,
    activated_at=NOW,
)
TYPE = ItemType(
    id="ity_1",
    owner=CITY,
    seen_by=(),
    name="示例香炉",
    name_en="Example censer",
    attributes_schema={
        "type": "object",
        "properties": {"height_cm": {"type": "number"}, "material": {"title": "材质"}, "age": {"title": " "}},
    },
    public_attributes=("material", "height_cm", "age"),
    label=LabelDesign(layout="a4-70", title="示例"),
    required_inspections=(),
    version=1,
    created_at=NOW,
)


def visit(cell: Cell | None = None) -> Visit:
    return Visit(address="192.0.2.1", cell=cell)


def checked(*visits: tuple[timedelta, Cell | None]) -> Checks:
    """Return what checks at these times from now, at these places, come to."""
    checks = UNCHECKED
    for after, cell in visits:
        checks = rules.joined(checks, rules.counted(checks, visit(cell), NOW + after))
    return checks


def test_a_position_is_kept_to_a_tenth_of_a_degree() -> None:
    assert rules.cell_of(121.47, 31.23) == Cell(lng=1215, lat=312)
    assert rules.cell_of(-0.04, 0.04) == Cell(lng=0, lat=0)


def test_distances_are_those_of_the_globe() -> None:
    assert rules.km_between(SHANGHAI, BEIJING) == pytest.approx(1067, abs=20)
    assert rules.km_between(SHANGHAI, SHANGHAI) == 0
    assert rules.km_between(Cell(lng=0, lat=0), Cell(lng=1800, lat=0)) == pytest.approx(20015, abs=10)
    assert rules.km_between(Cell(lng=1799, lat=0), Cell(lng=-1799, lat=0)) == pytest.approx(22, abs=1)


@pytest.mark.parametrize(
    ("to", "after", "verdict"),
    [
        (BEIJING, timedelta(minutes=30), "impossible"),
        (BEIJING, timedelta(hours=2), "possible"),
        (BEIJING, timedelta(0), "impossible"),
        (BEIJING, timedelta(minutes=-30), "impossible"),  # the clocks of two processes differ
        (NEARBY, timedelta(0), "possible"),  # within the rounding, or a drive
        (SHANGHAI, timedelta(0), "possible"),
    ],
)
def test_travel_is_impossible_beyond_an_airliner(to: Cell, after: timedelta, verdict: str) -> None:
    is_impossible = rules.is_impossible(Sighting(cell=SHANGHAI, at=NOW), Sighting(cell=to, at=NOW + after))
    assert is_impossible is (verdict == "impossible")


def test_checks_add_up_and_the_latest_twenty_are_remembered() -> None:
    checks = checked(*[(timedelta(minutes=at), None) for at in range(25)])
    assert (checks.count, checks.first_checked_at) == (25, NOW)
    assert checks.recent == tuple(NOW + timedelta(minutes=at) for at in range(5, 25))


def test_the_check_before_the_latest_is_known_from_the_second_on() -> None:
    assert rules.previous_check(UNCHECKED) is None
    assert rules.previous_check(checked((timedelta(0), None))) is None
    assert rules.previous_check(checked((timedelta(0), None), (timedelta(minutes=5), None))) == NOW
    # As processes wrote them: not in order.
    mixed = checked((timedelta(minutes=5), None), (timedelta(0), None), (timedelta(minutes=9), None))
    assert rules.previous_check(mixed) == NOW + timedelta(minutes=5)


def test_what_is_counted_in_parts_is_what_is_counted_at_once() -> None:
    parts = [(timedelta(minutes=9), SHANGHAI), (timedelta(minutes=10), None), (timedelta(minutes=11), BEIJING)]
    before, more, together = checked(*parts[:1]), UNCHECKED, checked(*parts)
    for after, cell in parts[1:]:
        more = rules.joined(more, rules.counted(rules.joined(before, more), visit(cell), NOW + after))
    assert rules.joined(before, more) == together
    assert together.travelled_at == NOW + timedelta(minutes=11)


def warnings(item: Item = ITEM, checks: Checks = UNCHECKED, now: datetime = NOW) -> Sequence[Caution]:
    return rules.warnings_of(item, checks, now)


def test_an_item_in_use_that_few_check_has_no_warnings() -> None:
    assert warnings(checks=checked((timedelta(0), SHANGHAI))) == []
    assert rules.state_of(ITEM) is PublicState.IN_USE


@pytest.mark.parametrize("word", ["recalled", "stolen", "damaged"])
def test_what_was_reported_is_a_warning_until_it_is_cleared(word: str) -> None:
    assert warnings(replace(ITEM, conditions=(word,))) == [word]
    assert warnings(replace(ITEM, disposition=word)) == [word]  # as other systems report it


@pytest.mark.parametrize(
    ("state", "disposition", "shown"),
    [
        (ItemState.ENDED, "inactive", PublicState.RETIRED),
        (ItemState.ENDED, None, PublicState.RETIRED),
        (ItemState.ENDED, "destroyed", PublicState.DESTROYED),
        (ItemState.VOID, "active", PublicState.VOID),
    ],
)
def test_the_end_of_an_item_is_a_state_and_a_warning(
    state: ItemState, disposition: str | None, shown: PublicState
) -> None:
    item = replace(ITEM, state=state, disposition=disposition)
    assert rules.state_of(item) is shown
    assert warnings(item) == [Caution(shown)]


def test_the_worst_comes_first() -> None:
    item = replace(ITEM, state=ItemState.ENDED, conditions=("damaged", "stolen"))
    assert warnings(item) == [Caution.STOLEN, Caution.RETIRED, Caution.DAMAGED]


def test_twenty_checks_of_one_day_are_many() -> None:
    many = checked(*[(timedelta(minutes=at), None) for at in range(rules.MANY_CHECKS)])
    one_less = replace(many, recent=many.recent[1:])
    assert warnings(checks=many, now=NOW + timedelta(hours=1)) == [Caution.MANY_CHECKS]
    assert warnings(checks=one_less, now=NOW + timedelta(hours=1)) == []
    assert warnings(checks=many, now=NOW + timedelta(hours=24)) == []


def test_impossible_travel_is_warned_of_for_a_day() -> None:
    checks = checked((timedelta(0), SHANGHAI), (timedelta(minutes=20), BEIJING), (timedelta(minutes=30), None))
    assert warnings(checks=checks, now=NOW + timedelta(minutes=30)) == [Caution.IMPOSSIBLE_TRAVEL]
    assert warnings(checks=checks, now=NOW + timedelta(hours=25)) == []


def test_only_public_attributes_are_shown_by_their_titles() -> None:
    shown = [(one.name, one.title, one.value) for one in rules.shown_attributes(ITEM, TYPE)]
    assert shown == [("material", "材质", "铜"), ("height_cm", "height_cm", 30)]


def test_a_void_item_shows_no_attributes() -> None:
    assert rules.shown_attributes(replace(ITEM, state=ItemState.VOID), TYPE) == []
