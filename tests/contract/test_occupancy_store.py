"""People inside in the real database: counted with the scans, and never more than a venue may hold."""

import asyncio
from dataclasses import replace

import pytest

from services.admissions.batch import VenueDay
from services.admissions.group import ScanGroups
from services.admissions.model import ConflictKind, Decision, Movement, Recorded, RefusalReason, Scan
from services.admissions.mongo import MongoScans
from services.common.clock import city_day
from services.common.errors import DomainError
from services.common.mongo import Mongo
from services.sync.mongo import MongoOutbox
from tests.contract.documents import Documents
from tests.factories import NOW, make_entry_pass, make_reading, new_id

TODAY = city_day(NOW)


@pytest.fixture
def scans(mongo: Mongo, outbox: MongoOutbox) -> MongoScans:
    return MongoScans(mongo, outbox)


async def count(scans: MongoScans, venue_id: str) -> int:
    day = VenueDay(venue_id=venue_id, day=TODAY)
    return (await scans.find_inside([day])).get(day, 0)


async def test_people_are_counted_with_their_scans(scans: MongoScans, documents: Documents) -> None:
    venue_id, party = new_id("ven"), make_entry_pass(party_size=3)
    gate = ScanGroups(scans)
    await gate.answer(make_reading(party, venue_id=venue_id))
    out = make_reading(party, venue_id=venue_id, gate_id="gat_out", movement=Movement.EXIT, count=1)
    left = await gate.answer(out)
    assert left.decision is Decision.LEFT
    assert await gate.answer(out) == left  # a repeat counts nobody
    document = await documents.get("occupancy", f"{venue_id}:{TODAY.isoformat()}")
    assert document is not None
    assert (document["inside"], document["admitted"], document["left"]) == (2, 3, 1)
    assert {key: (one["admitted"], one["left"]) for key, one in document["gates"].items()} == {
        "gat_east": (3, 0),
        "gat_out": (0, 1),
    }
    assert document["starts"] == {party.starts_at.strftime("%Y%m%d%H%M"): 3}


async def test_a_ceiling_holds_between_processes(mongo: Mongo, outbox: MongoOutbox) -> None:
    venue_id = new_id("ven")
    gates = [ScanGroups(MongoScans(mongo, outbox)) for _ in range(3)]
    readings = [make_reading(make_entry_pass(party_size=1), venue_id=venue_id, ceiling=25) for _ in range(60)]
    answers = await asyncio.gather(
        *(gates[number % 3].answer(reading) for number, reading in enumerate(readings)), return_exceptions=True
    )
    scans = [one for one in answers if isinstance(one, Scan)]
    assert all(isinstance(one, Scan | DomainError) for one in answers)
    admitted = [one for one in scans if one.decision is Decision.ADMITTED]
    assert {one.reason for one in scans if one.decision is Decision.REFUSED} <= {RefusalReason.VENUE_FULL}
    assert len(admitted) == await count(MongoScans(mongo, outbox), venue_id) == 25


async def test_conflicts_are_kept_with_what_they_are_about(scans: MongoScans, documents: Documents) -> None:
    venue_id, party = new_id("ven"), make_entry_pass(party_size=1)
    gate = ScanGroups(scans)
    await gate.answer(make_reading(party, venue_id=venue_id))
    recorded = Recorded(decision=Decision.ADMITTED, reason=None, count=1)
    again = replace(make_reading(party, venue_id=venue_id, gate_id="gat_west"), recorded=recorded)
    scan = await gate.answer(again)
    assert scan.conflicts == (ConflictKind.ADMITTED_TWICE,)
    assert (await scans.find_many([scan.id]))[scan.id] == scan
    (conflict,) = await documents.find("conflicts", venue_id=venue_id)
    assert [one["gate_id"] for one in conflict["sightings"]] == ["gat_east", "gat_west"]
    record = (await scans.find_passes([party.reservation_id]))[party.reservation_id]
    assert (record.admitted_count, record.surplus_count) == (1, 1)
    assert await count(scans, venue_id) == 2
