"""kill -9 of any process while events are captured: what was acknowledged is there once, and the log is whole."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import httpx

from server.mongo import connect_mongo
from services.items.mongo.records import ITEM_EVENTS
from tests.api.house import API, DEMO_PASSWORD
from tests.api.stock import document
from tests.concurrency.town import database_of
from tests.faults.machine import Machine, running
from tests.registry import all_of, beginning, ensure_whole, event, new_epc

VICTIMS = ("worker-0", "mongodb", "worker-1", "supervisor")
ROUNDS = int(os.environ.get("CHENGMA_TEST_ROUNDS", len(VICTIMS)))
SEED = int(os.environ.get("CHENGMA_TEST_SEED", "20261122"))
REPORTERS = 6
ACKNOWLEDGED = 10
PATIENCE_S = 60.0


class Reporter:
    """Captures one document after the other, each as often as it takes to be acknowledged."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.acknowledged: list[str] = []
        self.repeats = 0

    async def report(self, until: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=self._base_url, timeout=15, trust_env=False) as client:
            while not until.is_set():
                epc = new_epc()
                bodies = [beginning(epc), event(epc), event(epc)]
                answer = await self._ask(client, "/epcis/capture", document(*bodies))
                told = {*answer["recorded"], *answer["known"]}
                assert told == {body["eventID"] for body in bodies}
                self.acknowledged += told

    async def _ask(self, client: httpx.AsyncClient, path: str, body: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await client.post(API + path, json=body, headers=await self._log_in(client))
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == 200:
                    return answer.json()
                assert answer is None or answer.status_code in {401, 429, 503}, answer.text
                self.repeats += 1
                await asyncio.sleep(0.1)

    async def _log_in(self, client: httpx.AsyncClient) -> dict[str, str]:
        if "Authorization" not in client.headers:
            answer = await client.post(f"{API}/auth/staff", json={"username": "admin", "password": DEMO_PASSWORD})
            if answer.status_code == 200:
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return {}


async def test_nothing_acknowledged_is_lost_or_recorded_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with running(tmp_path / "data") as machine:
        reporters = [Reporter(machine.server.base_url) for _ in range(REPORTERS)]
        until = asyncio.Event()
        work = [asyncio.create_task(one.report(until)) for one in reporters]
        for at in range(ROUNDS):
            await _some_more(reporters, work)
            await asyncio.to_thread(machine.kill, VICTIMS[at % len(VICTIMS)])
            await asyncio.sleep(chance.uniform(0, 0.3))
        await _some_more(reporters, work)
        until.set()
        await asyncio.gather(*work)
        assert sum(one.repeats for one in reporters), "nobody noticed that anything was killed"
        await _ensure_kept(machine, {event_id for one in reporters for event_id in one.acknowledged})


async def _some_more(reporters: list[Reporter], work: list[asyncio.Task[None]]) -> None:
    wanted = sum(len(one.acknowledged) for one in reporters) + ACKNOWLEDGED
    async with asyncio.timeout(PATIENCE_S):
        while sum(len(one.acknowledged) for one in reporters) < wanted:
            for task in work:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)


async def _ensure_kept(machine: Machine, acknowledged: set[str]) -> None:
    mongo = connect_mongo(database_of(machine.server))
    try:
        kept = [one["_id"] for one in await all_of(mongo, ITEM_EVENTS)]
        assert acknowledged <= set(kept)
        await ensure_whole(mongo)
    finally:
        await mongo.close()
