"""One server of three processes, and two bare connections, for all tests of what many do at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.mongo import Mongo
from tests.concurrency.town import NO_LIMITS, Town, visit
from tests.processes import Stores, fresh_database_name, run_server

Pair = tuple[Mongo, Mongo]


@pytest.fixture(scope="package")
async def town(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A server of three processes."""
    environment = NO_LIMITS | stores.environment(fresh_database_name())
    data_dir = tmp_path_factory.mktemp("town") / "data"
    with run_server(data_dir, arguments=("--workers", "3"), environment=environment) as server:
        async with visit(server) as town:
            yield town


@pytest.fixture(scope="package")
async def pair(stores: Stores) -> AsyncIterator[Pair]:
    """Two connections to one database, as two server processes have them."""
    async with _connected_twice(stores, fresh_database_name()) as pair:
        yield pair


@pytest.fixture(scope="module")
async def honest_pair(stores: Stores, database_name: str) -> AsyncIterator[Pair]:
    """The same, to a database in which no guard was ever taken away: `audit` finds nothing there."""
    async with _connected_twice(stores, database_name) as pair:
        yield pair


@asynccontextmanager
async def _connected_twice(stores: Stores, database: str) -> AsyncIterator[Pair]:
    config = MongoConfig(uri=stores.mongodb_uri, database=database, pool_size=8)
    first, second = connect_mongo(config), connect_mongo(config)
    await first.create_indexes(COLLECTIONS)
    yield first, second
    await first.close()
    await second.close()
