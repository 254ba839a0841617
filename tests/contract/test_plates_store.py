"""Plates in the real database: what is issued is read again, and a scanned text is told for what it is."""

from datetime import timedelta

import pytest

from qr.plate_code import PlateClaim, make_plate_code
from qr.plate_list import Ended, read_plate_list
from services.common.clock import SystemClock
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.patrols.errors import SiteUnknown
from services.patrols.model import PatrolEventKind
from services.patrols.outlets.model import CloseReason
from services.patrols.outlets.registering import ChangeOutlet
from services.patrols.plates.errors import PlateOver, PlateSiteClosed, PlateUnknown, SitesWithoutPlate
from services.patrols.plates.model import PlateEnd, PlateState, PlateVerdict
from services.patrols.plates.reading import FORGED, LONGEST_LOOK_BACK
from services.venues.mongo import MongoVenues
from tests.factories import make_district, make_venue, new_id
from tests.outlets import DISTRICT_ADMIN, registry_on
from tests.patrols import recording_on, records_on
from tests.plates import ADMIN, REVOKED, RING, Office, ring_of, signing_on
from tests.registry import open_city


@pytest.fixture
async def site_id(mongo: Mongo) -> str:
    venue = make_venue()
    await MongoVenues(mongo).put([make_district(id="310101", city_id="310000")], [venue])
    return venue.id


@pytest.fixture
def office(mongo: Mongo) -> Office:
    return Office(mongo, recording_on(mongo))


async def test_a_plate_lives_and_ends_and_each_step_is_an_event(office: Office, site_id: str, mongo: Mongo) -> None:
    first = await office.issuing.issue(ADMIN, site_id, None)
    assert await office.store.find(first.id) == first
    second = await office.issuing.replace(ADMIN, first.id, PlateEnd.DAMAGED, None)
    third = await office.issuing.issue(ADMIN, site_id, None)
    gone = await office.issuing.revoke(ADMIN, third.id, PlateEnd.STOLEN)
    assert await office.reading.current_plate(site_id) is None
    plates = {one.id: one for one in await office.reading.of_site(ADMIN, site_id)}
    assert list(plates) == [third.id, second.id, first.id]
    assert [(one.state, one.end, one.replaced_by) for one in plates.values()] == [
        (PlateState.REVOKED, PlateEnd.STOLEN, None),
        (PlateState.REPLACED, None, third.id),
        (PlateState.REPLACED, PlateEnd.DAMAGED, second.id),
    ]
    assert plates[third.id] == gone
    told = [one.event for one in await records_on(mongo).history(site_id)]
    assert [(one.kind, one.subject_id) for one in told] == [
        (PatrolEventKind.PLATE_ISSUED, first.id),
        (PatrolEventKind.PLATE_ISSUED, second.id),
        (PatrolEventKind.PLATE_REPLACED, first.id),
        (PatrolEventKind.PLATE_ISSUED, third.id),
        (PatrolEventKind.PLATE_REPLACED, second.id),
        (PatrolEventKind.PLATE_REVOKED, third.id),
    ]
    assert told[2].data == {"reason": "damaged", "replaced_by": second.id}
    assert told[5].data == {"reason": "stolen"}
    for over in (first, third):
        with pytest.raises(PlateOver):
            await office.issuing.replace(ADMIN, over.id, PlateEnd.LOST, None)
        with pytest.raises(PlateOver):
            await office.issuing.revoke(ADMIN, over.id, PlateEnd.LOST)


async def test_a_repeated_request_gets_the_first_plate(office: Office, site_id: str) -> None:
    request = IdempotentRequest(id=new_id("req"), fingerprint="1")
    first = await office.issuing.issue(ADMIN, site_id, request)
    assert await office.issuing.issue(ADMIN, site_id, request) == first
    assert len(await office.store.of_site(site_id)) == 1


async def test_every_scanned_text_is_something(office: Office, site_id: str) -> None:
    first = await office.issuing.issue(ADMIN, site_id, None)
    link = office.signing.link(first)
    scanned = await office.reading.read(f"{link}?scancode_time=1801879522")
    assert (scanned.verdict, scanned.plate, scanned.site_id) == (PlateVerdict.CURRENT, first, site_id)
    second = await office.issuing.replace(ADMIN, first.id, PlateEnd.LOST, None)
    over = await office.reading.read(link)
    assert (over.verdict, over.site_id) == (PlateVerdict.REPLACED, site_id)
    await office.issuing.revoke(ADMIN, second.id, PlateEnd.MISUSED)
    gone = await office.reading.read(office.signing.link(second))
    assert (gone.verdict, gone.site_id) == (PlateVerdict.REVOKED, site_id)


async def test_what_is_not_ours_is_forged_however_well_it_is_signed(office: Office, site_id: str) -> None:
    plate = await office.issuing.issue(ADMIN, site_id, None)
    stolen = PlateClaim(kid=REVOKED.kid, plate_id=plate.id, site_id=site_id)
    unknown = PlateClaim(kid=1, plate_id=new_id("plt"), site_id=site_id)
    moved = PlateClaim(kid=1, plate_id=plate.id, site_id=new_id("otl"))
    link = office.signing.link(plate)
    for text in (
        "",
        "https://example.cn",
        link[:-1] + ("0" if link[-1] != "0" else "8"),
        make_plate_code(stolen, ring_of(REVOKED)),
        make_plate_code(unknown, RING),
        make_plate_code(moved, RING),
    ):
        assert await office.reading.read(text) == FORGED


