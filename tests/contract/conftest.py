"""The real database, for the contract tests of stores."""

from collections.abc import AsyncIterator

import pytest

from server.config import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.mongo import Mongo
from services.reservations.mongo import MongoLedger, MongoSlots
from services.sync.mongo import MongoOutbox
from tests.contract.clerk import Clerk
from tests.contract.documents import Documents
from tests.processes import Stores


@pytest.fixture(scope="module")
async def mongo(stores: Stores, database_name: str) -> AsyncIterator[Mongo]:
    """A connection as the server has it, to a database that this test module has for itself."""
    mongo = connect_mongo(MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=8))
    await mongo.create_indexes(COLLECTIONS)
    yield mongo
    await mongo.close()


@pytest.fixture(scope="module")
def outbox(mongo: Mongo) -> MongoOutbox:
    return MongoOutbox(mongo)


@pytest.fixture(scope="module")
def documents(mongo: Mongo, database_name: str) -> Documents:
    return Documents(mongo, database_name)


@pytest.fixture
def clerk(mongo: Mongo, documents: Documents) -> Clerk:
    return Clerk(slots=MongoSlots(mongo), ledger=MongoLedger(mongo), documents=documents)
