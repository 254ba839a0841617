"""The real database, for the contract tests of stores."""

from collections.abc import AsyncIterator

import pytest

from server.config_sections import MongoConfig
from server.mongo import COLLECTIONS, connect_mongo
from services.common.mongo import Mongo
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.mongo.slots import MongoSlots
from services.sync.mongo import MongoOutbox
from tests.contract.clerk import Clerk
from tests.contract.documents import Documents
from tests.inbound import DIVISION, VENUE, Office, Town
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


@pytest.fixture
async def town(mongo: Mongo, database_name: str) -> Town:
    """Both sides, empty."""
    for name in await mongo.client[database_name].list_collection_names():
        if await mongo.client[database_name][name].find_one({}) is not None:
            await mongo.client[database_name][name].delete_many({})
    office = Office(mongo, f"{database_name}_main")
    await office.empty()
    return Town(mongo=mongo, office=office)


@pytest.fixture
async def settled(town: Town) -> Town:
    """A town that knows a district and a venue."""
    await town.office.say(DIVISION, "d-1", 1)
    await town.office.say(VENUE, "v-1", 1)
    await town.compare()
    return town
