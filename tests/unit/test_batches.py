"""Group commit within a process."""

import asyncio
from collections.abc import Sequence

import pytest

from services.common.batches import Batches
from services.common.deadlines import deadline
from services.common.errors import DatabaseUnavailable, TooBusy


class Press:
    """Writes numbers, one batch at a time, while `open`; odd numbers over 100 are refused."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, numbers: Sequence[int]) -> list[str | Exception]:
        self.batches.append(list(numbers))
        await self.open.wait()
        return [KeyError(number) if number > 100 and number % 2 else str(number) for number in numbers]


def batches_of(press: Press, *, largest: int = 10, longest: int = 100, patience_s: float = 5.0) -> Batches[int, str]:
    return Batches(press.write, largest=largest, longest=longest, patience_s=patience_s)


async def test_what_arrives_together_is_written_together_in_order() -> None:
    press = Press()
    batches = batches_of(press)
    assert await asyncio.gather(*(batches.submit(number) for number in range(7))) == [str(n) for n in range(7)]
    assert press.batches == [list(range(7))]


async def test_what_arrives_during_a_write_joins_the_next_one() -> None:
    press = Press()
    batches = batches_of(press)
    press.open.clear()
    first = asyncio.ensure_future(batches.submit(1))
    await asyncio.sleep(0.01)
    others = [asyncio.ensure_future(batches.submit(number)) for number in range(2, 6)]
    await asyncio.sleep(0.01)
    press.open.set()
    assert await asyncio.gather(first, *others) == ["1", "2", "3", "4", "5"]
    assert press.batches == [[1], [2, 3, 4, 5]]


async def test_a_batch_is_bounded_and_the_rest_keeps_its_order() -> None:
    press = Press()
    batches = batches_of(press, largest=3)
    await asyncio.gather(*(batches.submit(number) for number in range(8)))
    assert press.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_an_outcome_that_is_a_refusal_is_raised_for_its_caller_alone() -> None:
    batches = batches_of(Press())
    outcomes = await asyncio.gather(*(batches.submit(number) for number in (100, 101, 102)), return_exceptions=True)
    assert outcomes[0] == "100"
    assert isinstance(outcomes[1], KeyError)
    assert outcomes[2] == "102"


async def test_a_failed_write_fails_for_all_of_its_batch_and_the_next_batch_goes_on() -> None:
    failures = iter([DatabaseUnavailable(retry_after_s=1)])

    async def write(numbers: Sequence[int]) -> list[int | Exception]:
        for failure in failures:
            raise failure
        return list(numbers)

    batches = Batches[int, int](write, largest=10, longest=10, patience_s=5.0)
    outcomes = await asyncio.gather(*(batches.submit(number) for number in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 3
    assert await batches.submit(7) == 7


async def test_a_queue_that_is_too_long_refuses_at_once() -> None:
    press = Press()
    batches = batches_of(press, longest=2)
    press.open.clear()
    first = asyncio.ensure_future(batches.submit(1))
    await asyncio.sleep(0.01)
    waiting = [asyncio.ensure_future(batches.submit(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await batches.submit(4)
    press.open.set()
    assert await asyncio.gather(first, *waiting) == ["1", "2", "3"]


async def test_who_leaves_before_their_turn_leaves_no_trace() -> None:
    press = Press()
    batches = batches_of(press)
    press.open.clear()
    first = asyncio.ensure_future(batches.submit(1))
    await asyncio.sleep(0.01)
    with pytest.raises(TooBusy), deadline(0.05):
        await batches.submit(2)
    press.open.set()
    assert await first == "1"
    assert await batches.submit(3) == "3"
    assert press.batches == [[1], [3]]


async def test_who_leaves_during_the_write_is_told_that_nobody_knows_and_what_was_written_is_handed_over() -> None:
    press = Press()
    lost: list[int] = []
    batches = Batches[int, str](press.write, largest=10, longest=10, patience_s=5.0, abandoned=lost.extend)
    press.open.clear()
    stays = asyncio.ensure_future(batches.submit(1))
    hangs_up = asyncio.ensure_future(batches.submit(2))
    with pytest.raises(DatabaseUnavailable), deadline(0.05):
        await batches.submit(3)
    hangs_up.cancel()
    press.open.set()
    assert await stays == "1"
    assert sorted(lost) == [2, 3]


async def test_what_is_put_first_is_written_first() -> None:
    press = Press()
    batches = batches_of(press, largest=1)
    press.open.clear()
    first = asyncio.ensure_future(batches.submit(1))
    await asyncio.sleep(0.01)
    second = asyncio.ensure_future(batches.submit(2))
    await asyncio.sleep(0)
    urgent = batches.submit_first(9)
    press.open.set()
    assert [await first, await second, await urgent] == ["1", "2", "9"]
    assert press.batches == [[1], [9], [2]]


async def test_who_leaves_in_the_moment_of_the_answer_has_not_heard_it_and_the_others_have() -> None:
    lost, leavers = list[int](), list[asyncio.Task[str]]()

    async def write(numbers: Sequence[int]) -> list[str]:
        for leaver in leavers:
            asyncio.get_running_loop().call_soon(leaver.cancel)
        return [str(number) for number in numbers]

    batches = Batches[int, str](write, largest=10, longest=10, patience_s=5.0, abandoned=lost.extend)
    tasks = [asyncio.create_task(batches.submit(number)) for number in range(4)]
    leavers += tasks[1:3]
    assert [await tasks[0], await tasks[3]] == ["0", "3"]
    assert {type(one) for one in await asyncio.gather(*tasks[1:3], return_exceptions=True)} == {asyncio.CancelledError}
    assert lost == [1, 2]


async def test_who_runs_out_of_time_in_the_moment_of_the_answer_still_hears_it() -> None:
    lost: list[int] = []

    async def write(numbers: Sequence[int]) -> list[str]:
        # Nothing else runs until the caller's time is up; the loop notices in the very turn in which this returns.
        ends_at = asyncio.get_running_loop().time() + 0.05
        while asyncio.get_running_loop().time() < ends_at:
            pass
        await asyncio.sleep(0)
        return [str(number) for number in numbers]

    batches = Batches[int, str](write, largest=10, longest=10, patience_s=0.02, abandoned=lost.extend)
    assert await batches.submit(1) == "1"
    assert lost == []


async def test_many_at_once_get_their_outcomes_in_order() -> None:
    press = Press()
    batches = batches_of(press, largest=2)
    outcomes = await batches.submit_all([100, 101, 102])
    assert (outcomes[0], outcomes[2]) == ("100", "102")
    assert isinstance(outcomes[1], KeyError)
    assert press.batches == [[100, 101], [102]]
    assert await batches.submit_all([]) == []


async def test_of_many_at_once_those_beyond_the_bound_are_too_many() -> None:
    press = Press()
    batches = batches_of(press, longest=3)
    press.open.clear()
    first = asyncio.ensure_future(batches.submit(1))
    await asyncio.sleep(0.01)
    second = asyncio.ensure_future(batches.submit(2))
    await asyncio.sleep(0)
    many = asyncio.ensure_future(batches.submit_all([3, 4, 5, 6]))
    await asyncio.sleep(0)
    press.open.set()
    outcomes = await many
    assert outcomes[:2] == ["3", "4"]
    assert [type(outcome) for outcome in outcomes[2:]] == [TooBusy, TooBusy]
    assert [await first, await second] == ["1", "2"]
    assert press.batches == [[1], [2, 3, 4]]


async def test_of_many_at_once_each_is_late_by_itself_and_what_was_written_then_is_handed_over() -> None:
    press, lost = Press(), list[int]()
    batches = Batches[int, str](press.write, largest=2, longest=10, patience_s=5.0, abandoned=lost.extend)
    press.open.clear()
    with deadline(0.05):
        outcomes = await batches.submit_all([1, 2, 3])
    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable, DatabaseUnavailable, TooBusy]
    press.open.set()
    assert await batches.submit(4) == "4"
    assert press.batches == [[1, 2], [4]]
    assert lost == [1, 2]
