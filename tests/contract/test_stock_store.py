"""Counts in the real database: the first scan of an item is one, sign-offs may be repeated, large ones too."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Collection, Mapping

import pytest

from services.common.mongo import Mongo, Session
from services.items.mongo.records import ITEM_EVENTS, ITEMS
from services.items.places import Place, place_uri
from services.items.stock.documents import changing, scan_document, sighting_document
from services.items.stock.model import Listing, Sighting, StockTake, StockTakeState, Verdict
from services.items.stock.mongo import STOCK_EXPECTED, STOCK_SCANS, STOCK_SIGHTINGS, STOCK_TAKES, MongoStockTakes
from services.items.stock.rules import Growth
from tests.contract.documents import Documents
from tests.registry import ensure_whole
from tests.stock import ADMIN, Counters, counters_on, make_scan, open_venue, put


class Together(MongoStockTakes):
    """Lets nobody write before everybody has looked once."""

    def __init__(self, mongo: Mongo, barrier: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._barrier: asyncio.Barrier | None = barrier

    async def sightings(self, take_id: str, item_ids: Collection[str]) -> Mapping[str, Sighting]:
        found = await super().sightings(take_id, item_ids)
        barrier, self._barrier = self._barrier, None
        if barrier is not None:
            await barrier.wait()
        return found


class Unversioned(Together):
    """Keeps a count whatever its version is."""

    async def _replace(self, take: StockTake, session: Session | None) -> None:
        await self._takes.update_one({"_id": take.id}, {"$set": changing(take)}, session=session)


class Trusting(Unversioned):
    """Has no key that makes an item's first scan the only one, either."""

    async def claim(self, growth: Growth) -> bool:
        await self._replace(growth.take, None)
        for record in growth.records:
            await self._scans.insert_one(scan_document(growth.take.id, record))
        for sighting in growth.sightings:
            await self._sightings.insert_one(sighting_document(growth.take.id, sighting) | {"_id": secrets.token_hex()})
        return True


async def race(mongo: Mongo, kind: type[Together]) -> tuple[Counters, StockTake, list[Verdict]]:
    """Let two phones, at two processes, scan the same item at the same moment."""
    place = await open_venue(mongo)
    (epc,) = await put(mongo, place, 1)
    barrier = asyncio.Barrier(2)
    phones = [counters_on(mongo, kind(mongo, barrier)) for _ in range(2)]
    take = await phones[0].open(place)
    answers = await asyncio.gather(*(phone.scan(take, [epc]) for phone in phones))
    return phones[0], take, sorted(answer.record.verdict for answers_of in answers for answer in answers_of)


async def test_without_its_guards_an_item_is_found_by_both_phones(mongo: Mongo) -> None:
    _, _, verdicts = await race(mongo, Trusting)
    assert verdicts == [Verdict.FOUND, Verdict.FOUND], "the race that the guards are for did not happen"


@pytest.mark.parametrize("kind", [Unversioned, Together])
async def test_the_first_scan_of_an_item_is_one(mongo: Mongo, kind: type[Together]) -> None:
    """By the key of the sighting alone, and with the count's version as well."""
    counters, take, verdicts = await race(mongo, kind)
    assert verdicts == [Verdict.FOUND, Verdict.FOUND_TWICE]
    if kind is Together:
        after = await counters.takes.get(ADMIN, take.id)
        assert after.counts == {Verdict.FOUND: 1, Verdict.FOUND_TWICE: 1}
        assert after.missing == 0


async def test_a_scan_is_kept_once_however_many_send_it(mongo: Mongo, documents: Documents) -> None:
    place = await open_venue(mongo)
    epcs = await put(mongo, place, 3)
    phones = [counters_on(mongo) for _ in range(3)]
    take = await phones[0].open(place)
    scans = [make_scan(epc) for epc in [*epcs, *epcs]]
    answers = await asyncio.gather(*(phone.scanning.scan(ADMIN, take.id, scans) for phone in phones * 4))
    assert len({tuple(one.record.verdict for one in some) for some in answers}) == 1
    assert len(await documents.find(STOCK_SIGHTINGS.name, item_id={"$in": epcs})) == 3
    kept = await phones[0].takes.get(ADMIN, take.id)
    assert kept.counts == {Verdict.FOUND: 3, Verdict.FOUND_TWICE: 3}
    listed = await phones[0].store.listed(take.id, Verdict.FOUND_TWICE, 0, 10)
    assert [one.position for one in listed] == [0, 1, 2]
    assert sorted(one.upload.scan.scan_id for one in listed) == sorted(scan.scan_id for scan in scans[3:])


async def test_what_was_decided_on_an_older_count_leaves_no_trace(mongo: Mongo, documents: Documents) -> None:
    kept: list[Growth] = []

    class Watching(MongoStockTakes):
        async def claim(self, growth: Growth) -> bool:
            kept.append(growth)
            return await super().claim(growth)

    place = await open_venue(mongo)
    first, second = await put(mongo, place, 2)
    counters = counters_on(mongo, Watching(mongo))
    take = await counters.open(place)
    await counters.scan(take, [first])
    await counters.scan(take, [second])

    async def state() -> list[object]:
        return [await documents.find(plan.name) for plan in (STOCK_TAKES, STOCK_SCANS, STOCK_SIGHTINGS)]

    before = await state()
    assert not await counters.store.claim(kept[0])
    assert not await counters.store.replace(kept[0].take)
    assert await state() == before


