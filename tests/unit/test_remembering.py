"""What is read whole and remembered: as new as it says, read once for many, and known on while the database is away."""

import asyncio

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.remembering import Remembered
from tests.findings import HandClock


class Shelf:
    """Something to read, which may be slow or away."""

    def __init__(self) -> None:
        self.value, self.reads, self.away = "first", 0, False
        self.open = asyncio.Event()
        self.open.set()

    async def read(self) -> str:
        self.reads += 1
        await self.open.wait()
        if self.away:
            raise DatabaseUnavailable(retry_after_s=1)
        return self.value


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def remembered(shelf: Shelf, clock: HandClock) -> Remembered[str]:
    return Remembered(shelf.read, clock=clock, max_age_s=5)


async def test_it_is_as_new_as_it_says(remembered: Remembered[str], shelf: Shelf, clock: HandClock) -> None:
    assert await remembered.get() == "first"
    shelf.value = "second"
    clock.put_on(seconds=5)
    assert (await remembered.get(), shelf.reads) == ("first", 1)
    clock.put_on(seconds=1)
    assert (await remembered.get(), shelf.reads) == ("second", 2)
    shelf.value = "third"
    await remembered.renew()
    assert (await remembered.get(), shelf.reads) == ("third", 3)


async def test_many_who_ask_at_once_cost_one_look(remembered: Remembered[str], shelf: Shelf, clock: HandClock) -> None:
    assert set(await asyncio.gather(*(remembered.get() for _ in range(9)))) == {"first"}
    assert shelf.reads == 1
    clock.put_on(seconds=6)
    shelf.open.clear()
    looks = asyncio.create_task(remembered.get())
    await asyncio.sleep(0)
    assert await remembered.get() == "first"  # nobody else waits for what is newer
    shelf.value = "second"
    shelf.open.set()
    assert (await looks, shelf.reads) == ("second", 2)


async def test_while_the_database_is_away_it_is_what_it_was(
    remembered: Remembered[str], shelf: Shelf, clock: HandClock
) -> None:
    shelf.away = True
    with pytest.raises(DatabaseUnavailable):
        await remembered.get()
    shelf.away = False
    assert await remembered.get() == "first"
    shelf.away, shelf.value = True, "second"
    clock.put_on(seconds=6)
    assert await remembered.get() == "first"
    with pytest.raises(DatabaseUnavailable):
        await remembered.renew()
    shelf.away = False
    clock.put_on(seconds=6)
    assert await remembered.get() == "second"
