"""Records for the main system on the real store: what recording says has changed, and what is then read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from server.patrols.shelves import SHELVES
from server.sync.sources import record_sources
from services.common.clock import SystemClock, city_day
from services.common.mongo import Mongo
from services.common.stretches import IDS_AT_ONCE
from services.identity.model import Scope, ScopeLevel
from services.patrols.sites.model import CheckResult
from services.patrols.sites.mongo import STATUSES
from services.sync.model import RecordKind
from services.sync.mongo import OUTBOX
from services.sync.records import Record, RecordSource
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.check_ins import decided, make_release, make_submission, make_template, make_world
from tests.contract.documents import Documents
from tests.factories import NOW, new_id
from tests.findings import make_finding
from tests.patrols import draft_of, make_status
from tests.patrols import recording_on as patrols_on
from tests.plans import make_outlet
from tests.registry import beginning, draft, event, new_epc, open_city, recording_on, shipping
from tests.standard import flaws_of

HUANGPU = Scope(level=ScopeLevel.DISTRICT, id="310101")


@pytest.fixture(scope="module")
async def sources(mongo: Mongo) -> Mapping[RecordKind, RecordSource]:
    await open_city(mongo)
    return record_sources(mongo, VenueDirectory(store=MongoVenues(mongo), clock=SystemClock()))


async def keep(mongo: Mongo, *records: object) -> None:
    async def decide() -> object:
        return draft_of(*records)

    await patrols_on(mongo).settle(decide)  # type: ignore[arg-type]


async def told_of(documents: Documents, kind: RecordKind) -> list[str]:
    """Return the ids that the outbox names of a kind, in its order."""
    found = await documents.find(OUTBOX.name)
    refs = [ref for one in sorted(found, key=lambda one: str(one["_id"])) for ref in one["records"]]
    return [its_id for name, its_id in refs if name == kind]


async def everything(source: RecordSource) -> Mapping[str, Record]:
    found = [record async for some in source.everything() for record in some]
    assert len({record.id for record in found}) == len(found)
    return {record.id: record for record in found}


async def one_of(source: RecordSource, its_id: str) -> Record:
    (record,) = await source.several([its_id])
    return record


async def test_recording_items_tells_of_the_events_and_of_the_items_as_they_are_then(
    mongo: Mongo, documents: Documents, sources: Mapping[RecordKind, RecordSource]
) -> None:
    epcs = [new_epc() for _ in range(3)]
    begun = beginning(*epcs)
    sent = shipping(epcs[0], HUANGPU)
    await recording_on(mongo).record(draft(begun))
    await recording_on(mongo).record(draft(sent))
    assert await told_of(documents, RecordKind.ITEM_EVENT) == [begun["eventID"], sent["eventID"]]
    assert await told_of(documents, RecordKind.ITEM) == [*epcs, epcs[0]]
    on_its_way = await one_of(sources[RecordKind.ITEM], epcs[0])
    happened = {
        one.id: one for one in await sources[RecordKind.ITEM_EVENT].several([begun["eventID"], sent["eventID"]])
    }
    assert (on_its_way.version, on_its_way.data["transfer"], on_its_way.district_id) == (2, "open", "310000")
    assert on_its_way.changed_at == happened[sent["eventID"]].changed_at
    assert on_its_way.day == happened[begun["eventID"]].day
    assert happened[begun["eventID"]].data["item_ids"] == epcs
    assert {one.district_id for one in happened.values()} == {"310000"}
    assert flaws_of(RecordKind.ITEM, dict(on_its_way.data)) == ()


async def test_an_event_without_items_is_counted_for_the_city(
    mongo: Mongo, sources: Mapping[RecordKind, RecordSource]
) -> None:
    body = event(quantityList=[{"epcClass": "urn:epc:class:lgtin:6901234.011111.1", "quantity": 2}])
    await recording_on(mongo).record(draft(body))
    record = await one_of(sources[RecordKind.ITEM_EVENT], body["eventID"])
    assert (record.district_id, record.data["item_count"]) == ("310000", 0)


async def test_recording_patrols_tells_of_the_events_and_of_what_has_a_schema(
    mongo: Mongo, documents: Documents, sources: Mapping[RecordKind, RecordSource]
) -> None:
    status = make_status()
    await keep(mongo, status)
    first = await one_of(sources[RecordKind.SITE_STATUS], status.id)
    changed = replace(status, last_checked_at=NOW, last_result=CheckResult.PASSED, version=2)
    outlet = make_outlet("310101", id=status.id)
    await keep(mongo, changed, outlet)
    assert await told_of(documents, RecordKind.SITE_STATUS) == [status.id, status.id]
    assert await told_of(documents, RecordKind.OUTLET) == [outlet.id]
    events = await told_of(documents, RecordKind.PATROL_EVENT)
    assert len(events) == 3
    assert {one.district_id for one in await sources[RecordKind.PATROL_EVENT].several(events)} == {"310101"}
    second = await one_of(sources[RecordKind.SITE_STATUS], status.id)
    assert (second.version, second.day, second.data["last_result"]) == (2, first.day, "passed")
    assert second.changed_at > first.changed_at


async def test_what_was_recorded_before_its_time_was_noted_changed_when_it_was_made(
    mongo: Mongo, sources: Mapping[RecordKind, RecordSource]
) -> None:
    status = make_status()
    await keep(mongo, status)
    await mongo.collection(STATUSES).update_one({"_id": status.id}, {"$unset": {"recorded_at": ""}})
    record = await one_of(sources[RecordKind.SITE_STATUS], status.id)
    assert city_day(record.changed_at) == record.day


async def test_a_whole_visit_can_be_told(mongo: Mongo, sources: Mapping[RecordKind, RecordSource]) -> None:
    template, release = make_template(id=new_id("tpl")), make_release()
    release = replace(release, id=f"{template.id}:1", template_id=template.id)
    world = make_world(template=template, release=release)
    visit = decided(make_submission(template_id=template.id), world)
    await keep(mongo, template, release)

    async def decide() -> object:
        return visit

    await patrols_on(mongo).settle(decide)  # type: ignore[arg-type]
    checklist = await one_of(sources[RecordKind.CHECKLIST], release.id)
    assert (checklist.district_id, checklist.data["owner_level"]) == ("310000", "city")
    assert flaws_of(RecordKind.CHECKLIST, dict(checklist.data)) == ()
    check_in = await one_of(sources[RecordKind.CHECK_IN], visit.answer.id)
    assert flaws_of(RecordKind.CHECK_IN, dict(check_in.data)) == ()
    assert check_in.data["checklist_id"] == release.id


async def test_a_few_and_everything_agree(mongo: Mongo, sources: Mapping[RecordKind, RecordSource]) -> None:
    findings = [make_finding() for _ in range(IDS_AT_ONCE + 1)]
    await keep(mongo, *findings)
    await recording_on(mongo).record(draft(beginning(*(new_epc() for _ in range(IDS_AT_ONCE + 1)))))
    for kind, source in sources.items():
        whole = await everything(source)
        several: Sequence[Record] = await source.several([*whole, "nothing"])
        assert {record.id: record for record in several} == whole
        assert source.kind is kind
        assert all(record.kind is kind and record.changed_at.tzinfo is not None for record in several)
    assert {one.id for one in findings} <= (await everything(sources[RecordKind.FINDING])).keys()
    assert await sources[RecordKind.FINDING].several([]) == []


def test_whatever_has_a_source_is_told_of_when_it_changes(sources: Mapping[RecordKind, RecordSource]) -> None:
    by_patrols = {shelf.told_as for shelf in SHELVES.values() if shelf.told_as is not None}
    by_themselves = {RecordKind.PATROL_EVENT, RecordKind.ITEM, RecordKind.ITEM_EVENT}
    assert by_patrols | by_themselves <= sources.keys()
    rest = {RecordKind.SLOT, RecordKind.RESERVATION, RecordKind.ADMISSION}
    assert set(RecordKind) - rest == by_patrols | by_themselves
