"""One server of two processes for all API tests, on stores that the tests can look into."""

import base64
import os
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.config import load_config
from server.embedded import PROJECT
from server.prepare import prepare
from server.wiring import Stores as OpenStores
from server.wiring import open_stores
from services.keys.model import KeyPurpose, KeyState
from tests.api.house import API, House, accepted
from tests.processes import Stores, fresh_database_name, run_server

WORKERS = 2
SIGNS_OF_DEFECTS = ('"defect"', "Traceback", "Uncaught exception", "never retrieved", "never awaited")
REVOKED_KID = 2
# High enough that only the tests of limits, which start servers of their own, ever meet one.
NO_LIMITS = {
    f"CHENGMA_RATE_LIMITS_{name}": "10000000"
    for name in (
        *("PER_ADDRESS", "PER_ACCOUNT", "LOG_IN_PER_ADDRESS", "LOG_IN_PER_ACCOUNT", "WECHAT_LOG_IN_PER_ADDRESS"),
        *("PUBLIC_MISSES_PER_ADDRESS", "COMPLAINTS_PER_ADDRESS", "PUBLIC_PHOTOS_PER_ADDRESS"),
    )
}


@pytest.fixture(scope="package")
def house_environment(stores: Stores) -> Mapping[str, str]:
    return {**stores.environment(fresh_database_name()), **NO_LIMITS}


@pytest.fixture(scope="package")
async def house(house_environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(house_environment, tmp_path_factory.mktemp("house") / "data") as house:
        yield house


@asynccontextmanager
async def open_house(house_environment: Mapping[str, str], data_dir: Path) -> AsyncIterator[House]:
    """Start a server with these settings, and look in the end that it met no defect."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHENGMA_")}
    config = load_config(PROJECT / "config.yaml", {**environment, **house_environment})
    await prepare(config)
    async with open_stores(config) as opened:
        await _withdraw_a_signing_key(opened, config.mongodb.database)
        with run_server(data_dir, arguments=("--workers", str(WORKERS)), environment=house_environment) as server:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
            async with httpx.AsyncClient(
                base_url=server.base_url, timeout=30, limits=limits, trust_env=False
            ) as client:
                venues = accepted(await client.get(f"{API}/venues", params={"limit": 200}))["items"]
                venue = next(venue for venue in venues if venue["example"])
                yield House(
                    server=server,
                    config=config,
                    stores=opened,
                    client=client,
                    venue=venue,
                    side_venue=next(venue for venue in venues if not venue["example"]),
                    later_slots=await _later_slots(client, venue["id"]),
                )
    for worker in range(WORKERS):
        assert not [sign for sign in SIGNS_OF_DEFECTS if sign in server.log(f"worker-{worker}")]


async def _withdraw_a_signing_key(stores: OpenStores, database: str) -> None:
    """Leave a second signing key in the database, revoked, as after a theft."""
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    await stores.mongo.client[database]["keys"].insert_one(
        {
            "_id": f"{KeyPurpose.ENTRY_SIGNING}:{REVOKED_KID}",
            "purpose": KeyPurpose.ENTRY_SIGNING,
            "kid": REVOKED_KID,
            "state": KeyState.REVOKED,
            "secret": await stores.cipher.encrypt(secret),
            "created_at": datetime.now(UTC),
        }
    )


async def _later_slots(client: httpx.AsyncClient, venue_id: str) -> Iterator[dict[str, Any]]:
    since = datetime.now(UTC) + timedelta(days=2)
    asked = {"from": since.isoformat(timespec="seconds"), "limit": "200"}
    return iter(accepted(await client.get(f"{API}/venues/{venue_id}/slots", params=asked))["items"])
