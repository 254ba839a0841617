"""The audit finds what it is there to find."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.common.mongo import Mongo
from services.reservations.model import Reservation
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.plans import RESERVATIONS
from services.reservations.mongo.slots import MongoSlots
from tests.concurrency.audit import Database, audit
from tests.concurrency.conftest import Pair
from tests.concurrency.desks import desk_on
from tests.factories import make_booking, make_cancellation, make_request, make_slot

WRONG: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "places": ("slots", {"$inc": {"places_left": 1}}, "places are left"),
    "capacity": ("slots", {"$set": {"capacity": 2}}, "is oversold"),
    "version": ("slots", {"$inc": {"version": 1}}, "is at version"),
    "entry-places": ("ledger", {"$inc": {"places_left": 1}}, "which should be"),
    "entry-version": ("ledger", {"$inc": {"version": 7}}, "and its ledger has"),
    "nobody-booked": ("ledger", {"$set": {"booked": []}}, "that these were booked"),
    "nobody-named": ("ledger", {"$set": {"booked.0.people": []}}, "held by None in its ledger"),
    "another-named": ("ledger", {"$set": {"booked.0.people.0": "somebody else"}}, "and by None as booked"),
    "another-freed": ("ledger-freed", {"$set": {"freed.0.people.0": "somebody else"}}, "does not hold"),
    "not-freed": ("ledger-freed", {"$set": {"freed": []}}, "that these were freed"),
    "no-answer": ("ledger", {"$set": {"booked.0.request_id": None}}, "requests answered"),
    "no-event": ("outbox", {"$set": {"events": []}}, "the outbox tells of"),
    "another-status": ("reservations", {"$set": {"status": "cancelled"}}, "and the gate takes it"),
    "another-slot": ("reservations", {"$set": {"slot_id": "slt_nowhere"}}, "slt_nowhere is booked, and is not there"),
    "another-size": ("reservations", {"$inc": {"party_size": 1}}, "different persons"),
}


@pytest.fixture
async def books(honest_pair: Pair) -> tuple[Database, Reservation, Reservation]:
    """A database with one slot, in which one party is booked and another one cancelled."""
    mongo: Mongo = honest_pair[0]
    database = mongo.collection(RESERVATIONS).database
    for name in ("slots", "ledger", "reservations", "passes", "outbox"):
        await database[name].delete_many({})
    slot = make_slot()
    await MongoSlots(mongo).add_missing([slot])
    desk = desk_on(MongoLedger(mongo))
    booked, cancelled = (make_booking(slot, party=3, request=make_request()) for _ in range(2))
    await desk.book(booked)
    await desk.book(cancelled)
    await desk.cancel(make_cancellation(cancelled.reservation))
    return database, booked.reservation, cancelled.reservation


async def test_where_all_is_well_it_finds_nothing(books: tuple[Database, Reservation, Reservation]) -> None:
    assert await audit(books[0]) == []


@pytest.mark.parametrize("name", WRONG)
async def test_it_finds_what_is_wrong(books: tuple[Database, Reservation, Reservation], name: str) -> None:
    database, booked, cancelled = books
    where, change, finding = WRONG[name]
    documents: Mapping[str, tuple[str, dict[str, Any]]] = {
        "slots": ("slots", {"_id": booked.slot_id}),
        "reservations": ("reservations", {"_id": booked.id}),
        "outbox": ("outbox", {"events.subject_id": booked.id}),
        "ledger": ("ledger", {"booked.reservation_id": booked.id}),
        "ledger-freed": ("ledger", {"freed.reservation_id": cancelled.id}),
    }
    collection, which = documents[where]
    assert (await database[collection].update_one(which, change)).modified_count == 1
    findings = await audit(database)
    assert [one for one in findings if finding in one], findings


async def test_it_finds_a_person_with_two_places(books: tuple[Database, Reservation, Reservation]) -> None:
    database, booked, _ = books
    twin = await database["ledger"].find_one({"booked.reservation_id": booked.id})
    assert twin is not None
    slot = await database["slots"].find_one({})
    assert slot is not None
    await database["ledger"].insert_one(twin | {"_id": "twin", "version": slot["version"] + 1})
    findings = await audit(database)
    assert [one for one in findings if "a second place" in one], findings


async def test_it_finds_a_request_with_two_answers(books: tuple[Database, Reservation, Reservation]) -> None:
    database, booked, _ = books
    await database["reservations"].drop_indexes()
    twin = await database["reservations"].find_one({"_id": booked.id})
    assert twin is not None
    await database["reservations"].insert_one(twin | {"_id": "twin"})
    assert [one for one in await audit(database) if "has 2 answers" in one]
