"""The planner on the real store: what it makes, changes and leaves alone, and that two of them plan one thing."""

import asyncio

import pytest

from services.calendars.model import SetAside
from services.calendars.mongo import MongoCalendars
from services.common.mongo import Mongo
from services.reservations.changes import Quota, SlotChange
from services.reservations.errors import SlotClosed
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.keeping import Keeping
from services.reservations.planning.model import Action
from services.reservations.planning.mongo import MongoPlanMarks
from services.reservations.planning.rules import new_slot
from services.venues.model import Channel
from tests.factories import make_slot
from tests.planning import Place, session, weekly


def plain(slots: list[Slot]) -> list[tuple[str, int, int, SlotState]]:
    return [(slot.id, slot.capacity, slot.places_left, slot.state) for slot in slots]


async def test_planning_makes_the_slots_and_planning_again_makes_none(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 12)))
    first = await place.planner().apply(place.calendar)
    made = await place.slots()
    assert {step.action for step in first.steps} == {Action.ADD}
    assert len(await place.tomorrow()) == 3
    again = await place.planner().apply(place.calendar)
    assert (list(again.steps), again.unchanged) == ([], len(first.steps))
    assert await place.slots() == made


async def test_planners_at_once_plan_one_thing(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(0, 24)))
    await asyncio.gather(*(place.planner().apply(place.calendar) for _ in range(5)))
    made = await place.slots()
    assert len({(slot.starts_at, slot.ends_at) for slot in made}) == len(made)
    changed = place.ruled(weekly(session(0, 12, 20)))
    await asyncio.gather(*(place.planner().apply(changed) for _ in range(5)))
    day = await place.tomorrow()
    assert [slot.capacity for slot in day if slot.state is SlotState.OPEN] == [20] * 12
    assert [slot.capacity for slot in day if slot.state is SlotState.WITHDRAWN] == [10] * 12


async def test_a_change_of_rules_leaves_what_is_booked(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 12)))
    await place.planner().apply(place.calendar)
    nine, ten, eleven = await place.tomorrow()
    await place.book(nine, party=4)
    await place.book(eleven, party=2)
    changed = place.ruled(weekly(session(9, 11, 3)))
    preview = await place.planner().preview(changed)
    assert [(step.slot.id, step.booked) for step in preview.hits if step.slot is not None] == [(eleven.id, 2)]
    assert plain(await place.tomorrow())[1] == (ten.id, 10, 10, SlotState.OPEN), "a preview changes nothing"
    await place.planner().apply(changed)
    assert plain(await place.tomorrow()) == [
        (nine.id, 4, 0, SlotState.OPEN),
        (ten.id, 3, 3, SlotState.OPEN),
        (eleven.id, 10, 8, SlotState.WITHDRAWN),
    ]
    with pytest.raises(SlotClosed):
        await place.book(eleven)


async def test_what_comes_back_into_the_rules_is_open_again(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 12)))
    rules = place.calendar.rules
    await place.planner().apply(place.calendar)
    await place.planner().apply(place.ruled(weekly(session(9, 10))))
    plan = await place.planner().apply(place.ruled(*rules))
    assert {step.action for step in plan.steps} == {Action.RESTORE}
    assert {slot.state for slot in await place.slots()} == {SlotState.OPEN}


async def test_what_staff_changed_stays_until_its_rule_changes(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 11)))
    await place.planner().apply(place.calendar)
    nine, ten = await place.tomorrow()
    await place.desk.change_slot(SlotChange(slot_id=nine.id, quota=Quota(capacity=50, set_aside=None)))
    await place.desk.change_slot(SlotChange(slot_id=ten.id, state=SlotState.CLOSED))
    assert (await place.planner().apply(place.calendar)).steps == []
    assert [(slot.capacity, slot.state) for slot in await place.tomorrow()] == [
        (50, SlotState.OPEN),
        (10, SlotState.CLOSED),
    ]
    await place.planner().apply(place.ruled(weekly(session(9, 11, 20))))
    assert [(slot.capacity, slot.state) for slot in await place.tomorrow()] == [
        (20, SlotState.OPEN),
        (20, SlotState.CLOSED),
    ]


async def test_slots_made_by_hand_are_left_alone(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 11)))
    await place.planner().apply(place.calendar)
    nine, _ = await place.tomorrow()
    by_hand = make_slot(venue_id=place.venue_id, starts_at=nine.ends_at, ends_at=nine.ends_at.replace(minute=30))
    await MongoSlots(mongo).add_missing([by_hand])
    await place.planner().apply(place.ruled(weekly(session(14, 15))))
    assert next(slot.state for slot in await place.slots() if slot.id == by_hand.id) is SlotState.OPEN


async def test_set_aside_places_and_last_entry_come_from_the_rule(mongo: Mongo) -> None:
    place = await Place.open(
        mongo, weekly(session(9, 10, 10, SetAside(channel=Channel.GROUP, places=4, flows_before_min=60)))
    )
    await place.planner().apply(place.calendar)
    (nine,) = await place.tomorrow()
    (aside,) = nine.set_aside
    assert (aside.channel, aside.places, aside.left) == (Channel.GROUP, 4, 4)
    assert aside.flows_at is not None
    assert (nine.starts_at - aside.flows_at).total_seconds() == 3600


async def test_a_day_that_is_drawn_gets_drawn_slots(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 10)))
    (planned, *_) = [step.planned for step in (await place.planner().preview(place.calendar)).steps]
    assert planned is not None
    assert new_slot(planned, SlotState.DRAWN).state is SlotState.DRAWN


async def test_a_planner_that_dies_anywhere_is_followed_by_one_that_ends_the_work(mongo: Mongo) -> None:
    place = await Place.open(mongo, weekly(session(9, 12)))
    await MongoCalendars(mongo).claim(place.calendar)
    marks = MongoPlanMarks(mongo)
    planned = [
        step.planned for step in (await place.planner().preview(place.calendar)).steps if step.planned is not None
    ]
    # Killed after some of the slots, before its mark.
    await MongoSlots(mongo).add_missing([new_slot(one, SlotState.OPEN) for one in planned[:2]])
    assert await marks.find(place.venue_id) is None
    keeping = Keeping(planner=place.planner(), calendars=place.reading(), marks=marks, clock=place.clock)
    assert await keeping.look() >= 1
    assert len(await place.tomorrow()) == 3
    assert (await place.planner().preview(place.calendar)).steps == []
    mark = await marks.find(place.venue_id)
    await keeping.look()
    assert await marks.find(place.venue_id) == mark
