"""Reconciling two shelves: whatever differs is found and put right, and nothing else is touched."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sync.reconciling.model import Asker, Depth, Sort, Treatment
from services.sync.reconciling.rules import most_removed
from services.sync.shelves.documents import OnOurOwnShelf
from services.sync.shelves.model import Cell, Sum
from tests.reconciling import Pair, wish_for
from tests.shelves import KIND, LONG_AGO, MemoryShelf, PlainPacking, make_record

STRANGER = "somebody"
FEW_OF_EACH = st.integers(0, 4)
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def pair_of(count: int, *, packing: PlainPacking | None = None) -> Pair:
    shelves = (MemoryShelf(layout=OnOurOwnShelf()), MemoryShelf())
    return Pair(*shelves, [make_record(number, version=2) for number in range(count)], packing=packing)


async def settled(count: int, *, packing: PlainPacking | None = None) -> Pair:
    """Return two equal shelves whose deliveries are long past."""
    pair = pair_of(count, packing=packing)
    await pair.deliver(*pair.source.records.values())
    settle(pair)
    pair.ours.reads = pair.theirs.reads = 0  # type: ignore[misc]
    return pair


def settle(pair: Pair) -> None:
    for shelf in (pair.ours, pair.theirs):
        assert isinstance(shelf, MemoryShelf)
        shelf.settle()


def theirs(pair: Pair) -> dict[str, dict[str, object]]:
    assert isinstance(pair.theirs, MemoryShelf)
    return pair.theirs.documents[KIND]


def ours(pair: Pair) -> dict[str, dict[str, object]]:
    assert isinstance(pair.ours, MemoryShelf)
    return pair.ours.documents[KIND]


async def spoil(pair: Pair, sort: Sort, record_id: str) -> str:
    """Make one thing differ as `sort` says; return what the recipient calls it."""
    record = pair.source.records[record_id]
    its_id = pair.packing.id_of(KIND, record_id)
    if sort is Sort.MISSING:
        del theirs(pair)[its_id]
    elif sort is Sort.SURPLUS:
        del ours(pair)[its_id]
    elif sort is Sort.STALE:
        await _overwrite(pair, replace(record, version=1))
    elif sort is Sort.AHEAD:
        await _overwrite(pair, replace(record, version=7))
    else:
        await _overwrite(pair, replace(record, data={**record.data, "state": "altered"}))
    settle(pair)
    return its_id


async def _overwrite(pair: Pair, record: object) -> None:
    envelope = pair.packing.wrap(record)  # type: ignore[arg-type]
    del theirs(pair)[envelope.id]
    await pair.theirs.put([envelope])


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(30, 600),
    wanted=st.dictionaries(st.sampled_from(list(Sort)[:5]), FEW_OF_EACH),
    seed=st.randoms(use_true_random=False),
)
def test_exactly_what_differs_is_found_and_repaired(count: int, wanted: dict[Sort, int], seed: object) -> None:
    asyncio.run(_found_and_repaired(count, wanted, seed))


async def _found_and_repaired(count: int, wanted: dict[Sort, int], seed: object) -> None:
    pair = await settled(count)
    sorts = [sort for sort, times in wanted.items() for _ in range(times)]
    chosen = seed.sample(list(pair.source.records), len(sorts))  # type: ignore[attr-defined]
    expected = {(await spoil(pair, sort, one), sort) for sort, one in zip(sorts, chosen, strict=True)}
    report, listed = await pair.reconcile()
    assert {(one.id, one.sort) for one in listed} == expected
    assert report.found == {sort: times for sort, times in sorted(wanted.items()) if times}
    assert (report.repaired, report.left) == (len(expected), 0)
    assert all(one.repaired for one in listed)
    assert await pair.is_equal()


@settings(max_examples=25, deadline=None)
@given(differences=st.integers(0, 10), seed=st.randoms(use_true_random=False))
def test_reads_grow_with_what_differs(differences: int, seed: object) -> None:
    async def reads() -> tuple[int, int, int]:
        pair = await settled(3000)
        for one in seed.sample(list(pair.source.records), differences):  # type: ignore[attr-defined]
            await spoil(pair, Sort.MISSING, one)
        report, _ = await pair.reconcile()
        return report.reads, report.full_reads, report.found.get(Sort.MISSING, 0)

    read, full, found = asyncio.run(reads())
    cells, a_cell = 30, 100
    assert found == differences
    assert full == 2 * 3000 - differences
    # The sums of all cells, and for each difference those of the parts of its cell, its part, and a second look.
    assert read <= 2 * cells + differences * (2 * a_cell + 20)


async def test_equal_shelves_cost_a_sum_for_each_cell() -> None:
    pair = await settled(3000)
    report, listed = await pair.reconcile()
    assert (listed, report.found, report.reads) == ([], {}, 60)


async def test_an_empty_recipient_gets_everything_again() -> None:
    pair = await settled(2500)
    theirs(pair).clear()
    report, listed = await pair.reconcile()
    assert (report.found, report.repaired, len(listed)) == ({Sort.MISSING: 2500}, 2500, 1000)
    assert await pair.is_equal()


async def test_a_lost_part_is_laid_down_again() -> None:
    pair = await settled(900)
    lost = [one for one, document in theirs(pair).items() if document["part"] in range(40)]
    for one in lost:
        del theirs(pair)[one]
    report, _ = await pair.reconcile()
    assert report.found == {Sort.MISSING: len(lost)}
    assert await pair.is_equal()


async def test_what_strangers_laid_down_stays_unless_it_lies_at_our_place() -> None:
    pair = await settled(60)
    packing = PlainPacking(sender=STRANGER)
    foreign, mine = packing.wrap(make_record(9_000)), packing.wrap(make_record(7))
    for envelope in (foreign, mine):
        theirs(pair)[envelope.id] = MemoryShelf(sender=STRANGER)._layout.document(envelope, LONG_AGO)
    theirs(pair)["junk"] = {"_id": "junk"}
    report, listed = await pair.reconcile()
    assert [(one.id, one.sort) for one in listed] == [(mine.id, Sort.MISSING)]
    assert report.foreign == 2, "after the repair"
    assert {foreign.id, "junk"} <= theirs(pair).keys()
    assert await pair.is_equal()


@pytest.mark.parametrize(
    ("field", "value"), [("district", "310120"), ("day", "2026-10-01"), ("part", 256), ("high", 5), ("kind", "slot")]
)
async def test_what_is_filed_wrongly_is_put_where_it_belongs(field: str, value: object) -> None:
    pair = await settled(300)
    its_id = "otl_000007"
    theirs(pair)[its_id][field] = value
    if field == "part":  # no sum of a district and day tells that: another difference in its cell does
        theirs(pair)[its_id]["high"] = 1
    report, listed = await pair.reconcile()
    assert {one.id for one in listed} == {its_id}, listed
    assert report.left == 0
    assert await pair.is_equal()
    assert theirs(pair)[its_id][field] != value


async def test_nothing_is_repaired_where_only_a_report_is_wanted() -> None:
    pair = await settled(90)
    await spoil(pair, Sort.STALE, "otl_000003")
    report, listed = await pair.reconcile(wish_for(treatment=Treatment.REPORT))
    assert (report.repaired, report.left, [one.repaired for one in listed]) == (0, 1, [False])
    assert [(one.our_version, one.their_version) for one in listed] == [(2, 1)]
    assert not await pair.is_equal()


async def test_surplus_without_a_record_is_taken_away() -> None:
    pair = await settled(90)
    await pair.theirs.put([pair.packing.wrap(make_record(5_000))])
    settle(pair)
    _, listed = await pair.reconcile()
    assert [(one.id, one.sort, one.repaired) for one in listed] == [("otl_005000", Sort.SURPLUS, True)]
    assert await pair.is_equal()


async def test_a_mistake_of_ours_does_not_empty_the_recipient() -> None:
    """As when a server starts on a database that was restored empty."""
    pair = await settled(3000)
    ours(pair).clear()
    pair.source.records.clear()
    report, _ = await pair.reconcile()
    assert (report.repaired, report.left) == (most_removed(3000), 3000 - most_removed(3000))
    report, _ = await pair.reconcile(wish_for(by=Asker.OPERATOR))
    assert report.left == 0
    assert theirs(pair) == {}


async def test_surplus_under_a_pseudonym_is_marked_again() -> None:
    pair = await settled(250, packing=PlainPacking(label="reservation"))
    its_id = await spoil(pair, Sort.SURPLUS, "otl_000011")
    assert its_id.startswith("reservation-")
    report, listed = await pair.reconcile()
    assert [(one.id, one.sort, one.repaired) for one in listed] == [(its_id, Sort.SURPLUS, True)]
    assert report.left == 0
    assert await pair.is_equal()
    assert ours(pair)[its_id]["source_id"] == "otl_000011"


async def test_what_breaks_the_standard_is_left_and_told() -> None:
    pair = await settled(60)
    await spoil(pair, Sort.MISSING, "otl_000003")
    pair.packing.off_standard.add("otl_000003")
    report, _ = await pair.reconcile()
    assert (report.repaired, report.left) == (0, 1)


async def test_what_the_recipient_refuses_is_left_and_not_marked() -> None:
    pair = await settled(60)
    pair.source.records["otl_000070"] = make_record(70)
    assert isinstance(pair.theirs, MemoryShelf)
    pair.theirs.refusing.add("otl_000070")
    report, _ = await pair.reconcile(wish_for(depth=Depth.DEEP))
    assert (report.found, report.left) == ({Sort.UNTOLD: 1}, 1)
    assert "otl_000070" not in ours(pair)


async def test_deep_finds_what_sums_cannot_tell() -> None:
    pair = await settled(300)
    theirs(pair)["otl_000005"]["data"] = {"name": "altered"}
    theirs(pair)["otl_000008"]["version"] = 1.5
    pair.source.records["otl_000300"] = make_record(300)
    changed = replace(pair.source.records["otl_000006"], version=3)
    pair.source.records[changed.id] = changed
    pair.source.records["otl_000400"] = make_record(400)
    pair.waiting.ids.add("otl_000400")
    shallow, _ = await pair.reconcile(wish_for(treatment=Treatment.REPORT))
    assert shallow.found == {}
    report, listed = await pair.reconcile(wish_for(depth=Depth.DEEP))
    assert {(one.id, one.sort) for one in listed} == {
        ("otl_000005", Sort.SPOILT),
        ("otl_000008", Sort.SPOILT),
        ("otl_000006", Sort.OUTDATED),
        ("otl_000300", Sort.UNTOLD),
    }
    assert (report.left, report.records) == (0, 302)
    del pair.source.records["otl_000400"]
    assert await pair.is_equal()
    again, _ = await pair.reconcile(wish_for(depth=Depth.DEEP))
    assert again.found == {}


class HalfDelivered(MemoryShelf):
    """Their shelf, on which the relay lays something down at each look, and marks it a little later."""

    pair: Pair
    number = 10_000

    async def sums(self, cell: Cell) -> dict[Cell, Sum]:
        record = make_record(self.number)
        HalfDelivered.number += 1
        self.pair.source.records[record.id] = record
        self.pair.waiting.ids.add(record.id)
        await self.put([self.pair.packing.wrap(record)])
        return dict(await super().sums(cell))


async def test_what_is_half_delivered_is_no_difference() -> None:
    theirs_now = HalfDelivered()
    pair = Pair(MemoryShelf(layout=OnOurOwnShelf()), theirs_now, [make_record(number) for number in range(200)])
    theirs_now.pair = pair
    await pair.deliver(*pair.source.records.values())
    report, _ = await pair.reconcile()
    assert report.found == {}, "the relay is at it"
    pair.waiting.ids.clear()
    report, listed = await pair.reconcile()
    assert report.found, "nobody is at it"
    assert {one.sort for one in listed} == {Sort.SURPLUS}
    assert report.left == 0
