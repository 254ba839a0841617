"""Scans in the real database: who is in, decided once; a batch whole or not at all."""

from dataclasses import replace

import pytest

from services.admissions.batch import ScanBatch
from services.admissions.model import Decision, PassRecord, RefusalReason, Scan
from services.admissions.mongo import MongoScans
from services.common.mongo import Mongo
from services.reservations.mongo.plans import PASSES
from services.sync.mongo import MongoOutbox
from tests.contract.documents import Documents
from tests.factories import NOW, make_admission, make_entry, make_refusal, make_scan, new_id


@pytest.fixture
def scans(mongo: Mongo, outbox: MongoOutbox) -> MongoScans:
    return MongoScans(mongo, outbox)


async def known(scans: MongoScans, reservation_id: str) -> PassRecord | None:
    return (await scans.find_passes([reservation_id])).get(reservation_id)


def entering(reservation_id: str, before: PassRecord | None = None, *, count: int = 1) -> ScanBatch:
    """Return the batch by which `count` of a party of three come in on top of `before`."""
    entry = make_entry(count=count)
    inside = before.admitted_count if before else 0
    scan = make_scan(entry, reservation_id, party_size=3, admitted_count=inside + count)
    return make_admission(scan, entry, before)


def together(*batches: ScanBatch) -> ScanBatch:
    return ScanBatch(
        scans=tuple(scan for batch in batches for scan in batch.scans),
        changes=tuple(change for batch in batches for change in batch.changes),
        events=tuple(event for batch in batches for event in batch.events),
    )


def refusals(*scans: Scan) -> ScanBatch:
    return ScanBatch(scans=scans, changes=(), events=())


async def test_nobody_is_known_at_first(scans: MongoScans) -> None:
    assert await scans.find_passes([new_id("rsv"), new_id("rsv")]) == {}
    assert await scans.find_passes([]) == {}
    assert await scans.find_many(["gat_east:nobody"]) == {}


async def test_entries_are_kept_with_their_scans_and_their_events(scans: MongoScans, documents: Documents) -> None:
    one, other = new_id("rsv"), new_id("rsv")
    batch = together(entering(one, count=2), entering(other))
    assert await scans.claim(batch)
    assert await scans.find_passes([one, other, new_id("rsv")]) == {
        change.after.reservation_id: change.after for change in batch.changes
    }
    assert await scans.find_many([scan.id for scan in batch.scans]) == {scan.id: scan for scan in batch.scans}
    (document,) = await documents.find("outbox", _id=batch.events[0].id)
    assert [event["id"] for event in document["events"]] == [event.id for event in batch.events]
    assert [event["subject_id"] for event in document["events"]] == [one, other]


async def test_a_pass_names_the_venue_of_its_first_entry(scans: MongoScans, documents: Documents) -> None:
    batch = entering(new_id("rsv"))
    await scans.claim(batch)
    document = await documents.get("passes", batch.changes[0].after.reservation_id)
    assert document == {
        "_id": batch.changes[0].after.reservation_id,
        "venue_id": "ven_example",
        "party_size": 3,
        "admitted_count": 1,
        "left_count": 0,
        "surplus_count": 0,
        "cancelled_at": None,
        "entries": [vars(batch.changes[0].entries[0])],
    }


async def test_the_rest_of_a_party_follows_beside_others_who_are_new(scans: MongoScans) -> None:
    reservation_id = new_id("rsv")
    await scans.claim(entering(reservation_id))
    one_in = await known(scans, reservation_id)
    batch = together(entering(reservation_id, one_in, count=2), entering(new_id("rsv")))
    assert await scans.claim(batch)
    record = await known(scans, reservation_id)
    assert record is not None
    assert (record.admitted_count, [entry.count for entry in record.entries]) == (3, [1, 2])


@pytest.mark.parametrize("others", [0, 1])
async def test_what_is_no_longer_so_for_one_changes_nothing_for_any(
    scans: MongoScans, documents: Documents, others: int
) -> None:
    reservation_id, neighbour = new_id("rsv"), new_id("rsv")
    company = [entering(neighbour)] * others
    await scans.claim(entering(reservation_id))
    one_in = await known(scans, reservation_id)
    assert not await scans.claim(together(*company, entering(reservation_id)))
    assert await scans.claim(entering(reservation_id, one_in))
    assert not await scans.claim(together(*company, entering(reservation_id, one_in)))
    record = await known(scans, reservation_id)
    assert record is not None
    assert record.admitted_count == 2
    assert len(await documents.find("scans", reservation_id=reservation_id)) == 2
    assert len(await documents.events(reservation_id)) == 2
    assert await known(scans, neighbour) is None
    assert await documents.find("scans", reservation_id=neighbour) == []
    assert await documents.events(neighbour) == []


async def test_a_scan_lets_in_once(scans: MongoScans, documents: Documents) -> None:
    reservation_id = new_id("rsv")
    first = entering(reservation_id)
    assert await scans.claim(first)
    again = entering(reservation_id, await known(scans, reservation_id))
    assert not await scans.claim(replace(again, scans=(replace(again.scans[0], id=first.scans[0].id),)))
    record = await known(scans, reservation_id)
    assert record is not None
    assert record.admitted_count == 1
    assert len(await documents.events(reservation_id)) == 1


@pytest.mark.parametrize("looked", ["before", "after"])
async def test_nobody_enters_on_a_cancelled_reservation(scans: MongoScans, mongo: Mongo, looked: str) -> None:
    reservation_id = new_id("rsv")
    closed = {"_id": reservation_id, "venue_id": "ven_example", "party_size": 3, "admitted_count": 0, "entries": []}
    await mongo.collection(PASSES).insert_one(closed | {"cancelled_at": NOW})
    cancelled = await known(scans, reservation_id)
    assert cancelled is not None
    assert cancelled.cancelled_at == NOW
    assert not await scans.claim(entering(reservation_id, None if looked == "before" else cancelled))
    assert await known(scans, reservation_id) == cancelled


async def test_a_refusal_beside_entries_is_kept_with_them_or_not_at_all(scans: MongoScans) -> None:
    reservation_id, refusal = new_id("rsv"), make_refusal()
    batch = together(refusals(refusal), entering(reservation_id))
    assert await scans.claim(batch)
    assert await scans.find_many([refusal.id]) == {refusal.id: refusal}
    late = make_refusal()
    assert not await scans.claim(together(refusals(late), entering(reservation_id)))
    assert await scans.find_many([late.id]) == {}


async def test_refusals_are_kept_as_they_were_given(scans: MongoScans) -> None:
    given = [make_refusal(RefusalReason.BAD_SIGNATURE, starts_at=None, ends_at=None), make_refusal()]
    assert await scans.claim(refusals(*given))
    assert await scans.find_many([one.id for one in given]) == {one.id: one for one in given}


@pytest.mark.parametrize("first_decision", list(Decision))
async def test_the_first_answer_to_a_scan_stays(scans: MongoScans, first_decision: Decision) -> None:
    first = refusals(make_refusal()) if first_decision is Decision.REFUSED else entering(new_id("rsv"))
    await scans.claim(first)
    (scan,) = first.scans
    neighbours = [make_refusal(), make_refusal()]
    assert not await scans.claim(
        refusals(neighbours[0], make_refusal(RefusalReason.REVOKED, id=scan.id), neighbours[1])
    )
    assert await scans.find_many([scan.id]) == {scan.id: scan}
    assert len(await scans.find_many([one.id for one in neighbours])) == 2