async def test_the_list_of_ended_plates_is_signed_and_bounded(office: Office, site_id: str) -> None:
    before = SystemClock().now() - timedelta(seconds=1)
    first = await office.issuing.issue(ADMIN, site_id, None)
    second = await office.issuing.replace(ADMIN, first.id, PlateEnd.DAMAGED, None)
    third = await office.issuing.replace(ADMIN, second.id, PlateEnd.DAMAGED, None)
    await office.issuing.revoke(ADMIN, third.id, PlateEnd.STOLEN)
    # A list ends with a whole second: what ended within the present one is in the next list.
    await _end_earlier(office, [first.id, second.id, third.id])
    found = await office.reading.ended(before - timedelta(minutes=2))
    assert read_plate_list(found.signed, RING) == found.listed
    ours = {one: how for one, how in found.listed.plates.items() if one in {first.id, second.id, third.id}}
    assert ours == {first.id: Ended.REPLACED, second.id: Ended.REPLACED, third.id: Ended.REVOKED}
    later = await office.reading.ended(SystemClock().now() + timedelta(days=1))
    assert later.listed.plates == {}
    assert read_plate_list(later.signed, RING).plates == {}
    earliest = await office.reading.ended(before - timedelta(days=9000))
    assert earliest.listed.since == earliest.listed.until - LONGEST_LOOK_BACK


async def _end_earlier(office: Office, ids: list[str]) -> None:
    collection = office.store._plates.collection  # type: ignore[attr-defined]
    for one in ids:
        [kept] = (await office.store.several([one])).values()
        assert kept.ended_at is not None
        await collection.update_one({"_id": one}, {"$set": {"ended_at": kept.ended_at - timedelta(minutes=1)}})


async def test_a_plate_printed_after_a_rotation_is_signed_anew_and_is_the_same(office: Office, site_id: str) -> None:
    plate = await office.issuing.issue(ADMIN, site_id, None)
    rotated = signing_on(ring_of(REVOKED))
    claim = rotated.claim_of(rotated.link(plate))
    assert claim == PlateClaim(kid=REVOKED.kid, plate_id=plate.id, site_id=site_id)


async def test_a_plate_goes_with_its_outlet_to_another_district(office: Office, mongo: Mongo) -> None:
    await open_city(mongo)
    registry = registry_on(mongo)
    outlet = await registry.add()
    plate = await office.issuing.issue(DISTRICT_ADMIN, outlet.id, None)
    assert await office.reading.own(DISTRICT_ADMIN, [outlet.id]) == {outlet.id: plate}
    await registry.register.change(
        ChangeOutlet(actor=ADMIN, outlet_id=outlet.id, version=1, changes={"district_id": "310115"}, contacts=None)
    )
    assert await office.reading.get(ADMIN, plate.id) == plate
    with pytest.raises(PlateUnknown):
        await office.reading.get(DISTRICT_ADMIN, plate.id)
    with pytest.raises(SitesWithoutPlate):
        await office.reading.own(DISTRICT_ADMIN, [outlet.id])
    with pytest.raises(PlateUnknown):
        await office.issuing.revoke(DISTRICT_ADMIN, plate.id, PlateEnd.LOST)


async def test_a_closed_outlet_gets_no_plate_and_the_one_it_has_can_end(office: Office, mongo: Mongo) -> None:
    await open_city(mongo)
    registry = registry_on(mongo)
    outlet = await registry.add()
    plate = await office.issuing.issue(ADMIN, outlet.id, None)
    await registry.ending.close(ADMIN, outlet.id, CloseReason.CEASED, 1)
    for refused in (
        office.issuing.issue(ADMIN, outlet.id, None),
        office.issuing.replace(ADMIN, plate.id, PlateEnd.LOST, None),
    ):
        with pytest.raises(PlateSiteClosed):
            await refused
    assert await office.issuing.issue_missing(ADMIN, [outlet.id]) == [plate]
    gone = await office.issuing.revoke(ADMIN, plate.id, PlateEnd.SITE_CLOSED)
    assert gone.end is PlateEnd.SITE_CLOSED
    with pytest.raises(PlateSiteClosed):
        await office.issuing.issue_missing(ADMIN, [outlet.id])


async def test_what_is_not_there_is_refused(office: Office) -> None:
    with pytest.raises(PlateUnknown):
        await office.reading.get(ADMIN, new_id("plt"))
    with pytest.raises(SiteUnknown):
        await office.issuing.issue(ADMIN, new_id("otl"), None)
    with pytest.raises(SiteUnknown):
        await office.reading.of_site(ADMIN, new_id("ven"))
    with pytest.raises(SitesWithoutPlate):
        await office.reading.own(ADMIN, [new_id("ven")])
