"""One server of three processes for all tests of what many do at once."""

from collections.abc import AsyncIterator

import pytest

from tests.concurrency.town import NO_LIMITS, Town, visit
from tests.processes import Stores, fresh_database_name, run_server


@pytest.fixture(scope="session")
async def town(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    environment = NO_LIMITS | stores.environment(fresh_database_name())
    data_dir = tmp_path_factory.mktemp("town") / "data"
    with run_server(data_dir, arguments=("--workers", "3"), environment=environment) as server:
        async with visit(server) as town:
            yield town
