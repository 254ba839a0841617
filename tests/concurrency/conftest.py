"""One server of three processes, and two bare connections, for all tests of what many do at once."""

from collections.abc import AsyncIterator

import pytest

from server.config import MongoConfig
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
    config = MongoConfig(uri=stores.mongodb_uri, database=fresh_database_name(), pool_size=8)
    first, second = connect_mongo(config), connect_mongo(config)
    await first.create_indexes(COLLECTIONS)
    yield first, second
    await first.close()
    await second.close()
