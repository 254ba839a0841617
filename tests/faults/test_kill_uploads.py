"""kill -9 of servers and database while phones send photos: what was acknowledged counts, and all become pictures."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from services.photos.rules import LEASE
from tests.api.house import API, DEMO_PASSWORD
from tests.concurrency.town import NO_LIMITS
from tests.conftest import StartServer
from tests.photos import SMALL, photo_file, sum_of
from tests.processes import ServerProcess, await_end

PHONES = 8
PHOTOS_EACH = 4
VICTIMS = ("worker-0", "mongodb", "worker-1")
PATIENCE_S = 90.0
# The lease of a killed process on a photo must lapse first.
DEVELOPED_WITHIN_S = 90.0 + LEASE.total_seconds()


class StubbornPhone:
    """Sends photos in small chunks, and each request as often as it takes."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=base_url, timeout=15, trust_env=False)
        self._files = [photo_file() for _ in range(PHOTOS_EACH)]
        self.acknowledged = 0
        self.repeats = 0

    async def send_all(self) -> None:
        for file in self._files:
            await self._send(file)

    async def _send(self, file: bytes) -> None:
        name, known = sum_of(file), 0
        wish = {"sha256": name, "size": len(file)}
        progress = await self._ask("/photos", json=wish)
        while progress["state"] in {"receiving", "awaited"}:
            at = progress["received"]
            assert at >= known, "what was acknowledged is gone"
            known = at
            kind = {"Content-Type": "application/octet-stream"}
            path = f"/photos/{name}/chunks?offset={at}"
            progress = await self._ask(path, content=file[at : at + SMALL], headers=kind)
            self.acknowledged += 1

    async def states(self) -> list[str]:
        """Return the states of all photos, once none of them waits."""
        async with asyncio.timeout(DEVELOPED_WITHIN_S):
            while True:
                found = [(await self._ask(f"/photos/{sum_of(file)}"))["state"] for file in self._files]
                if "received" not in found:
                    return found
                await asyncio.sleep(0.2)

    async def _ask(self, path: str, **given: Any) -> Mapping[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await self._log_in()
                    answer = await self._client.request("POST" if given else "GET", API + path, **given)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == 200:
                    said: Mapping[str, Any] = answer.json()
                    return said
                assert answer is None or answer.status_code in {401, 409, 429, 503}, answer.text
                if answer is not None and answer.status_code == 409:
                    # Its first try was written, and only its answer was lost.
                    return {"state": "receiving", "received": answer.json()["received"]}
                self.repeats += 1
                await asyncio.sleep(0.1)

    async def _log_in(self) -> None:
        if "Authorization" not in self._client.headers:
            given = {"username": "inspector", "password": DEMO_PASSWORD}
            answer = await self._client.post(f"{API}/auth/staff", json=given)
            if answer.status_code == 200:
                self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def close(self) -> None:
        await self._client.aclose()


async def acknowledged(phones: list[StubbornPhone], count: int) -> None:
    """Wait until so many chunks were acknowledged."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if sum(phone.acknowledged for phone in phones) >= count:
                return
            await asyncio.sleep(0.01)


async def killed_one_after_the_other(server: ServerProcess, phones: list[StubbornPhone]) -> None:
    for number, name in enumerate(VICTIMS, start=1):
        await acknowledged(phones, 15 * number)
        victim = await asyncio.to_thread(server.get_child, name)
        victim.kill()
        assert await asyncio.to_thread(await_end, [victim], within_s=10) == []


async def test_photos_arrive_whoever_is_killed(start_server: StartServer) -> None:
    server = start_server("--workers", "2", environment=NO_LIMITS)
    phones = [StubbornPhone(server.base_url) for _ in range(PHONES)]
    try:
        await asyncio.gather(killed_one_after_the_other(server, phones), *(phone.send_all() for phone in phones))
        assert sum(phone.repeats for phone in phones) > 0, "nobody was disturbed"
        for phone in phones:
            assert await phone.states() == ["ready"] * PHOTOS_EACH
    finally:
        for phone in phones:
            await phone.close()
