"""Scans in the real database: who is in, decided once."""

from dataclasses import replace

import pytest

from services.admissions.model import Decision, PassRecord, RefusalReason
from services.admissions.mongo import MongoScans
from services.common.mongo import Mongo
from services.reservations.mongo import MongoReservations, MongoSlots
from services.sync.model import EventKind
from services.sync.mongo import MongoOutbox
from tests.contract.documents import Documents
from tests.factories import (
    NOW,
    make_entry,
    make_event,
    make_refusal,
    make_reservation,
    make_scan,
    make_slot,
    new_id,
)


@pytest.fixture
def scans(mongo: Mongo, outbox: MongoOutbox) -> MongoScans:
    return MongoScans(mongo, outbox)


async def let_in(scans: MongoScans, record: PassRecord, *, count: int, nonce: str | None = None) -> bool:
    """Try to let `count` of a party in on top of `record`."""
    entry = make_entry(count=count)
    entry = entry if nonce is None else replace(entry, nonce=nonce)
    scan = make_scan(entry, record.reservation_id, admitted_count=record.admitted_count + count)
    return await scans.claim_entry(record, entry, scan, make_event(record.reservation_id, EventKind.VISIT_ADMITTED))


async def test_nobody_is_in_at_first(scans: MongoScans) -> None:
    reservation_id = new_id("rsv")
    assert await scans.get_pass(reservation_id, 4) == PassRecord(
        reservation_id=reservation_id, party_size=4, admitted_count=0, cancelled_at=None, entries=()
    )


async def test_an_entry_is_kept_with_its_scan_and_its_event(scans: MongoScans, documents: Documents) -> None:
    reservation_id = new_id("rsv")
    record = await scans.get_pass(reservation_id, 3)
    entry = make_entry(count=2)
    scan = make_scan(entry, reservation_id, party_size=3)
    event = make_event(reservation_id, EventKind.VISIT_ADMITTED)
    assert await scans.claim_entry(record, entry, scan, event)
    assert await scans.get_pass(reservation_id, 3) == replace(record, admitted_count=2, entries=(entry,))
    assert await scans.find(scan.id) == scan
    assert [one["id"] for one in await documents.events(reservation_id)] == [event.id]


async def test_the_rest_of_a_party_follows(scans: MongoScans) -> None:
    reservation_id = new_id("rsv")
    for already in (0, 1):
        record = await scans.get_pass(reservation_id, 2)
        assert record.admitted_count == already
        assert await let_in(scans, record, count=1)
    record = await scans.get_pass(reservation_id, 2)
    assert (record.admitted_count, [entry.count for entry in record.entries]) == (2, [1, 1])


async def test_an_entry_on_top_of_what_is_no_longer_so_changes_nothing(scans: MongoScans, documents: Documents) -> None:
    reservation_id = new_id("rsv")
    nobody = await scans.get_pass(reservation_id, 3)
    await let_in(scans, nobody, count=1)
    one_in = await scans.get_pass(reservation_id, 3)
    assert not await let_in(scans, nobody, count=1)
    await let_in(scans, one_in, count=1)
    assert not await let_in(scans, one_in, count=1)
    assert (await scans.get_pass(reservation_id, 3)).admitted_count == 2
    assert len(await documents.find("scans", reservation_id=reservation_id)) == 2
    assert len(await documents.events(reservation_id)) == 2


async def test_a_nonce_lets_in_once(scans: MongoScans, documents: Documents) -> None:
    reservation_id = new_id("rsv")
    assert await let_in(scans, await scans.get_pass(reservation_id, 3), count=1, nonce=reservation_id)
    assert not await let_in(scans, await scans.get_pass(reservation_id, 3), count=1, nonce=reservation_id)
    assert (await scans.get_pass(reservation_id, 3)).admitted_count == 1
    assert len(await documents.events(reservation_id)) == 1


async def test_nobody_enters_on_a_cancelled_reservation(scans: MongoScans, mongo: Mongo, outbox: MongoOutbox) -> None:
    slot = make_slot()
    reservation = make_reservation(slot)
    store = MongoReservations(mongo, outbox)
    await MongoSlots(mongo).add_missing([slot])
    await store.add(reservation, None, make_event(reservation.id))
    before = await scans.get_pass(reservation.id, 1)
    await store.cancel(reservation, NOW, make_event(reservation.id, EventKind.RESERVATION_CANCELLED))
    assert not await let_in(scans, before, count=1)
    assert await scans.get_pass(reservation.id, 1) == replace(before, cancelled_at=NOW)


async def test_a_refusal_is_kept_as_it_was_given(scans: MongoScans) -> None:
    refusal = make_refusal(RefusalReason.BAD_SIGNATURE, starts_at=None, ends_at=None)
    assert await scans.keep_refusal(refusal) == refusal
    assert await scans.find(refusal.id) == refusal


@pytest.mark.parametrize("first_decision", list(Decision))
async def test_the_first_answer_to_a_scan_stays(scans: MongoScans, first_decision: Decision) -> None:
    first = make_refusal()
    if first_decision is Decision.ADMITTED:
        record = await scans.get_pass(new_id("rsv"), 1)
        entry = make_entry()
        first = make_scan(entry, record.reservation_id)
        await scans.claim_entry(record, entry, first, make_event(record.reservation_id))
    else:
        await scans.keep_refusal(first)
    second = make_refusal(RefusalReason.REVOKED, id=first.id)
    assert await scans.keep_refusal(second) == first
    assert await scans.find(first.id) == first


async def test_an_unknown_scan_is_none(scans: MongoScans) -> None:
    assert await scans.find("gat_east:nobody") is None
