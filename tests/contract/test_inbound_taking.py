"""What becomes of the main system's documents here, and of what both sides say differently."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.identity.model import Role, Session
from services.identity.mongo import MongoSessions, MongoStaff
from services.items.mongo.types import MongoTypes
from services.patrols.outlets.model import CloseReason
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.outlets.registering import ChangeOutlet
from services.patrols.sites.model import SiteState
from services.sync.inbound.model import Cause, FieldOwner
from services.venues.model import GeoPoint
from services.venues.mongo import MongoVenues
from tests.factories import NOW
from tests.inbound import DIVISION, INSPECTOR, ITEM_TYPE, OUTLET, SOUND, VENUE, Town
from tests.outlets import ADMIN, make_licence, registry_on
from tests.patrols import ensure_whole_log


async def test_all_kinds_arrive(settled: Town) -> None:
    for kind, key in ((OUTLET, "o-1"), (INSPECTOR, "i-1"), (ITEM_TYPE, "t-1")):
        await settled.office.say(kind, key, 1)
    await settled.compare()
    assert await settled.refused() == {}
    venue = await MongoVenues(settled.mongo).find((await settled.link(VENUE, "v-1")).local_id)
    assert venue is not None
    assert (venue.name, venue.city_id, venue.district_id, venue.gates) == ("示例寺", "310000", "310101", ())
    outlet = await MongoOutlets(settled.mongo).find((await settled.link(OUTLET, "o-1")).local_id)
    assert outlet is not None
    assert (outlet.external_id, outlet.seen_by, outlet.version) == ("o-1", ("district:310101", "city:310000"), 1)
    item_type = await MongoTypes(settled.mongo).find((await settled.link(ITEM_TYPE, "t-1")).local_id)
    assert item_type is not None
    assert (item_type.owner.id, item_type.label.title) == ("310101", "示例物品")
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    assert (account.role, account.active, account.password_hash) == (Role.INSPECTOR, True, "")
    assert await settled.conflicts() == []
    events = await ensure_whole_log(settled.mongo)
    assert [one["recorded_by"] for one in events.values()] == ["service"]


async def test_comparing_again_changes_nothing(settled: Town) -> None:
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.compare()
    before = await settled.link(OUTLET, "o-1")
    await settled.compare()
    assert await settled.link(OUTLET, "o-1") == before
    assert len(await ensure_whole_log(settled.mongo)) == 1


async def test_a_field_of_the_main_system_that_was_changed_here_is_its_again(settled: Town) -> None:
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.compare()
    local_id = (await settled.link(OUTLET, "o-1")).local_id
    registry = registry_on(settled.mongo)
    await _change(settled, local_id, address="改过的地址", position=GeoPoint(lng=121.4, lat=31.227))
    await settled.office.say(OUTLET, "o-1", 2, name="新名称")
    await settled.compare()
    outlet = await registry.store.find(local_id)
    assert outlet is not None
    assert (outlet.name, outlet.address, outlet.position.lng) == ("新名称", SOUND[OUTLET]["address"], 121.4)
    found = {one.cause: one for one in await settled.conflicts()}
    assert set(found) == {Cause.CHANGED_HERE, Cause.OURS_DIFFERS}
    changed = found[Cause.CHANGED_HERE]
    assert [(one.name, one.here) for one in changed.fields] == [("address", '"改过的地址"')]
    assert (changed.winner, changed.here_version, changed.there_version) == (FieldOwner.MAIN, 2, 2)
    assert [one.name for one in found[Cause.OURS_DIFFERS].fields] == ["position"]
    assert found[Cause.OURS_DIFFERS].winner is FieldOwner.HERE


async def test_what_is_ours_and_differs_is_written_down_once(settled: Town) -> None:
    await settled.office.say(VENUE, "v-1", 2, max_party_size=9)
    await settled.compare()
    await settled.office.say(VENUE, "v-1", 3, max_party_size=9, address="另一地址")
    await settled.compare()
    venue = await MongoVenues(settled.mongo).find((await settled.link(VENUE, "v-1")).local_id)
    assert venue is not None
    assert (venue.max_party_size, venue.address) == (5, "另一地址")
    assert [one.cause for one in await settled.conflicts()] == [Cause.OURS_DIFFERS]


async def test_the_night_restores_what_the_main_system_owns(settled: Town) -> None:
    store = MongoVenues(settled.mongo)
    (venue,) = await store.all_venues()
    await store.put([], [replace(venue, name="改名", about="简介")])
    await settled.compare()
    (after,) = await store.all_venues()
    assert (after.name, after.about) == ("示例寺", "简介")
    assert [one.cause for one in await settled.conflicts()] == [Cause.CHANGED_HERE]


async def test_older_versions_are_passed_over(settled: Town) -> None:
    await settled.office.say(VENUE, "v-1", 5, name="第五版")
    await settled.compare()
    await settled.office.say(VENUE, "v-1", 4, name="第四版")
    await settled.compare()
    assert [one.name for one in await MongoVenues(settled.mongo).all_venues()] == ["第五版"]
    assert await settled.conflicts() == []


async def test_one_version_with_two_contents_is_a_conflict(settled: Town) -> None:
    await settled.office.say(VENUE, "v-1", 1, name="另一内容")
    await settled.compare()
    await settled.compare()
    assert [one.name for one in await MongoVenues(settled.mongo).all_venues()] == ["示例寺"]
    assert [(one.cause, one.winner) for one in await settled.conflicts()] == [(Cause.SAME_VERSION, FieldOwner.HERE)]


async def test_what_was_here_before_is_met_and_not_doubled(settled: Town) -> None:
    registry = registry_on(settled.mongo)
    known = await registry.add(external_id="o-1", name="旧名")
    licensed = await registry.add(licence=make_licence("示例-0002"))
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.office.say(OUTLET, "o-2", 1, licence={**SOUND[OUTLET]["licence"], "number": "示例-0002"})
    await settled.compare()
    assert (await settled.link(OUTLET, "o-1")).local_id == known.id
    assert (await settled.link(OUTLET, "o-2")).local_id == licensed.id
    assert {one.cause for one in await settled.conflicts()} == {Cause.DIFFERED_AT_FIRST}
    met = await registry.store.find(known.id)
    assert met is not None
    assert met.name == SOUND[OUTLET]["name"]


async def test_outlets_may_share_an_organisation_but_not_a_licence(settled: Town) -> None:
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.office.say(OUTLET, "o-2", 1, licence=None)
    await settled.office.say(OUTLET, "o-3", 1)
    await settled.compare()
    assert (await settled.link(OUTLET, "o-2")).version == 1
    refused = await settled.refused()
    assert [(one.key, one.flaws[0].rule) for one in refused.values()] == [("o-3", "linked_to_another")]
    await settled.office.say(OUTLET, "o-3", 2, licence=None)
    await settled.compare()
    assert await settled.refused() == {}


async def test_an_outlet_that_was_merged_here_is_held(settled: Town) -> None:
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.compare()
    registry = registry_on(settled.mongo)
    other = await registry.add()
    local_id = (await settled.link(OUTLET, "o-1")).local_id
    await registry.ending.merge(ADMIN, local_id, other.id, None)
    await settled.office.say(OUTLET, "o-1", 2, name="新名称")
    await settled.compare()
    merged = await registry.store.find(local_id)
    assert merged is not None
    assert (merged.name, merged.state) == (SOUND[OUTLET]["name"], SiteState.MERGED)
    assert [(one.cause, one.winner) for one in await settled.conflicts()] == [(Cause.MERGED_HERE, FieldOwner.HERE)]


async def test_a_closed_outlet_stays_closed(settled: Town) -> None:
    await settled.office.say(OUTLET, "o-1", 1)
    await settled.compare()
    registry, local_id = registry_on(settled.mongo), (await settled.link(OUTLET, "o-1")).local_id
    await registry.ending.close(ADMIN, local_id, CloseReason.CEASED, None)
    await settled.office.say(OUTLET, "o-1", 2, name="新名称")
    await settled.compare()
    outlet = await registry.store.find(local_id)
    assert outlet is not None
    assert (outlet.name, outlet.state) == ("新名称", SiteState.CLOSED)


@pytest.mark.parametrize("how", ["said", "removed"])
async def test_what_is_gone_there_stays_here_but_for_inspectors(settled: Town, how: str) -> None:
    for kind, key in ((OUTLET, "o-1"), (INSPECTOR, "i-1"), (INSPECTOR, "i-2"), (ITEM_TYPE, "t-1"), (ITEM_TYPE, "t-2")):
        await settled.office.say(kind, key, 1, **({"username": key} if kind is INSPECTOR else {}))
    await settled.office.say(OUTLET, "o-2", 1, licence=None)
    await settled.office.say(VENUE, "v-2", 1, name="另一寺")
    await settled.office.say(DIVISION, "d-2", 1, code="310104", name="徐汇区")
    await settled.compare()
    for kind, key in ((OUTLET, "o-1"), (INSPECTOR, "i-1"), (ITEM_TYPE, "t-1"), (VENUE, "v-1"), (DIVISION, "d-2")):
        if how == "said":
            await settled.office.put(kind, key, version=2, deleted=True)
        else:
            await settled.office.remove(kind, key)
    await settled.compare()
    await settled.compare()
    found = {one.kind: one for one in await settled.conflicts()}
    assert {one.cause for one in found.values()} == {Cause.GONE_THERE}
    assert {kind for kind, one in found.items() if one.winner is FieldOwner.MAIN} == {INSPECTOR}
    assert len(found) == len(await settled.conflicts()) == 5
    assert len(await MongoVenues(settled.mongo).all_venues()) == 2
    account = await MongoStaff(settled.mongo).find_by_username("i-1")
    assert account is not None
    assert not account.active


async def test_an_inspector_comes_back(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1)
    await settled.compare()
    await settled.office.put(INSPECTOR, "i-1", version=2, deleted=True)
    await settled.compare()
    await settled.office.say(INSPECTOR, "i-1", 3)
    await settled.compare()
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    assert account.active
    assert [one.cause for one in await settled.conflicts()] == [Cause.GONE_THERE]


async def test_a_deactivated_inspector_loses_all_sessions(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1)
    await settled.compare()
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    await MongoSessions(settled.mongo).add(_session(account.id))
    await settled.office.say(INSPECTOR, "i-1", 2, active=False)
    await settled.compare()
    assert settled.flags.ended == ["ses_1"]
    assert not await MongoSessions(settled.mongo).find_living(["ses_1"])


async def test_an_empty_collection_ends_nobody(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1)
    await settled.compare()
    await settled.office.empty()
    await settled.compare()
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    assert account.active
    assert await settled.conflicts() == []


async def test_no_name_of_staff_is_taken_over(settled: Town) -> None:
    await settled.office.say(INSPECTOR, "i-1", 1)
    await settled.compare()
    account = await MongoStaff(settled.mongo).find_by_username("jcy-001")
    assert account is not None
    admin = replace(account, id="stf_admin", username="admin", role=Role.CITY_ADMIN)
    assert await MongoStaff(settled.mongo).add(admin)
    await settled.office.say(INSPECTOR, "i-2", 1, username="admin")
    await settled.office.say(INSPECTOR, "i-1", 2, username="other")
    await settled.compare()
    rules = {one.key: one.flaws[0].rule for one in (await settled.refused()).values()}
    assert rules == {"i-2": "username_taken", "i-1": "username_changed"}
    assert await MongoStaff(settled.mongo).find("stf_admin") == admin


def _session(account_id: str) -> Session:
    return Session(
        id="ses_1",
        actor_id=account_id,
        role=Role.INSPECTOR,
        generation=1,
        started_at=NOW,
        expires_at=NOW + timedelta(days=3650),
        ended_at=None,
    )


async def _change(town: Town, outlet_id: str, **changes: Any) -> None:
    command = ChangeOutlet(actor=ADMIN, outlet_id=outlet_id, version=None, changes=changes, contacts=None)
    await registry_on(town.mongo).register.change(command)
