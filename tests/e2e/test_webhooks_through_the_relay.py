"""A webhook of a real server with its real sync process: what a platform is told of a booking, whatever dies."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.house import API, DEMO_PASSWORD, party, unique
from tests.e2e.sandbox import Sandbox, run_sandbox
from tests.processes import ServerProcess, await_end, free_port, run_server

WITHIN_S = 60.0
# A new sync process starts, and waits until it is sure that nobody else leads, and the delivery until it is due.
DELIVERED_AGAIN_WITHIN_S = 90.0
HOOKS = "/admin/webhooks"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a session."""

    client: httpx.Client
    tokens: Mapping[str, Any]

    def ask(self, method: str, path: str, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        answer = self.client.request(method, f"{API}{path}", headers=headers, **given)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A booking, and what nobody outside may learn of it."""

    slot: Mapping[str, Any]
    secrets: list[str]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data_dir = tmp_path_factory.mktemp("relay") / "data"
    with run_server(data_dir, environment={"CHENGMA_SYNC_PROCESS": "true"}) as running:
        running.await_log("sync", '"leading"')
        yield running


@pytest.fixture(scope="module")
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, timeout=30, trust_env=False) as client:
        yield client


def log_in(client: httpx.Client, path: str, **given: str) -> Person:
    return Person(client=client, tokens=client.post(f"{API}{path}", json=given).raise_for_status().json())


@pytest.fixture
def admin(client: httpx.Client) -> Person:
    return log_in(client, "/auth/staff", username="admin", password=DEMO_PASSWORD)


def book(client: httpx.Client) -> Booked:
    """Let somebody new book two places."""
    citizen = log_in(client, "/auth/wechat", code=f"sandbox-{unique('relay')[:40]}")
    venue = next(one for one in citizen.ask("GET", "/venues", params={"limit": 200})["items"] if one["example"])
    slots = citizen.ask("GET", f"/venues/{venue['id']}/slots", params={"limit": 50})["items"]
    slot, visitors = slots[-1], party(2)
    made = citizen.ask("POST", "/reservations", json={"slot_id": slot["id"], "visitors": visitors})
    persons = [text for one in visitors for text in (one["name"], one["id_number"])]
    return Booked(slot=slot, secrets=[made["id"], citizen.ask("GET", "/me")["id"], *persons])


def until(so: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def hook(admin: Person, tmp_path: Path) -> Iterator[tuple[str, Sandbox]]:
    """A webhook as docs/webhooks.md has it made, and its receiver, which fails once."""
    port = free_port()
    wanted = {"url": f"http://127.0.0.1:{port}/hooks", "events": ["reservation.booked"], "description": "示例"}
    made = admin.ask("POST", HOOKS, json=wanted)
    path = f"{HOOKS}/{made['webhook']['id']}"
    with run_sandbox(tmp_path / "sandbox.txt", "--fail-first", "1", secret=made["secret"], port=port) as receiver:
        admin.ask("POST", f"{path}/resume")
        until(lambda: bool(admin.ask("GET", path)["state"] == "active"))
        yield path, receiver
    admin.ask("POST", f"{path}/delete")


def ensure_told(event: Mapping[str, Any], booked: Booked) -> None:
    """Check that a receiver learns which slot was booked for how many, and of nobody who."""
    assert event["type"] == "cn.chengma.reservation.booked.v1"
    assert event["subject"].startswith("reservation-")
    slot = booked.slot
    assert event["data"] == {"venue_id": slot["venue_id"], "slot_id": slot["id"], "party_size": 2}
    assert [secret for secret in booked.secrets if secret in str(event)] == []
    # Our own ids tell instants to the millisecond.
    assert [secret for secret in booked.secrets if secret.partition("_")[2] and secret[4:14] in str(event)] == []


def test_a_booking_is_told_once_though_the_receiver_fails_at_first(
    client: httpx.Client, admin: Person, hook: tuple[str, Sandbox]
) -> None:
    path, receiver = hook
    booked = book(client)
    [event] = receiver.await_events(1)
    assert receiver.said("failed on purpose: ") == [event["id"]]
    ensure_told(event, booked)

    def deliveries() -> list[dict[str, Any]]:
        return list(admin.ask("GET", f"{path}/deliveries")["items"])

    until(lambda: [one["state"] for one in deliveries()] == ["done"])
    [delivery] = deliveries()
    assert (delivery["message_id"], delivery["type"]) == (event["id"], event["type"])
    assert [secret for secret in booked.secrets if secret in str(delivery)] == []
    # What is booked next comes by itself, under a subject of its own, and the first does not come again.
    other = book(client)
    [_, second] = receiver.await_events(2)
    ensure_told(second, other)
    assert event["subject"] != second["subject"]
    assert (receiver.said("again: "), receiver.said("refused: ")) == ([], [])


def test_a_killed_sync_process_loses_no_event(
    server: ServerProcess, client: httpx.Client, hook: tuple[str, Sandbox]
) -> None:
    _, receiver = hook
    before = book(client)
    [failed] = receiver.await_said(1, "failed on purpose: ")
    victim = server.get_child("sync")
    victim.kill()
    assert await_end([victim], within_s=10.0) == []
    dead = book(client)
    events = receiver.await_events(2, within_s=DELIVERED_AGAIN_WITHIN_S)
    assert failed in {event["id"] for event in events}
    for booked in (before, dead):
        [event] = [event for event in events if event["data"]["slot_id"] == booked.slot["id"]][:1]
        ensure_told(event, booked)
    assert len({event["subject"] for event in events}) == 2
    # It may come more than once, and then under its id.
    again = receiver.await_events(0, "again: ")
    assert {event["id"] for event in again} <= {event["id"] for event in events}
