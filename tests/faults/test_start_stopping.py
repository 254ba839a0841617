"""However the server is stopped, nothing of it stays behind, and the next start works."""

import signal
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.processes import await_end, end, launch_server
from tests.terminal import as_from_a_terminal

ORPHANS_WITHIN_S = 10.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_every_process_and_exits_with_0(
    start_server: StartServer, number: signal.Signals
) -> None:
    with as_from_a_terminal():
        server = start_server("--no-demo", "--workers", "2")
    family = server.descendants()
    assert len(family) == 5  # the database, Redis, WeChat's stand-in and two workers
    assert server.stop(number) == 0
    assert await_end(family, within_s=0.0) == []
    assert "killed" not in server.output


@pytest.mark.parametrize("child", ["mongodb", "prepare", "worker-0"])
def test_a_request_to_stop_while_starting_ends_every_process_and_exits_with_0(tmp_path: Path, child: str) -> None:
    server = launch_server(tmp_path / "data")
    try:
        server.get_child(child)
        family = server.descendants()
    finally:
        exit_code = server.stop()
    assert exit_code == 0
    assert await_end(family, within_s=0.0) == []


def test_a_second_request_to_stop_does_not_wait_for_a_process_that_hangs(start_server: StartServer) -> None:
    server = start_server("--no-demo", environment={"CHENGMA_SERVER_DRAIN_S": "300"})
    family = server.descendants()
    server.get_child("worker-0").suspend()
    server.process.send_signal(signal.SIGINT)
    server.await_output("Stopping")
    assert server.stop(signal.SIGINT) == 1
    assert "worker-0 did not stop; it was killed" in server.output
    assert await_end(family, within_s=0.0) == []


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_works_at_once(start_server: StartServer) -> None:
    first = start_server("--no-demo", "--workers", "2")
    family = first.descendants()
    secrets = [(first.data_dir / name).read_bytes() for name in ("master.key", "mongodb.password")]
    first.kill()
    second = start_server("--no-demo", "--workers", "2", data_dir=first.data_dir, port=first.port)
    assert await_end(family, within_s=ORPHANS_WITHIN_S) == []
    assert [(first.data_dir / name).read_bytes() for name in ("master.key", "mongodb.password")] == secrets
    assert second.stop() == 0


@pytest.mark.parametrize("child", ["mongodb", "prepare"])
def test_a_supervisor_killed_while_starting_leaves_no_orphan(tmp_path: Path, child: str) -> None:
    first = launch_server(tmp_path / "data")
    first.get_child(child)
    family = first.descendants()
    first.kill()
    assert await_end(family, within_s=ORPHANS_WITHIN_S) == []
    second = launch_server(first.data_dir)
    try:
        second.await_ready()
    finally:
        end(second)
