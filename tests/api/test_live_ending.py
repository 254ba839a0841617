"""Streams and servers that stop or are killed: screens come back and have missed nothing."""

import asyncio
import time

import httpx
import pytest

from tests.api.house import API, Caller, accepted, party, unique
from tests.api.screens import watching
from tests.conftest import StartServer

PASSWORD = "chengma-demo"
# A server whose streams are open must not take longer to stop than one with nothing to do.
STOPPED_WITHIN_S = 15.0


async def logged_in(client: httpx.AsyncClient, username: str) -> Caller:
    given = {"username": username, "password": PASSWORD}
    return Caller(client, accepted(await client.post(f"{API}/auth/staff", json=given)))


async def admit(client: httpx.AsyncClient, gate: Caller, venue_id: str, gate_id: str) -> None:
    """Let somebody in who books now."""
    tokens = accepted(await client.post(f"{API}/auth/wechat", json={"code": f"sandbox-{unique('guest')}"}))
    guest = Caller(client, tokens)
    slots = accepted(await guest.get(f"/venues/{venue_id}/slots", params={"limit": 2}))["items"]
    slot = next(one for one in slots if one["status"] == "open")
    made = await guest.book(slot["id"], party(1))
    assert accepted(await gate.scan(gate_id, await guest.code_of(made["id"])))["decision"] == "admitted"


async def test_killed_processes_and_a_stopping_server_lose_no_event(start_server: StartServer) -> None:
    server = start_server("--workers", "2")
    async with httpx.AsyncClient(base_url=server.base_url, timeout=30, trust_env=False) as client:
        venues = accepted(await client.get(f"{API}/venues", params={"limit": 200}))["items"]
        venue = next(one for one in venues if one["example"])
        entrance = next(one["id"] for one in venue["gates"] if one["use"] == "entrance")
        gate = await logged_in(client, "gate")

        async with watching(gate, venue["id"]) as screen:
            before = await screen.state()
            for name in ("worker-0", "worker-1"):
                server.get_child(name).kill()
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await screen.last_event()
        await until_back(client)
        await admit(client, gate, venue["id"], entrance)
        await admit(client, gate, venue["id"], entrance)
        async with watching(gate, venue["id"], **{"Last-Event-ID": str(before["version"])}) as screen:
            after = await screen.until(lambda state: state["admitted"] >= before["admitted"] + 2)
            assert after["inside"] == before["inside"] + 2
            assert after["version"] > before["version"]

        async with watching(gate, venue["id"]) as screen, watching(gate, venue["id"]) as other:
            await screen.state()
            await other.state()
            started = time.monotonic()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            assert await screen.end() is None
            assert await other.end() is None
            # The streams have ended whole, in the moment in which the workers were told to stop.
            assert time.monotonic() - started < 3.0
            assert await stopping == 0
            assert time.monotonic() - started < STOPPED_WITHIN_S
    for worker in ("worker-0", "worker-1"):
        assert "drain_cut_short" not in server.log(worker)
        assert '"defect"' not in server.log(worker)


async def until_back(client: httpx.AsyncClient) -> None:
    """Wait until both workers were started again and answer."""
    good = 0
    async with asyncio.timeout(60):
        while good < 20:
            try:
                good = good + 1 if (await client.get("/readyz", headers={"Connection": "close"})).is_success else 0
            except httpx.TransportError:
                good = 0
            await asyncio.sleep(0.1)
