"""The pages about gates, run word for word; their tables; and the script that plays a device."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from handlers.messages import MESSAGES
from server.embedded import PROJECT
from services.admissions.model import RefusalReason
from tests.e2e.test_readme_walk import walk
from tests.processes import ServerProcess, run_server

PAGE = "docs/gate-devices.md"
DEMO_PASSWORD = "chengma-demo"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with run_server(tmp_path_factory.mktemp("devices") / "data") as running:
        yield running


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.base_url}/api/v1", timeout=30, trust_env=False) as open_client:
        yield open_client


def test_the_walk_ends_with_a_stolen_device(server: ServerProcess, tmp_path: Path) -> None:
    for _ in range(2):
        admitted, repeated, again, beat, revoked, refused = walk(PAGE, server, tmp_path)

        assert (admitted["decision"], admitted["admitted_now"]) == ("admitted", 1)
        assert repeated == admitted
        assert (again["decision"], again["reason"]) == ("refused", "already_admitted")
        assert (abs(beat["clock_skew_ms"]) < 5000, beat["access_token"]) == (True, None)
        assert (revoked["state"], revoked["revoke_reason"], revoked["app"]) == ("revoked", "stolen", "turnstile 2.3")
        assert refused["code"] == "session_ended"


def test_the_page_of_walk_ins_leases_admits_and_gives_back(server: ServerProcess, tmp_path: Path) -> None:
    for _ in range(2):
        quota, admitted, returned = walk("docs/walk-ins.md", server, tmp_path)

        assert {one["channel"]: one["places"] for one in quota["allotments"]} == {"individual": 450, "walk_in": 50}
        assert (admitted["decision"], admitted["admitted_now"], admitted["party_size"]) == ("admitted", 3, 20)
        assert (returned["id"], returned["places"], returned["returned"]) == (admitted["reservation_id"], 3, 17)


def test_the_page_of_occupancy_counts_out_takes_back_and_recounts(server: ServerProcess, tmp_path: Path) -> None:
    for _ in range(2):
        policy, left, undone, recount, now = walk("docs/occupancy.md", server, tmp_path)

        assert (policy["ceiling"], policy["alert_at"]) == (800, [80, 100])
        assert (left["decision"], left["left_now"]) == ("left", 2)
        assert (undone["decision"], undone["left_now"]) == ("undone", -2)
        assert (recount["inside"], now["inside"], now["ceiling"]) == (12, 12, 800)


def test_the_page_of_gates_without_network_fetches_a_pack(server: ServerProcess, tmp_path: Path) -> None:
    header, again = walk("docs/gate-offline.md", server, tmp_path)

    assert (header["gate_use"], header["device_id"]) == ("entrance", None)
    assert again == {"status": 304}


def test_every_reason_has_a_light_a_word_and_a_sound() -> None:
    text = (PROJECT / PAGE).read_text(encoding="utf-8")
    table = text.partition("| reason | light |")[2].partition("\n\n")[0]
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \|" + r"([^|]+)\|" * 5, table, re.MULTILINE)}

    assert rows.keys() == {"admitted", *RefusalReason}
    assert all(cell.strip() for row in rows.values() for cell in row[:4])
    assert [reason for reason, row in rows.items() if "green" in row[0]] == ["admitted"]
    assert len({row[3] for row in rows.values()}) == 4


def test_the_refusals_that_a_device_must_know_exist() -> None:
    table = (PROJECT / PAGE).read_text(encoding="utf-8").partition("| answer | what")[2].partition("\n\n")[0]
    answers = re.findall(r"^\| ([^|]+)\|", table, re.MULTILINE)
    codes = {code for answer in answers if answer.startswith("4") for code in re.findall(r"`(\w+)`", answer)}

    assert len(codes) >= 10
    assert codes <= MESSAGES.keys()


def device(server: ServerProcess, file: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / "scripts" / "gate_device", "--file", file, *arguments],
        input=said,
        env={**os.environ, "BASE": server.base_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def log_in(client: httpx.Client, path: str, given: dict[str, str]) -> dict[str, str]:
    token = client.post(path, json=given).raise_for_status().json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def code_of_a_visitor(client: httpx.Client, venue_id: str) -> str:
    visitor = log_in(client, "/auth/wechat", {"code": f"sandbox-script#{os.urandom(4).hex()}"})
    slot = client.get(f"/venues/{venue_id}/slots", params={"limit": 1}).json()["items"][0]
    people = [{"name": "示例访客", "id_type": "passport", "id_number": f"E{os.urandom(4).hex().upper()}"}]
    wish = {"slot_id": slot["id"], "visitors": people}
    booked = client.post("/reservations", json=wish, headers=visitor).raise_for_status().json()
    code = client.get(f"/reservations/{booked['id']}/entry-code", headers=visitor).raise_for_status().json()["code"]
    return str(code)


def test_the_script_is_a_device(server: ServerProcess, client: httpx.Client, tmp_path: Path) -> None:
    manager = log_in(client, "/auth/staff", {"username": "manager", "password": DEMO_PASSWORD})
    venue = client.get("/venues", params={"q": "example"}).json()["items"][0]
    gate = next(one["id"] for one in venue["gates"] if one["use"] == "entrance")
    path = f"/venues/{venue['id']}/gate-devices"
    code = client.post(path, json={"name": "示例"}, headers=manager).raise_for_status().json()["enrolment_code"]
    file = tmp_path / "device.json"

    enrolled = device(server, file, "enrol", "--base", server.base_url, said=f"{code}\n")
    assert enrolled.returncode == 0, enrolled.stderr
    assert gate in enrolled.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    again = device(server, tmp_path / "other.json", "enrol", "--base", server.base_url, said=f"{code}\n")
    assert (again.returncode, "enrolment_code_used" in again.stderr) == (1, True)
    over = device(server, file, "enrol", "--base", server.base_url, said=f"{code}\n")
    assert (over.returncode, "already" in over.stderr) == (1, True)

    shown = code_of_a_visitor(client, venue["id"])
    admitted = device(server, file, "scan", gate, "--nonce", "script-0001", said=f"{shown}\n")
    assert (admitted.returncode, '"admitted"' in admitted.stdout) == (0, True), admitted.stderr
    repeated = device(server, file, "scan", gate, "--nonce", "script-0001", said=f"{shown}\n")
    assert (repeated.returncode, repeated.stdout) == (0, admitted.stdout)
    refused = device(server, file, "scan", gate, said=f"{shown}\n")
    assert (refused.returncode, "already_admitted" in refused.stdout) == (3, True)
    assert device(server, file, "heartbeat").returncode == 0
    assert device(server, tmp_path / "none.json", "heartbeat").returncode == 1
