"""Outlets in the real database: keys that one outlet has, merges without circles, places, expiring licences."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.demo.city import load_demo_city
from server.demo.outlets import seed_demo_outlets
from services.common.clock import city_day
from services.common.mongo import Mongo
from services.patrols.model import Draft, PatrolEventKind
from services.patrols.outlets import errors
from services.patrols.outlets.model import CloseReason, Contact, Nearness, Outlet, OutletKey, OutletKind, OutletSearch
from services.patrols.outlets.mongo import OUTLET_KEYS, OUTLETS, MongoOutlets
from services.patrols.outlets.registering import ChangeOutlet
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind, SiteState
from services.venues.errors import OwnerUnknown
from services.venues.model import GeoPoint
from services.venues.mongo import MongoVenues
from tests.contract.documents import Documents
from tests.factories import NOW, make_district, new_id
from tests.outlets import ADMIN, DISTRICT_ADMIN, PlainCipher, Registry, make_licence, registry_on
from tests.patrols import ensure_whole_log
from tests.registry import open_city

EVERYTHING = OutletSearch(text=None, district_id=None, kind=None, state=None)
SOMEBODY = Contact(name="示例联系人", phone="13800000000")


@pytest.fixture
async def registry(mongo: Mongo) -> Registry:
    await open_city(mongo)
    return registry_on(mongo)


def number() -> str:
    return f"示例-{new_id('x')}"


async def change(registry: Registry, outlet: Outlet, **changes: object) -> Outlet:
    command = ChangeOutlet(actor=ADMIN, outlet_id=outlet.id, version=outlet.version, changes=changes, contacts=None)
    return await registry.register.change(command)


async def test_an_outlet_is_a_site_and_its_contacts_are_nowhere_in_the_clear(
    registry: Registry, documents: Documents
) -> None:
    outlet = await registry.add(contacts=[SOMEBODY], licence=make_licence(number()))
    assert await registry.store.find(outlet.id) == outlet
    site = (await registry.store.sites([outlet.id, "otl_x"]))[outlet.id]
    assert (site.kind, site.state, site.seen_by) == (
        SiteKind.OUTLET, SiteState.ACTIVE, ("district:310101", "city:310000")
    )  # fmt: skip
    assert await registry.reading.contacts(DISTRICT_ADMIN, outlet.id) == [SOMEBODY]
    for collection in (OUTLETS.name, OUTLET_KEYS.name, "patrol_events", "outbox"):
        kept = repr(await documents.find(collection))
        assert SOMEBODY.phone not in kept
        assert SOMEBODY.name not in kept


class Together(MongoOutlets):
    """Lets nobody write before everybody has looked for keys once."""

    def __init__(self, mongo: Mongo, barrier: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._barrier: asyncio.Barrier | None = barrier

    async def keys(self, ids: Collection[str]) -> Mapping[str, OutletKey]:
        found = await super().keys(ids)
        barrier, self._barrier = self._barrier, None
        if barrier is not None:
            await barrier.wait()
        return found


class Keyless(Recording):
    """Writes outlets without their keys."""

    async def settle(self, decide: Callable[[], Awaitable[Draft[Any]]], **more: Any) -> Any:
        async def keyless() -> Draft[Any]:
            draft = await decide()
            return replace(draft, records=tuple(one for one in draft.records if not isinstance(one, OutletKey)))

        return await super().settle(keyless, **more)


async def race(mongo: Mongo, licence: str, kind: type[Recording]) -> list[str]:
    """Return what became of two registrations of one licence, in the same moment, at two processes."""
    await open_city(mongo)
    barrier = asyncio.Barrier(2)
    clerks = [registry_on(mongo, Together(mongo, barrier), kind) for _ in range(2)]
    registering = (clerk.add(licence=make_licence(licence)) for clerk in clerks)
    answers = await asyncio.gather(*registering, return_exceptions=True)
    return sorted(type(one).__name__ for one in answers)


async def test_without_keys_two_outlets_come_by_one_licence(mongo: Mongo) -> None:
    answers = await race(mongo, number(), Keyless)
    assert answers == ["Outlet", "Outlet"], "the race that the keys are for did not happen"


async def test_one_of_two_that_register_a_licence_at_once_is_refused(mongo: Mongo, documents: Documents) -> None:
    licence = number()
    assert await race(mongo, licence, Recording) == ["Outlet", "OutletKeyTaken"]
    assert len(await documents.find(OUTLETS.name, **{"licence.number": licence})) == 1
    await ensure_whole_log(mongo)


async def test_a_key_that_was_given_up_is_free_again(registry: Registry) -> None:
    first, second = number(), number()
    outlet = await registry.add(licence=make_licence(first), external_id=first)
    with pytest.raises(errors.OutletKeyTaken):
        await registry.add(licence=make_licence(first))
    with pytest.raises(errors.OutletKeyTaken):
        await registry.add(external_id=first)
    changed = await change(registry, outlet, licence=make_licence(second))
    other = await registry.add(licence=make_licence(first))
    with pytest.raises(errors.OutletKeyTaken):
        await change(registry, changed, licence=make_licence(first))
    await change(registry, other, licence=None)
    assert (await change(registry, changed, licence=make_licence(first))).version == 3


async def test_a_change_names_what_differs_and_a_stale_one_is_refused(registry: Registry, mongo: Mongo) -> None:
    outlet = await registry.add()
    changed = await change(registry, outlet, name="示例清真面馆", kind=OutletKind.RESTAURANT)
    assert (changed.name, changed.version) == ("示例清真面馆", 2)
    with pytest.raises(errors.OutletChanged):
        await change(registry, outlet, name="示例清真食堂")
    assert await change(registry, changed, name="示例清真面馆") == changed
    page = await registry.reading.history(ADMIN, outlet.id, 10, None)
    assert [one.event.kind for one in page.items] == [
        PatrolEventKind.OUTLET_REGISTERED, PatrolEventKind.OUTLET_CHANGED
    ]  # fmt: skip
    assert page.items[1].event.data["fields"] == ["name"]
    rest = await registry.reading.history(ADMIN, outlet.id, 1, None)
    assert rest.next is not None
    assert (await registry.reading.history(ADMIN, outlet.id, 1, rest.next)).items == page.items[1:]
    await ensure_whole_log(mongo)


async def test_moving_to_another_district_changes_who_sees_it(registry: Registry) -> None:
    outlet = await registry.add(DISTRICT_ADMIN)
    with pytest.raises(OwnerUnknown):
        await registry.register.change(
            ChangeOutlet(
                actor=DISTRICT_ADMIN, outlet_id=outlet.id, version=1, changes={"district_id": "310115"}, contacts=None
            )
        )
    moved = await change(registry, outlet, district_id="310115")
    assert moved.seen_by == ("district:310115", "city:310000")
    with pytest.raises(errors.OutletUnknown):
        await registry.reading.get(DISTRICT_ADMIN, outlet.id)


async def test_a_merged_outlet_points_to_the_other_and_there_are_no_circles(registry: Registry) -> None:
    one, two, three = [await registry.add() for _ in range(3)]
    merged = await registry.ending.merge(ADMIN, one.id, two.id, 1)
    assert (merged.state, merged.merged_into) == (SiteState.MERGED, two.id)
    assert await registry.ending.merge(ADMIN, one.id, two.id, 1) == merged
    for wrong, into, refusal in (
        (three, three, errors.MergeRefused),
        (two, one, errors.OutletNotActive),
        (two, three, errors.MergeRefused),
        (three, one, errors.OutletNotActive),
        (one, three, errors.OutletNotActive),
    ):
        with pytest.raises(refusal):
            await registry.ending.merge(ADMIN, wrong.id, into.id, None)
    with pytest.raises(errors.MergeRefused):
        await registry.ending.reopen(ADMIN, one.id, None)
    await registry.ending.close(ADMIN, three.id, CloseReason.CEASED, 1)
    with pytest.raises(errors.OutletNotActive):
        await registry.ending.merge(ADMIN, (await registry.add()).id, three.id, None)
    assert (await registry.reading.get(ADMIN, two.id)).absorbed == (one.id,)
    assert len((await registry.reading.history(ADMIN, one.id, 10, None)).items) == 2


async def test_two_merges_in_opposite_directions_leave_one_outlet(mongo: Mongo, registry: Registry) -> None:
    one, two = await registry.add(), await registry.add()
    clerks = [registry_on(mongo) for _ in range(2)]
    answers = await asyncio.gather(
        clerks[0].ending.merge(ADMIN, one.id, two.id, None),
        clerks[1].ending.merge(ADMIN, two.id, one.id, None),
        return_exceptions=True,
    )
    assert sorted(isinstance(answer, Outlet) for answer in answers) == [False, True]
    states = [(await registry.reading.get(ADMIN, each.id)).state for each in (one, two)]
    assert sorted(states) == [SiteState.ACTIVE, SiteState.MERGED]


async def test_closing_and_opening_again(registry: Registry) -> None:
    outlet = await registry.add()
    with pytest.raises(errors.OutletActive):
        await registry.ending.reopen(ADMIN, outlet.id, None)
    closed = await registry.ending.close(ADMIN, outlet.id, CloseReason.CEASED, 1)
    assert (closed.state, closed.close_reason) == (SiteState.CLOSED, CloseReason.CEASED)
    assert await registry.ending.close(ADMIN, outlet.id, CloseReason.CEASED, 1) == closed
    with pytest.raises(errors.OutletNotActive):
        await registry.ending.close(ADMIN, outlet.id, CloseReason.MOVED_AWAY, 2)
    with pytest.raises(errors.OutletChanged):
        await registry.ending.reopen(ADMIN, outlet.id, 1)
    opened = await registry.ending.reopen(ADMIN, outlet.id, 2)
    assert (opened.state, opened.close_reason) == (SiteState.ACTIVE, None)


async def test_lists_are_paged_and_narrowed(registry: Registry) -> None:
    word = number()
    outlets = [await registry.add(external_id=f"{word}.{at}") for at in range(5)]
    bakery = await registry.add(external_id=f"{word}*", kind=OutletKind.BAKERY)
    await registry.ending.close(ADMIN, outlets[0].id, CloseReason.CEASED, None)
    found, after = [], None
    while True:
        page = await registry.reading.search(ADMIN, replace(EVERYTHING, text=f"示例 {word.upper()}"), 2, after)
        found += [one.id for one in page.items]
        if (after := page.next) is None:
            break
    assert found == [one.id for one in (bakery, *reversed(outlets))]

    async def ids(**narrowed: object) -> list[str]:
        search = replace(EVERYTHING, **{"text": word, **narrowed})  # type: ignore[arg-type]
        return [one.id for one in (await registry.reading.search(DISTRICT_ADMIN, search, 50, None)).items]

    assert await ids(kind=OutletKind.BAKERY) == [bakery.id]
    assert await ids(state=SiteState.CLOSED) == [outlets[0].id]
    assert await ids(district_id="310115") == []
    assert await ids(text=f"{word}*") == [bakery.id], "an asterisk is a letter, not a pattern"
    sites = await registry.store.active_within("district:310101")
    assert {bakery.id, outlets[1].id} <= {one.id for one in sites}
    assert outlets[0].id not in {one.id for one in sites}


async def test_the_nearest_come_first_within_the_radius(registry: Registry) -> None:
    # Far from what other tests register.
    centre = GeoPoint(lng=100.0, lat=25.0)
    word = number()
    degrees = (0.0, 0.02, 0.001, 0.01)
    outlets = [
        await registry.add(external_id=f"{word}.{at}", position=GeoPoint(lng=100.0, lat=25.0 + north))
        for at, north in enumerate(degrees)
    ]
    near = Nearness(centre=centre, radius_m=1500)
    first = await registry.reading.near(DISTRICT_ADMIN, EVERYTHING, near, 2, None)
    assert [one.outlet.id for one in first.items] == [outlets[0].id, outlets[2].id]
    assert [round(one.distance_m) for one in first.items] == [0, pytest.approx(111, abs=1)]
    second = await registry.reading.near(DISTRICT_ADMIN, EVERYTHING, near, 2, first.next)
    assert ([one.outlet.id for one in second.items], second.next) == ([outlets[3].id], None)
    abroad = replace(DISTRICT_ADMIN, scopes=())
    assert not (await registry.reading.near(abroad, EVERYTHING, near, 9, None)).items


async def test_licences_that_end_soon_or_have_ended(registry: Registry) -> None:
    today = city_day(datetime.now(UTC))
    # In a district of its own.
    days = {20: True, -300: True, 60: True, 61: False, 0: True}
    outlets = {
        at: await registry.add(
            district_id="310115",
            licence=make_licence(number(), valid_from=date(2020, 1, 1), valid_to=today + timedelta(days=at)),
        )
        for at in days
    }
    closed = await registry.add(
        district_id="310115", licence=make_licence(number(), valid_from=date(2020, 1, 1), valid_to=today)
    )
    await registry.ending.close(ADMIN, closed.id, CloseReason.LICENCE_EXPIRED, None)
    found, after = [], None
    while True:
        page = await registry.reading.expiring(ADMIN, 60, 2, after)
        found += [one.id for one in page.items if one.district_id == "310115"]
        if (after := page.next) is None:
            break
    assert found == [outlets[at].id for at in sorted(days) if days[at]]
    assert not [one for one in (await registry.reading.expiring(DISTRICT_ADMIN, 60, 9, None)).items if one.id in found]


async def test_the_examples_are_registered_once_by_however_many(mongo: Mongo, documents: Documents) -> None:
    city = load_demo_city()
    await MongoVenues(mongo).put([make_district(id=one.id, city_id=city.id) for one in city.districts], [])
    await asyncio.gather(*(seed_demo_outlets(mongo, PlainCipher(), NOW) for _ in range(3)))
    await seed_demo_outlets(mongo, PlainCipher(), NOW + timedelta(days=3))
    for outlet in city.outlets:
        assert (await documents.get(OUTLETS.name, outlet.id))["version"] == 1
        assert len(await documents.find("patrol_events", named=outlet.id)) == 1
    registry = registry_on(mongo)
    soon = [one.licence for one in (await registry.reading.expiring(ADMIN, 60, 200, None)).items if one.example]
    assert [one.valid_to for one in soon if one] == [city_day(NOW) + timedelta(days=at) for at in (-12, 20)]
    await ensure_whole_log(mongo)
