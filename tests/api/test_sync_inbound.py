"""What came from the main system and did not fit: who sees it, page by page, and who said that it was seen."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.common.pages import make_cursor
from services.sync.inbound.conflicts import CONFLICTS as CURSOR_OF_CONFLICTS
from services.sync.inbound.model import Conflict, RefusedReference
from services.sync.inbound.mongo.here import CONFLICTS, REFUSED, MongoConflicts, MongoRefused
from tests.api.house import Caller, House, accepted, instant, refused
from tests.api.inbound import conflict, refusal

PATH = "/admin/sync/conflicts"
REFUSED_PATH = "/admin/sync/refused"
NOBODYS = "cfl_01JD0000000000000000000000"
# Minutes, hours and months ago, and two in the same instant.
AGES = (0, 1, 1, 30, 60 * 5, 60 * 24 * 90)


@pytest.fixture
async def conflicts(house: House) -> AsyncIterator[list[Conflict]]:
    """Conflicts, newest first."""
    await house.stores.mongo.collection(CONFLICTS).delete_many({})
    store = MongoConflicts(house.stores.mongo)
    noted = [conflict(timedelta(minutes=age)) for age in AGES]
    for one in noted:
        assert await store.note(one)
    yield sorted(noted, key=lambda one: (one.seen_at, one.id), reverse=True)
    await house.stores.mongo.collection(CONFLICTS).delete_many({})


@pytest.fixture
async def kept(house: House) -> AsyncIterator[list[RefusedReference]]:
    """Refused documents, newest first."""
    await house.stores.mongo.collection(REFUSED).delete_many({})
    store = MongoRefused(house.stores.mongo)
    made = [refusal(number, timedelta(minutes=age)) for number, age in enumerate(AGES)]
    for one in made:
        await store.put(one)
    yield sorted(made, key=lambda one: (one.first_seen_at, one.id), reverse=True)
    await house.stores.mongo.collection(REFUSED).delete_many({})


async def pages(caller: Caller, path: str, **asked: str) -> list[list[dict[str, Any]]]:
    """Return all pages of a list."""
    found: list[list[dict[str, Any]]] = []
    more: dict[str, str] | None = {}
    while more is not None:
        page = accepted(await caller.get(path, params={"limit": "2", **asked, **more}))
        found.append(page["items"])
        more = None if page["next"] is None else {"after": page["next"]}
    return found


@pytest.mark.parametrize("who", ["admin", "auditor"])
async def test_conflicts_come_newest_first_page_by_page(house: House, conflicts: list[Conflict], who: str) -> None:
    found = await pages(await house.staff(who), PATH)
    assert [len(page) for page in found] == [2, 2, 2]
    assert [one["id"] for page in found for one in page] == [one.id for one in conflicts]
    [[shown, _], *_] = found
    assert (shown["key"], shown["cause"], shown["winner"]) == ("outlet-204", "ours_differs", "here")
    assert shown["fields"] == [{"name": "position", "here": '{"lng": 121.4}', "there": None}]
    assert instant(shown["seen_at"]) == conflicts[0].seen_at
    assert (shown["acknowledged_at"], shown["acknowledged_by"]) == (None, None)


async def test_whoever_acknowledges_first_is_written_down(house: House, conflicts: list[Conflict]) -> None:
    admin, auditor = await house.staff("admin"), await house.staff("auditor")
    path = f"{PATH}/{conflicts[1].id}/acknowledge"
    first = accepted(await auditor.post(path))
    assert first["id"] == conflicts[1].id
    assert first["acknowledged_by"] == accepted(await auditor.get("/me"))["id"]
    assert accepted(await admin.post(path)) == first
    [shown] = [one for page in await pages(admin, PATH) for one in page if one["id"] == conflicts[1].id]
    assert shown == first

    [[seen]] = await pages(admin, PATH, state="acknowledged")
    assert seen == first
    left = [one["id"] for page in await pages(admin, PATH, state="open") for one in page]
    assert left == [one.id for one in conflicts if one.id != conflicts[1].id]


async def test_an_unknown_conflict_is_not_acknowledged(house: House) -> None:
    admin = await house.staff("admin")
    for unknown in (NOBODYS, "x", "%00", "城"):
        refused(await admin.post(f"{PATH}/{unknown}/acknowledge"), 404, "sync_conflict_not_found")
    assert await house.count(CONFLICTS.name, _id={"$in": [NOBODYS, "x"]}) == 0


@pytest.mark.parametrize("who", ["admin", "auditor"])
async def test_refused_documents_come_newest_first_without_values(
    house: House, kept: list[RefusedReference], who: str
) -> None:
    found = await pages(await house.staff(who), REFUSED_PATH)
    assert [one["key"] for page in found for one in page] == [one.key for one in kept]
    [[shown, _], *_] = found
    assert shown.keys() == {"kind", "key", "version", "flaws", "first_seen_at", "seen_at"}
    assert (shown["version"], shown["flaws"]) == (None, [{"path": "data.uscc", "rule": "uscc_invalid"}])


async def test_a_cursor_of_another_age_is_the_end_of_the_list(house: House, conflicts: list[Conflict]) -> None:
    admin = await house.staff("admin")
    for millisecond, ids in ((-(10**250), []), (10**250, [one.id for one in conflicts])):
        after = make_cursor(CURSOR_OF_CONFLICTS, millisecond, "cfl_~")
        assert [one["id"] for one in accepted(await admin.get(PATH, params={"after": after}))["items"]] == ids
        refused(await admin.get(REFUSED_PATH, params={"after": after}), 422, "cursor_invalid")


@pytest.mark.parametrize("who", ["district", "manager", "inspector", "gate"])
async def test_nobody_else_looks_or_acknowledges(house: House, conflicts: list[Conflict], who: str) -> None:
    caller = await house.staff(who)
    for path in (PATH, REFUSED_PATH):
        refused(await caller.get(path), 403, "role_forbidden")
    refused(await caller.post(f"{PATH}/{conflicts[0].id}/acknowledge"), 403, "role_forbidden")
    refused(await house.nobody.get(PATH), 401, "token_missing")
    kept = await MongoConflicts(house.stores.mongo).find(conflicts[0].id)
    assert kept is not None
    assert kept.acknowledged_by is None
