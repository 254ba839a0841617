"""Slots in the real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.reservations.model import SlotState
from services.reservations.mongo import MongoSlots
from tests.factories import NOW, make_slot, new_id


@pytest.fixture
def slots(mongo: Mongo) -> MongoSlots:
    return MongoSlots(mongo)


async def test_a_slot_comes_back_as_it_was_added(slots: MongoSlots) -> None:
    slot = make_slot(capacity=7, places_left=3, state=SlotState.CLOSED)
    assert await slots.add_missing([slot]) == 1
    assert await slots.find(slot.id) == slot


async def test_an_unknown_slot_is_none(slots: MongoSlots) -> None:
    assert await slots.find(new_id("slt")) is None


async def test_adding_again_leaves_what_is_there(slots: MongoSlots) -> None:
    kept, new = make_slot(places_left=4), make_slot()
    await slots.add_missing([kept])
    assert await slots.add_missing([replace(kept, places_left=10), new]) == 1
    assert await slots.find(kept.id) == kept
    assert await slots.find(new.id) == new
    assert await slots.add_missing([kept, new]) == 0


async def test_adding_nothing_adds_nothing(slots: MongoSlots) -> None:
    assert await slots.add_missing([]) == 0


async def test_a_window_holds_its_venue_s_slots_from_its_start_up_to_before_its_end(slots: MongoSlots) -> None:
    venue_id = new_id("ven")
    hours = [make_slot(venue_id=venue_id, starts_at=NOW + timedelta(hours=hour)) for hour in range(5)]
    twin = make_slot(venue_id=venue_id, starts_at=hours[2].starts_at)
    elsewhere = make_slot(starts_at=hours[2].starts_at)
    await slots.add_missing([elsewhere, twin, *reversed(hours)])
    found = await slots.starting_between(venue_id, hours[1].starts_at, hours[3].starts_at)
    assert found == [hours[1], *sorted([hours[2], twin], key=lambda slot: slot.id)]


async def test_a_venue_without_slots_has_none(slots: MongoSlots) -> None:
    assert await slots.starting_between(new_id("ven"), NOW - timedelta(days=1), NOW + timedelta(days=1)) == []
