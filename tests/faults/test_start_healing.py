"""A process that dies is started again, and the server answers again without anybody's help."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import StartServer
from tests.processes import READY_WITHIN_S, ServerProcess, await_end, run_server


def answers_fully(server: ServerProcess, name: str) -> bool:
    """Whether a reader of the database and a citizen who logs in through WeChat's stand-in both get their answer."""
    try:
        with httpx.Client(base_url=server.base_url, timeout=10) as client:
            ready = client.get("/readyz")
            venues = client.get("/api/v1/venues")
            log_in = client.post("/api/v1/auth/wechat", json={"code": f"sandbox-{name}-{time.monotonic_ns()}"})
    except httpx.TransportError:
        return False
    return [ready.status_code, venues.status_code, log_in.status_code] == [200, 200, 200] and venues.json()["items"]


def await_full_answer(server: ServerProcess, name: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not answers_fully(server, name):
        assert time.monotonic() < deadline, server.output
        time.sleep(0.1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with run_server(tmp_path_factory.mktemp("healing") / "data") as running:
        yield running


@pytest.mark.parametrize("name", ["worker-0", "mongodb", "redis", "wechat-sandbox"])
def test_a_killed_child_comes_back(server: ServerProcess, name: str) -> None:
    await_full_answer(server, name)
    others = {child.pid for child in server.descendants()}
    victim = server.get_child(name)

    victim.kill()
    assert await_end([victim], within_s=10.0) == []

    assert server.get_child(name).pid not in others
    await_full_answer(server, name)
    survivors = {child.pid for child in server.descendants()} & others
    assert survivors == others - {victim.pid}
    journal = [json.loads(line) for line in server.log("supervisor").splitlines()]
    assert [entry["event"] for entry in journal if entry["child"] == name] == ["child_died", "child_restarted"]
    assert f"{name} ended (signal 9, Killed)" in server.output


def test_a_child_that_dies_again_and_again_is_restarted_after_growing_delays(start_server: StartServer) -> None:
    server = start_server("--no-demo")
    for _ in range(3):
        victim = server.get_child("redis")
        victim.kill()
        await_end([victim], within_s=10.0)
    server.get_child("redis")
    delays = [
        entry["restart_in_s"]
        for entry in map(json.loads, server.log("supervisor").splitlines())
        if entry["event"] == "child_died"
    ]
    assert delays == [0.2, 0.4, 0.8]
