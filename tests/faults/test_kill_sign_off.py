"""kill -9 while a count is signed off: repeating the request ends it, and everything is told once."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from server.mongo import connect_mongo
from services.items.mongo.records import ITEM_EVENTS
from tests.api.house import API, DEMO_PASSWORD, accepted
from tests.api.stock import document
from tests.concurrency.town import database_of
from tests.faults.machine import Machine, running
from tests.registry import all_of, beginning, ensure_whole, new_epc
from tests.stock import make_scan

VICTIMS = ("worker-0", "mongodb", "worker-1")
ITEMS = 1000
MISSING = 400
PATIENCE_S = 90.0


class Clerk:
    """Asks until there is an answer, whatever dies meanwhile."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.repeats = 0

    async def ask(self, method: str, path: str, **given: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self._client.request(method, API + path, **given)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.is_success:
                    return answer.json()
                assert answer is None or answer.status_code in {429, 503}, answer.text
                self.repeats += 1
                await asyncio.sleep(0.1)

    async def sign_off(self, take_id: str) -> Any:
        """Repeat the sign-off until the count is signed off."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                take = await self.ask("POST", f"/stock-takes/{take_id}/sign-off", json={"mark_missing": True})
                if take["state"] == "signed_off":
                    return take


async def test_a_sign_off_survives_the_death_of_any_process(tmp_path: Path) -> None:
    with running(tmp_path / "data") as machine:
        async with httpx.AsyncClient(base_url=machine.server.base_url, timeout=15, trust_env=False) as client:
            given = {"username": "admin", "password": DEMO_PASSWORD}
            tokens = accepted(await client.post(f"{API}/auth/staff", json=given))
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            clerk = Clerk(client)
            take_id = await _counted(clerk)
            signing = asyncio.create_task(clerk.sign_off(take_id))
            for at, victim in enumerate(VICTIMS):
                await _until_told(clerk, take_id, at + 1)
                await asyncio.to_thread(machine.kill, victim)
            signed = await signing
        assert clerk.repeats, "nobody noticed that anything was killed"
        assert signed["counts"]["marked_missing"] == signed["counts"]["missing"] == MISSING
        await _ensure_told_once(machine, take_id)


async def _counted(clerk: Clerk) -> str:
    """Return a count in which all but MISSING of ITEMS were found."""
    venue = (await clerk.ask("GET", "/venues"))["items"][0]["id"]
    epcs = [new_epc() for _ in range(ITEMS)]
    place = {"id": f"urn:chengma:place:{venue}:east-hall"}
    for start in range(0, ITEMS, 250):
        told = document(beginning(*epcs[start : start + 250], bizLocation=place))
        await clerk.ask("POST", "/epcis/capture", json=told)
    wish = {"place": {"venue_id": venue, "spot": "east-hall"}}
    take_id = (await clerk.ask("POST", "/stock-takes", json=wish))["id"]
    scans = [make_scan(epc) for epc in epcs[MISSING:]]
    for start in range(0, len(scans), 300):
        items = [vars(scan) | {"scanned_at": scan.scanned_at.isoformat()} for scan in scans[start : start + 300]]
        await clerk.ask("POST", f"/stock-takes/{take_id}/scans", json={"items": items})
    return str(take_id)


async def _until_told(clerk: Clerk, take_id: str, parts: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            take = await clerk.ask("GET", f"/stock-takes/{take_id}")
            if take["progress"]["told"] >= parts:
                return
            await asyncio.sleep(0.02)


async def _ensure_told_once(machine: Machine, take_id: str) -> None:
    mongo = connect_mongo(database_of(machine.server))
    try:
        events = [one for one in await all_of(mongo, ITEM_EVENTS) if take_id in one["_id"]]
        told = [item_id for one in events for item_id in one["items"]]
        assert len(told) == len(set(told)) == ITEMS
        assert sum(len(one["items"]) for one in events if ":missing:" in one["_id"]) == MISSING
        await ensure_whole(mongo)
    finally:
        await mongo.close()
