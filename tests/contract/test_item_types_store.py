"""Item types in the real database: whole, found by who may use them, changed under the version that was read."""

import asyncio
from dataclasses import replace

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.mongo import Mongo
from services.identity.model import Scope, ScopeLevel
from services.items.model import RequiredInspection
from services.items.mongo.types import MongoTypes
from tests.factories import make_item_type, make_request, new_id


@pytest.fixture
def types(mongo: Mongo) -> MongoTypes:
    return MongoTypes(mongo)


async def test_a_type_comes_back_whole(types: MongoTypes) -> None:
    item_type = make_item_type(
        attributes_schema={"type": "object", "properties": {"a": {"maximum": 10**30, "default": {"$a.b": "\u0000"}}}},
        required_inspections=(RequiredInspection(name="防火检查", every_days=90),),
    )
    assert await types.add(item_type, None) == item_type
    assert await types.find(item_type.id) == item_type
    assert await types.find(new_id("ity")) is None


async def test_a_request_makes_one_type_and_keeps_its_first_answer(types: MongoTypes) -> None:
    request, wishes = make_request(), [make_item_type() for _ in range(6)]
    told = await asyncio.gather(*(types.add(one, request) for one in wishes))
    assert told == [told[0]] * 6
    assert [one.id for one in wishes if await types.find(one.id) is not None] == [told[0].id]
    assert await types.replace(replace(told[0], name="新名", version=2), 1)
    assert await types.add(make_item_type(), request) == told[0]
    with pytest.raises(IdempotencyKeyReused):
        await types.add(make_item_type(), replace(request, fingerprint="other"))


async def test_a_change_needs_the_version_that_was_read(types: MongoTypes) -> None:
    item_type = make_item_type()
    await types.add(item_type, None)
    changes = [replace(item_type, name=f"改{number}", version=2) for number in range(6)]
    told = await asyncio.gather(*(types.replace(one, 1) for one in changes))
    assert sum(told) == 1
    assert await types.find(item_type.id) == changes[told.index(True)]


async def test_types_are_found_by_scope_and_by_owner(types: MongoTypes) -> None:
    district = new_id("x")
    owner = Scope(level=ScopeLevel.DISTRICT, id=district)
    own = make_item_type(owner=owner, seen_by=(f"district:{district}", "city:1"))
    venues = make_item_type(
        owner=Scope(level=ScopeLevel.VENUE, id=district),
        seen_by=(f"venue:{district}", f"district:{district}", "city:1"),
    )
    for one in (own, venues):
        await types.add(one, None)

    async def found(scopes: list[str], owners: list[str]) -> set[str]:
        return {one.id for one in await types.within(scopes, owners)}

    assert await found([f"district:{district}"], []) == {own.id, venues.id}
    assert await found([], [f"district:{district}"]) == {own.id}
    assert await found([f"venue:{district}"], [f"district:{district}"]) == {own.id, venues.id}
    assert await found([], []) == set()


async def test_what_is_there_already_is_not_added_again(types: MongoTypes) -> None:
    item_type = make_item_type()
    await types.add_missing([item_type])
    await types.add_missing([replace(item_type, name="新名"), make_item_type()])
    assert await types.find(item_type.id) == item_type
