"""Rules of reconciling, by themselves."""

from datetime import UTC, datetime, time, timedelta

from services.sync.model import RecordKind
from services.sync.reconciling import rules
from services.sync.reconciling.rules import Next, latest_due, look_into, settles_in
from services.sync.shelves.model import Lying, Sum
from tests.shelves import KIND, LONG_AGO, MemoryShelf, PlainPacking, invented_digest, make_record

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def test_nobody_waits_longer_than_it_takes_to_settle() -> None:
    def delivered(at: datetime | None) -> Lying:
        return Lying(kind=KIND, id="x", version=1, digest="", delivered_at=at)

    def wait(*instants: datetime | None) -> timedelta:
        found = [rules.difference(delivered(at), None) for at in instants]
        return settles_in([one for one in found if one], NOW)

    surplus = rules.difference(None, delivered(None))
    assert surplus is not None
    assert settles_in([surplus], NOW) == rules.SETTLED
    assert wait() == wait(None, LONG_AGO) == timedelta(0)
    assert wait(NOW - timedelta(seconds=3), LONG_AGO) == timedelta(seconds=7)
    assert wait(NOW + timedelta(days=900)) == rules.SETTLED


def test_large_cells_are_looked_at_by_parts_unless_one_side_is_empty() -> None:
    def summed(count: int) -> Sum:
        return Sum(count, count, count)

    assert look_into(summed(64), summed(60)) is Next.LABELS
    assert look_into(summed(65), summed(60)) is Next.PARTS
    assert look_into(summed(5000), None) is Next.LABELS
    assert look_into(None, summed(5001)) is Next.PARTS


def test_documents_of_any_shape_are_spoilt_and_not_a_defect() -> None:
    for document in (
        {},
        {"_id": object()},
        {"_id": 5, "data": datetime.now(UTC)},
        {"_id": "x", "digest": invented_digest()},
    ):
        assert rules.is_spoilt(document)
    envelope = PlainPacking().wrap(make_record(1, kind=RecordKind.OUTLET))
    document = MemoryShelf()._layout.document(envelope, NOW)
    assert not rules.is_spoilt(document)
    assert rules.is_spoilt(document | {"path": ["somewhere"]})
    assert rules.is_spoilt(document | {"low": 1})


def test_a_night_is_one_of_the_city() -> None:
    at = time(3, 0)
    assert latest_due(datetime(2026, 11, 22, 6, tzinfo=UTC), at) == datetime(2026, 11, 21, 19, tzinfo=UTC)
    assert latest_due(datetime(2026, 11, 22, 19, tzinfo=UTC), at) == datetime(2026, 11, 22, 19, tzinfo=UTC)
    assert latest_due(datetime(2026, 11, 22, 18, 59, tzinfo=UTC), at) == datetime(2026, 11, 21, 19, tzinfo=UTC)