async def count_with_differences(
    mongo: Mongo, counters: Counters, quantity: int
) -> tuple[Place, StockTake, list[str], list[str]]:
    """Return a count in which every fourth item is missing, and as many strays were found: the missing, the strays."""
    place, other = await open_venue(mongo), await open_venue(mongo)
    epcs = await put(mongo, place, quantity)
    strays = await put(mongo, other, quantity // 4)
    take = await counters.open(place)
    seen = [epc for at, epc in enumerate(epcs) if at % 4]
    for start in range(0, len(seen), 500):
        await counters.scan(take, seen[start : start + 500])
    await counters.scan(take, strays)
    return place, take, epcs[::4], strays


async def test_a_count_of_1200_items_is_signed_off_in_events_of_200(mongo: Mongo, documents: Documents) -> None:
    counters = counters_on(mongo)
    place, take, lost, strays = await count_with_differences(mongo, counters, 1200)
    parts = await documents.find(STOCK_EXPECTED.name, _id={"$in": [f"{take.id}:{number}" for number in range(9)]})
    assert sorted(len(part["ids"]) for part in parts) == [200] * 6
    signed = await counters.sign_off(take)
    while signed.state is StockTakeState.SIGNING_OFF:
        signed = await counters.sign_off(take)
    assert (signed.missing, signed.marked_missing, signed.counts) == (
        300, 300, {Verdict.FOUND: 900, Verdict.MISPLACED: 300}
    )  # fmt: skip
    events = await told_of(documents, take)
    assert events == (
        {f"found:{part}": 150 for part in range(6)}
        | {f"missing:{part}": 50 for part in range(6)}
        | {"misplaced:0": 200, "misplaced:1": 100}
    )
    items = {item["_id"]: item for item in await documents.find(ITEMS.name)}
    assert {items[epc]["disposition"] for epc in lost} == {"unknown"}
    assert {items[epc]["place"] for epc in strays} == {place_uri(place)}
    await ensure_whole(mongo)


async def told_of(documents: Documents, take: StockTake) -> Mapping[str, int]:
    prefix = f"urn:chengma:event:{take.id}:"
    events = await documents.find(ITEM_EVENTS.name)
    return Counter({one["_id"].removeprefix(prefix): len(one["items"]) for one in events if prefix in one["_id"]})


class Killed(Exception):
    """What a process does not survive."""


class Mortal(MongoStockTakes):
    """Dies before it keeps the n-th change of a count."""

    def __init__(self, mongo: Mongo, changes: int) -> None:
        super().__init__(mongo)
        self._left = changes

    async def replace(self, take: StockTake) -> bool:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return await super().replace(take)


@pytest.mark.parametrize("changes", [0, 1, 2])
async def test_a_killed_sign_off_is_healed_by_repeating_it(mongo: Mongo, documents: Documents, changes: int) -> None:
    """Killed before it began, with a part told and not noted, and with the strays told and not frozen."""
    healthy = counters_on(mongo)
    place, take, lost, strays = await count_with_differences(mongo, healthy, 8)
    with pytest.raises(Killed):
        await counters_on(mongo, Mortal(mongo, changes)).sign_off(take)
    half = await healthy.takes.get(ADMIN, take.id)
    assert (half.state, half.told) == (
        [StockTakeState.OPEN, StockTakeState.SIGNING_OFF, StockTakeState.SIGNING_OFF][changes], max(0, changes - 1)
    )  # fmt: skip
    twins = await asyncio.gather(*(counters_on(mongo).sign_off(take) for _ in range(3)))
    assert {one.state for one in twins} == {StockTakeState.SIGNED_OFF}
    assert {(one.told, one.marked_missing) for one in twins} == {(2, 2)}
    assert await told_of(documents, take) == {"found:0": 6, "missing:0": 2, "misplaced:0": 2}
    items = {item["_id"]: item for item in await documents.find(ITEMS.name, _id={"$in": [*lost, *strays]})}
    # Begun, and then told of once by this count.
    assert {item["version"] for item in items.values()} == {2}
    assert {items[epc]["place"] for epc in strays} == {place_uri(place)}


async def test_what_moved_since_it_was_counted_is_left_alone(mongo: Mongo, documents: Documents) -> None:
    counters = counters_on(mongo)
    _, take, lost, strays = await count_with_differences(mongo, counters, 8)
    items = mongo.collection(ITEMS)
    for epc in (lost[0], strays[0]):
        await items.update_one({"_id": epc}, {"$set": {"place": "urn:example:workshop"}})
    signed = await counters.sign_off(take)
    assert (signed.missing, signed.marked_missing) == (2, 1)
    assert await told_of(documents, take) == {"found:0": 6, "missing:0": 1, "misplaced:0": 1}


async def test_results_are_paged_through_all_parts(mongo: Mongo) -> None:
    counters = counters_on(mongo)
    place = await open_venue(mongo)
    epcs = await put(mongo, place, 1100)
    take = await counters.open(place)
    await counters.scan(take, epcs[::2])
    found, after = [], None
    while True:
        page = await counters.results.page(ADMIN, take.id, Listing.MISSING, 200, after)
        found += [one.item.id for one in page.items if one.item]
        if (after := page.next) is None:
            break
    assert found == epcs[1::2]
