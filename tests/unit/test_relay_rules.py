"""Decisions of the relay."""

from datetime import UTC, datetime, timedelta

import pytest

from services.sync.model import RecordKind, RecordRef
from services.sync.relay.model import Parcel
from services.sync.relay.rules import (
    BATCH,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    LONGEST_REST_S,
    QUICK_S,
    batches_of,
    lag_s,
    pause_s,
    rest_s,
)

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def ref(number: int) -> RecordRef:
    return RecordRef(kind=RecordKind.ITEM, id=f"itm_{number}")


def parcel(*numbers: int) -> Parcel:
    return Parcel(id=f"evt_{numbers}", told_at=NOW, events=(), records=tuple(map(ref, numbers)))


def test_a_target_that_fails_is_left_alone_longer_each_time_though_never_for_long() -> None:
    pauses = [pause_s(failures) for failures in range(1, 12)]
    assert pauses[:4] == [FIRST_PAUSE_S, 1.0, 2.0, 4.0]
    assert pauses == sorted(pauses)
    assert pause_s(10_000) == LONGEST_PAUSE_S


@pytest.mark.parametrize(("answered_in_s", "rest"), [(0.0, 0), (QUICK_S, 0), (0.05, 0.5), (5.0, LONGEST_REST_S)])
def test_the_relay_rests_when_our_own_database_is_slow(answered_in_s: float, rest: float) -> None:
    assert rest_s(answered_in_s) == rest


def test_a_record_that_several_parcels_name_is_delivered_once_in_the_place_of_the_first() -> None:
    batches = batches_of([parcel(1, 2), parcel(2, 3), parcel(), parcel(1, 4)], size=3)
    assert [[one.id for one in batch] for batch in batches] == [["itm_1", "itm_2", "itm_3"], ["itm_4"]]


def test_a_parcel_of_many_records_is_cut_into_batches() -> None:
    batches = batches_of([parcel(*range(2 * BATCH + 1))])
    assert [len(batch) for batch in batches] == [BATCH, BATCH, 1]
    assert batches_of([parcel()]) == []


def test_nothing_is_late_where_nothing_waits_or_clocks_differ() -> None:
    assert lag_s(None, NOW) == 0
    assert lag_s(NOW - timedelta(seconds=90), NOW) == 90
    assert lag_s(NOW + timedelta(seconds=5), NOW) == 0
