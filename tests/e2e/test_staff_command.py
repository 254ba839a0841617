"""Operators make staff accounts with ./scripts/staff, beside a running server."""

import os
import subprocess
from pathlib import Path

import httpx

from server.embedded import PROJECT
from tests.conftest import StartServer

PASSWORD = "a long enough password"


def staff(data_dir: Path, *arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / "scripts" / "staff", *arguments],
        input=f"{password}\n",
        env={**os.environ, "CHENGMA_SERVER_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_account_can_log_in_with_its_role_and_scope_and_a_bad_one_is_not_made(start_server: StartServer) -> None:
    server = start_server("--no-demo")
    made = staff(server.data_dir, "add", "gate-east", "--role", "gate", "--scope", "district:310101")
    assert made.returncode == 0, made.stderr
    again = staff(server.data_dir, "add", "gate-east", "--role", "gate", "--scope", "district:310101")
    short = staff(server.data_dir, "add", "other", "--role", "gate", "--scope", "city:310000", password="short")
    wrong = staff(server.data_dir, "add", "other", "--role", "gate", "--scope", "planet:earth")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    assert (short.returncode, "12 characters" in short.stderr) == (1, True)
    assert (wrong.returncode, "LEVEL:ID" in wrong.stderr) == (2, True)

    with httpx.Client(base_url=f"{server.base_url}/api/v1") as client:
        answer = client.post("/auth/staff", json={"username": "gate-east", "password": PASSWORD})
        token = answer.raise_for_status().json()["access_token"]
        me = client.get("/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me == {"id": made.stdout.strip(), "role": "gate", "scopes": [{"level": "district", "id": "310101"}]}


def test_an_operator_sets_a_password(start_server: StartServer) -> None:
    server = start_server("--no-demo")
    made = staff(server.data_dir, "add", "inspector-east", "--role", "inspector", "--scope", "district:310101")
    assert made.returncode == 0, made.stderr
    other = f"{PASSWORD}, another"
    done = staff(server.data_dir, "password", "inspector-east", password=other)
    assert (done.returncode, done.stdout) == (0, made.stdout), done.stderr
    assert "set the password of inspector-east" in done.stderr
    assert other not in done.stdout + done.stderr
    unknown = staff(server.data_dir, "password", "nobody", password=other)
    short = staff(server.data_dir, "password", "inspector-east", password="short")
    assert (unknown.returncode, "no account named nobody" in unknown.stderr) == (1, True)
    assert (short.returncode, "12 characters" in short.stderr) == (1, True)

    with httpx.Client(base_url=f"{server.base_url}/api/v1") as client:
        for password, status in ((PASSWORD, 401), (other, 200), ("short", 401)):
            answer = client.post("/auth/staff", json={"username": "inspector-east", "password": password})
            assert answer.status_code == status


def test_without_a_server_the_command_says_what_to_do(tmp_path: Path) -> None:
    done = staff(tmp_path / "nowhere", "add", "x", "--role", "gate", "--scope", "city:310000")
    assert done.returncode == 1
    assert "./scripts/start" in done.stderr
