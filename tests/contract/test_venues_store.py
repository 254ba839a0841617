"""Venues and districts in the real database."""

from dataclasses import replace

import pytest

from services.common.mongo import Mongo
from services.identity.model import Owner
from services.venues.model import Gate, GateUse, OpeningHours
from services.venues.mongo import DISTRICTS, VENUES, MongoVenues
from tests.factories import make_district, make_venue, new_id


@pytest.fixture
async def venues(mongo: Mongo) -> MongoVenues:
    for plan in (VENUES, DISTRICTS):
        await mongo.collection(plan).delete_many({})
    return MongoVenues(mongo)


async def test_there_are_none_at_first(venues: MongoVenues) -> None:
    assert await venues.all_venues() == []
    assert await venues.all_districts() == []


async def test_all_come_back_as_they_were_put(venues: MongoVenues) -> None:
    gates = (
        Gate(id=new_id("gat"), name="东门", name_en="East gate", use=GateUse.ENTRANCE),
        Gate(id=new_id("gat"), name="出口", name_en="Way out", use=GateUse.EXIT),
    )
    hours = (
        OpeningHours(days=(1, 2), opens="08:30", closes="24:00"),
        OpeningHours(days=(7,), opens="00:00", closes="06:00"),
    )
    rich = make_venue(gates=gates, usual_hours=hours, organisation_id="org_example", about="简介", about_en="About")
    plain = make_venue(gates=(), usual_hours=())
    districts = [make_district(), make_district(id="310104", name="徐汇区", name_en="Xuhui", pinyin="xu hui qu")]
    await venues.put(districts, [rich, plain])
    assert sorted(await venues.all_venues(), key=lambda venue: venue.id) == sorted([rich, plain], key=lambda v: v.id)
    assert sorted(await venues.all_districts(), key=lambda district: district.id) == districts
    assert rich.owner == Owner(city_id="310000", district_id="310101", organisation_id="org_example", venue_id=rich.id)


async def test_putting_again_replaces(venues: MongoVenues) -> None:
    venue, district = make_venue(), make_district()
    await venues.put([district], [venue])
    moved = replace(venue, address="示例路2号", gates=())
    renamed = replace(district, name_en="Huangpu District")
    await venues.put([renamed], [moved])
    assert (await venues.all_venues(), await venues.all_districts()) == ([moved], [renamed])


async def test_either_can_be_put_without_the_other(venues: MongoVenues) -> None:
    venue, district = make_venue(), make_district()
    await venues.put([], [venue])
    await venues.put([district], [])
    assert (await venues.all_venues(), await venues.all_districts()) == ([venue], [district])
