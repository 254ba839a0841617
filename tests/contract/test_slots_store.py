"""Slots in the real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from tests.factories import NOW, make_slot, new_id


@pytest.fixture
def slots(mongo: Mongo) -> MongoSlots:
    return MongoSlots(mongo)


@pytest.fixture
def ledger(mongo: Mongo) -> MongoLedger:
    return MongoLedger(mongo)


async def kept(ledger: MongoLedger, slot_id: str) -> Slot | None:
    """Return the slot as the desk sees it."""
    found = await ledger.read({slot_id: 0})
    return found[slot_id][0] if found else None


async def test_a_slot_comes_back_as_it_was_added(slots: MongoSlots, ledger: MongoLedger) -> None:
    slot = make_slot(capacity=7, places_left=3, state=SlotState.CLOSED)
    assert await slots.add_missing([slot]) == 1
    assert await kept(ledger, slot.id) == slot


async def test_an_unknown_slot_is_none(ledger: MongoLedger) -> None:
    assert await kept(ledger, new_id("slt")) is None


async def test_adding_again_leaves_what_is_there(slots: MongoSlots, ledger: MongoLedger) -> None:
    first, new = make_slot(places_left=4), make_slot()
    await slots.add_missing([first])
    assert await slots.add_missing([replace(first, places_left=10), new]) == 1
    assert await kept(ledger, first.id) == first
    assert await kept(ledger, new.id) == new
    assert await slots.add_missing([first, new]) == 0


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
