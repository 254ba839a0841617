"""The measuring house: the stores, with a city in each of their databases."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from scripts.benchmarks.city import City, open_city
from scripts.benchmarks.progress import say
from scripts.benchmarks.stores import RunningStores, run_stores


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that a measurement needs besides the servers that it measures."""

    stores: RunningStores
    cities: Mapping[str, City]


@asynccontextmanager
async def open_house(databases: Sequence[str], *, citizens: int) -> AsyncIterator[House]:
    """Start the stores, prepare the databases, and let so many citizens log in to each."""
    say("starting the stores")
    with run_stores() as stores:
        async with AsyncExitStack() as opened:
            say(f"preparing {len(databases)} databases")
            await asyncio.gather(*(stores.prepare(database) for database in databases))
            cities = {}
            for database in databases:
                cities[database] = await opened.enter_async_context(open_city(stores, database))
                await cities[database].ensure_citizens(citizens)
            yield House(stores=stores, cities=cities)
