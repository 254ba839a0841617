"""Turns within a process."""

import asyncio

import pytest

from services.common.errors import TooBusy
from services.common.turns import Turns


async def test_one_at_a_time_for_a_key_in_the_order_of_arrival() -> None:
    turns, inside, seen = Turns(), 0, []

    async def visit(number: int) -> None:
        nonlocal inside
        async with turns.turn("slot"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            seen.append(number)
            inside -= 1

    await asyncio.gather(*(visit(number) for number in range(20)))
    assert seen == list(range(20))


async def test_other_keys_do_not_wait() -> None:
    turns = Turns()
    async with turns.turn("a"), turns.turn("b"):
        pass


async def test_a_full_queue_refuses_at_once_and_takes_again_later() -> None:
    turns = Turns(longest=1)
    async with turns.turn("slot"):
        with pytest.raises(TooBusy):
            async with turns.turn("slot"):
                pass
    async with turns.turn("slot"):
        pass


async def test_nothing_is_kept_for_keys_that_nobody_waits_for_even_after_a_cancelled_wait() -> None:
    turns = Turns()

    async def wait() -> None:
        async with turns.turn("slot"):
            pass

    async with turns.turn("slot"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert turns._waiting == {}
