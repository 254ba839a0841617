"""Several starts at once on an empty database: each key, account and slot is made once."""

import asyncio
import os
from collections import Counter

from pymongo import AsyncMongoClient

from server.embedded import PROJECT, child_environment, python_command
from services.common.mongo import Document
from services.keys.model import KeyPurpose
from tests.processes import Stores, fresh_database_name

STARTS = 3


async def test_starts_at_the_same_moment_make_everything_once(stores: Stores) -> None:
    database_name = fresh_database_name()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHENGMA_")}
    environment = child_environment(inherited | stores.environment(database_name) | {"CHENGMA_DEMO": "true"})
    command = python_command("server.prepare", "--config", str(PROJECT / "config.yaml"))
    starts = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(STARTS)]
    assert [await start.wait() for start in starts] == [0] * STARTS

    client: AsyncMongoClient[Document] = AsyncMongoClient(stores.mongodb_uri)
    try:
        database = client[database_name]
        keys = await database["keys"].find({}).to_list()
        assert Counter(key["purpose"] for key in keys) == dict.fromkeys(KeyPurpose, 1)
        assert await database["field_keys"].count_documents({}) == 1
        names = [account["username"] async for account in database["staff"].find({})]
        assert len(names) == len(set(names)) == 8
        assert await database["checklists"].count_documents({"latest": 1, "version": 1}) == 2
        assert await database["checklist_releases"].count_documents({}) == 2
        slots = await database["slots"].find({}).to_list()
        assert max(Counter((slot["venue_id"], slot["starts_at"]) for slot in slots).values()) == 1
        assert all(slot["places_left"] == slot["capacity"] for slot in slots)
    finally:
        await client.close()
