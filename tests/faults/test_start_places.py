"""The start works wherever the project and its data lie, and with stores that others run."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from server.embedded import PROJECT
from tests.conftest import StartServer
from tests.processes import Stores, await_end, end, launch_server


@pytest.mark.parametrize("name", ['城码 it\'s "quoted" $HOME %41 #1?', "d" * 120])
def test_any_name_of_the_data_directory_works(tmp_path: Path, start_server: StartServer, name: str) -> None:
    server = start_server(data_dir=tmp_path / name)
    log_in = httpx.post(
        f"{server.base_url}/api/v1/auth/staff", json={"username": "gate", "password": "chengma-demo"}, timeout=10
    )
    assert log_in.status_code == 200, log_in.text
    redis_url = server.get_child("worker-0").environ()["CHENGMA_REDIS_URL"]
    socket = Path(unquote(redis_url.removeprefix("unix://")))
    assert socket.is_socket()
    assert server.stop() == 0
    assert not socket.exists()
    assert (tmp_path / name / "redis" / "appendonlydir").is_dir()


def test_what_holds_personal_data_is_private(start_server: StartServer) -> None:
    server = start_server("--no-demo")
    root = server.data_dir
    open_to_others = [path for path in [root, *root.rglob("*")] if path.lstat().st_mode & 0o077]
    assert open_to_others == []


def test_with_configured_stores_nothing_embedded_starts(
    stores: Stores, database_name: str, start_server: StartServer
) -> None:
    server = start_server("--no-demo", environment=stores.environment(database_name))
    assert server.find_child("mongodb") is None
    assert server.find_child("redis") is None
    assert server.find_child("worker-0") is not None
    present = {path.name for path in server.data_dir.iterdir()}
    # The worker writes down checkpoints as soon as it serves.
    assert present - {"transparency"} == {"lock", "logs", "run"}


def test_the_start_command_works_from_any_directory_and_becomes_the_supervisor(tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "server.py").write_text("raise SystemExit('the wrong server')")
    server = launch_server(tmp_path / "data", program=("env", "-C", str(elsewhere), str(PROJECT / "scripts" / "start")))
    try:
        server.await_ready()
        server.await_output(f"http://127.0.0.1:{server.port}/\n")
        server.await_output("chengma-demo")
        worker = server.get_child("worker-0")
        assert worker.ppid() == server.pid
        family = server.descendants()
        assert server.stop() == 0
        assert await_end(family, within_s=0.0) == []
    finally:
        end(server)


@pytest.mark.parametrize("script", ["start", "test"])
def test_help_needs_no_installation(tmp_path: Path, script: str) -> None:
    shown = subprocess.run(
        [PROJECT / "scripts" / script, "--help"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHON": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"Usage: ./scripts/{script}" in shown.stdout
    assert shown.stderr == ""
