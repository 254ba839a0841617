"""Decisions about events: whatever the order of telling, history comes out in the order of happening."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.model import Scope, ScopeLevel
from services.items.deciding import Decision, decide
from services.items.life import Origin
from services.items.model import Item, ItemState
from services.items.rules import MOST_CONTAINERS
from services.items.wording import declare_wrong
from services.items.world import Unread, World
from tests.registry import CITY, START, beginning, draft, event, new_epc, shipping

NEAR = Scope(level=ScopeLevel.DISTRICT, id="310101")
FAR = Scope(level=ScopeLevel.DISTRICT, id="310115")
SEEN = {CITY: ("city:310000",), NEAR: ("district:310101", "city:310000"), FAR: ("district:310115", "city:310000")}


def world_of(*epcs: str) -> World:
    """Return a world in which these may begin."""
    return World(
        items=dict.fromkeys(epcs),
        origins={epc: Origin(type=None, batch_id=None, owner=CITY) for epc in epcs},
        histories={epc: [] for epc in epcs},
        unpacked=set(epcs),
        seen=dict(SEEN),
    )


def tell(world: World, *bodies: Mapping[str, Any], proceed: bool = False) -> Decision:
    return decide(draft(*bodies, proceed=proceed), world)


def told(world: World, *bodies: Mapping[str, Any]) -> None:
    decision = tell(world, *bodies)
    assert not decision.refused, decision.refused


def packing(parent: str, *children: str, minute: int, action: str = "ADD") -> dict[str, Any]:
    body = event(minute=minute, type="AggregationEvent", parentID=parent, childEPCs=list(children), action=action)
    del body["epcList"]
    return body


def plain(item: Item | None) -> Item | None:
    """Return the item without what counts the telling."""
    return None if item is None else replace(item, version=0, began_with=0, last_index=0)


def receiving(epc: str, to: Scope, *, minute: int) -> dict[str, Any]:
    body = shipping(epc, to, minute=minute)
    return {**body, "bizStep": "receiving", "disposition": "active"}


LATER = st.permutations(
    [
        {"disposition": "conformant"},
        {"disposition": "damaged", "persistentDisposition": {"set": ["stolen"]}},
        {"persistentDisposition": {"unset": ["stolen"]}},
        {"bizLocation": {"id": "urn:epc:id:sgln:6901234.00005.0"}},
        {"disposition": "available", "bizLocation": {"id": "urn:epc:id:sgln:6901234.00006.0"}},
    ]
)


@given(order=st.permutations(range(5)), kinds=LATER)
def test_the_order_of_telling_does_not_matter(order: Sequence[int], kinds: Sequence[Mapping[str, Any]]) -> None:
    epc = new_epc()
    bodies = [event(epc, minute=10 + at, **kind) for at, kind in enumerate(kinds)]
    begun = beginning(epc, minute=0)
    in_order, as_told = world_of(epc), world_of(epc)
    for body in [begun, *bodies]:
        told(in_order, body)
    for body in [begun, *(bodies[at] for at in order)]:
        told(as_told, body)
    assert plain(in_order.items[epc]) == plain(as_told.items[epc])


@given(wrong=st.integers(min_value=0, max_value=4), kinds=LATER)
def test_what_is_declared_wrong_counts_as_never_told(wrong: int, kinds: Sequence[Mapping[str, Any]]) -> None:
    epc = new_epc()
    begun = beginning(epc, minute=0)
    bodies = [event(epc, minute=10 + at, **kind) for at, kind in enumerate(kinds)]
    declared, without = world_of(epc), world_of(epc)
    told(declared, begun, *bodies)
    told(declared, declare_wrong(bodies[wrong], reason="did_not_occur", declared_at=START, corrective=()))
    told(without, begun, *(body for at, body in enumerate(bodies) if at != wrong))
    assert plain(declared.items[epc]) == plain(without.items[epc])


def test_a_draft_that_is_refused_leaves_no_trace() -> None:
    one, other = new_epc(), new_epc()
    world = world_of(one, other)
    told(world, beginning(one, minute=0))
    before = (dict(world.items), dict(world.events), dict(world.histories), world.next_index)
    decision = tell(world, event(one, minute=5), beginning(other, minute=6), beginning(one, minute=7))
    assert [found.code for found in decision.refused] == ["item_exists"]
    assert decision.events == ()
    assert (world.items, world.events, world.histories, world.next_index) == before


def test_with_proceed_what_is_right_is_kept() -> None:
    one, other = new_epc(), new_epc()
    world = world_of(one, other)
    decision = tell(world, beginning(one, minute=0), event(other, minute=1), event(one, minute=2), proceed=True)
    assert (len(decision.events), [found.path for found in decision.refused]) == (2, ["events[1].epcList[0]"])


def test_a_late_event_may_not_make_later_ones_impossible() -> None:
    epc = new_epc()
    world = world_of(epc)
    told(world, beginning(epc, minute=0), shipping(epc, NEAR, minute=20))
    late = tell(world, shipping(epc, FAR, minute=10))
    assert [found.code for found in late.refused] == ["contradicts_later"]
    ended = tell(world, event(epc, minute=10, action="DELETE", bizStep="destroying"))
    assert [found.code for found in ended.refused] == ["contradicts_later"]


def test_custody_goes_to_whom_it_was_sent_and_nobody_else() -> None:
    epc = new_epc()
    world = world_of(epc)
    told(world, beginning(epc, minute=0), shipping(epc, NEAR, minute=10))
    wrong = tell(world, receiving(epc, FAR, minute=20))
    assert [found.code for found in wrong.refused] == ["no_open_transfer"]
    told(world, receiving(epc, NEAR, minute=20))
    item = world.items[epc]
    assert item is not None
    assert (item.holder, item.transfer, item.seen_by) == (NEAR, None, ("city:310000", "district:310101"))


def test_nothing_lies_within_itself_however_the_events_come() -> None:
    box, lid = new_epc(), new_epc()
    world = world_of(box, lid)
    told(world, beginning(box, lid, minute=0), packing(box, lid, minute=20))
    for minute in (10, 30):
        circle = tell(world, packing(lid, box, minute=minute))
        assert [found.code for found in circle.refused] == ["aggregation_cycle"]


def test_nesting_has_an_end() -> None:
    epcs = [new_epc() for _ in range(MOST_CONTAINERS + 2)]
    world = world_of(*epcs)
    told(world, beginning(*epcs, minute=0))
    for at in range(1, MOST_CONTAINERS + 1):
        told(world, packing(epcs[at - 1], epcs[at], minute=at))
    deeper = tell(world, packing(epcs[MOST_CONTAINERS], epcs[MOST_CONTAINERS + 1], minute=100))
    assert [found.code for found in deeper.refused] == ["aggregation_cycle"]


def test_a_beginning_that_was_wrong_frees_the_thing() -> None:
    epc = new_epc()
    world = world_of(epc)
    begun = beginning(epc, minute=0)
    told(world, begun)
    told(world, declare_wrong(begun, reason="incorrect_data", declared_at=START, corrective=()))
    voided = world.items[epc]
    assert voided is not None
    assert voided.state is ItemState.VOID
    assert [found.code for found in tell(world, event(epc, minute=5)).refused] == ["item_not_found"]
    told(world, beginning(epc, minute=6))
    again = world.items[epc]
    assert again is not None
    assert (again.state, again.version) == (ItemState.ACTIVE, 3)


def test_a_beginning_on_which_others_rest_stays() -> None:
    epc = new_epc()
    world = world_of(epc)
    begun = beginning(epc, minute=0)
    told(world, begun, event(epc, minute=5))
    declared = tell(world, declare_wrong(begun, reason="did_not_occur", declared_at=START, corrective=()))
    assert [found.code for found in declared.refused] == ["beginning_needed"]


def test_what_was_not_read_is_asked_for() -> None:
    epc = new_epc()
    with pytest.raises(Unread) as asked:
        tell(World(seen=dict(SEEN)), event(epc, minute=1))
    assert asked.value.items == {epc}
