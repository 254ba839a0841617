"""One deadline for all the waiting of a request."""

import asyncio

from services.common.deadlines import deadline, seconds_left


async def test_without_a_deadline_there_is_as_much_time_as_one_asks_for() -> None:
    assert seconds_left(8.0) == 8.0


async def test_the_nearest_deadline_counts_and_ends_with_its_block() -> None:
    with deadline(100.0):
        assert seconds_left(8.0) == 8.0
        assert 99.0 < seconds_left(1000.0) <= 100.0
        with deadline(50.0):
            assert 49.0 < seconds_left(1000.0) <= 50.0
            with deadline(200.0):
                assert 49.0 < seconds_left(1000.0) <= 50.0
        assert 99.0 < seconds_left(1000.0) <= 100.0
    assert seconds_left(1000.0) == 1000.0


async def test_after_the_deadline_nothing_is_left() -> None:
    with deadline(0.0):
        assert seconds_left(8.0) == 0.0


async def test_a_deadline_holds_for_what_is_started_within_it() -> None:
    async def ask() -> float:
        return seconds_left(1000.0)

    with deadline(50.0):
        inside = asyncio.create_task(ask())
    outside = asyncio.create_task(ask())
    assert await inside <= 50.0
    assert await outside == 1000.0
