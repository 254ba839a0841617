"""The plainest durable write there is, in a process of its own: `insert_one`, sixteen at a time.

    python -m scripts.benchmarks.raw_insert COUNT

Says `ready` once its connections are open, starts at the line `go`, and says `done` with the seconds that it took.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import uvloop

from scripts.benchmarks.stores import CONFIG
from server.config import load_config
from server.mongo import connect_mongo
from services.common.mongo import CollectionPlan, Document, Mongo

AT_ONCE = 16
RAW = CollectionPlan(name="raw_inserts", shard_key="_id")
# What encryption makes of a short name with a document number, and of a phone number.
IDENTITY_BYTES = 114
PHONE_BYTES = 98


async def main() -> None:
    """Insert as many documents as asked for."""
    count = int(sys.argv[1])
    mongo = connect_mongo(replace(load_config(CONFIG).mongodb, pool_size=AT_ONCE))
    try:
        await _insert(mongo, AT_ONCE)
        print("ready", flush=True)
        if not await asyncio.to_thread(sys.stdin.readline):
            return
        started = time.perf_counter()
        await _insert(mongo, count)
        print(f"done {time.perf_counter() - started}", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    finally:
        await mongo.close()


async def _insert(mongo: Mongo, count: int) -> None:
    numbers = iter(range(count))
    await asyncio.gather(*(_insert_one_by_one(mongo, numbers) for _ in range(AT_ONCE)))


async def _insert_one_by_one(mongo: Mongo, numbers: Iterator[int]) -> None:
    collection = mongo.collection(RAW)
    for _ in numbers:
        await collection.insert_one(_document())


def _document() -> Document:
    """Return a document like a reservation for one person."""
    now = datetime.now(UTC)
    return {
        "citizen_id": os.urandom(15).hex(),
        "venue_id": os.urandom(15).hex(),
        "slot_id": os.urandom(15).hex(),
        "starts_at": now,
        "ends_at": now,
        "party_size": 1,
        "status": "booked",
        "created_at": now,
        "cancelled_at": None,
        "visitors": [
            {
                "identity": os.urandom(IDENTITY_BYTES),
                "id_type": "passport",
                "document_digest": os.urandom(16).hex(),
            }
        ],
        "contact_phone": os.urandom(PHONE_BYTES),
        "request_id": os.urandom(16).hex(),
        "fingerprint": os.urandom(16).hex(),
    }


if __name__ == "__main__":
    uvloop.run(main())
