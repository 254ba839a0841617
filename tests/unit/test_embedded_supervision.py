"""The supervisor's parts, each on its own: restarts, ports, the data directory, options, banner."""

import fcntl
import os
import socket
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.config import decode_master_key
from server.demo.city import load_demo_city
from server.embedded import PROJECT
from server.supervisor.banner import DEMO_ACCOUNTS, compose_banner
from server.supervisor.child import Command, Service, end_of
from server.supervisor.children import Children
from server.supervisor.console import Console, Journal
from server.supervisor.directory import (
    LARGEST_LOG_BYTES,
    choose_socket_path,
    read_or_make_master_key,
    take_data_directory,
)
from server.supervisor.errors import StartFailed, StartRefused, StopRequested
from server.supervisor.options import parse_options
from server.supervisor.ports import claim_public_port, reachable_host, reserve_local_port
from server.supervisor.restarts import next_delay_s
from tests.processes import free_port


def test_restarts_wait_longer_each_time_up_to_ten_seconds_and_forget_after_a_healthy_minute() -> None:
    delays = [next_delay_s(previous_s=None, lived_s=0.0)]
    for _ in range(7):
        delays.append(next_delay_s(previous_s=delays[-1], lived_s=59.9))
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert next_delay_s(previous_s=10.0, lived_s=60.0) == 0.2


def listen(port: int, *options: int) -> socket.socket:
    listening = socket.socket()
    for option in options:
        listening.setsockopt(socket.SOL_SOCKET, option, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    return listening


def test_a_reserved_port_serves_a_child_again_and_again_and_nobody_else() -> None:
    with reserve_local_port() as reservation:
        port = reservation.getsockname()[1]
        for _ in range(2):
            listen(port, socket.SO_REUSEADDR).close()
        with pytest.raises(OSError, match="in use"):
            listen(port)


def test_a_claimed_port_is_shared_by_workers_and_refused_to_a_second_supervisor() -> None:
    port = free_port()
    claims = claim_public_port("127.0.0.1", port)
    with claims[0], pytest.raises(StartRefused, match="--port"):
        claim_public_port("127.0.0.1", port)
    claims = claim_public_port("127.0.0.1", port)
    with (
        claims[0],
        listen(port, socket.SO_REUSEADDR, socket.SO_REUSEPORT),
        listen(port, socket.SO_REUSEADDR, socket.SO_REUSEPORT),
        socket.create_connection(("127.0.0.1", port)),
    ):
        pass


def test_a_port_that_another_program_has_just_left_can_be_claimed() -> None:
    with listen(0, socket.SO_REUSEADDR) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listening.accept()
            accepted.close()
            client.recv(1)
    # The connection that this side closed first lingers in TIME_WAIT.
    with pytest.raises(OSError, match="in use"):
        listen(port)
    for claim in claim_public_port("127.0.0.1", port):
        claim.close()


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0"])  # noqa: S104
def test_a_name_or_all_addresses_can_be_claimed(host: str) -> None:
    claims = claim_public_port(host, free_port())
    assert claims
    for claim in claims:
        claim.close()


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(StartRefused, match=r"no\.such\.host\.invalid"):
        claim_public_port("no.such.host.invalid", 8080)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(StartRefused, match=r"no address 192\.0\.2\.1"):
        claim_public_port("192.0.2.1", free_port())


def test_a_server_on_all_addresses_is_reached_on_loopback() -> None:
    assert [reachable_host(host) for host in ("0.0.0.0", "::", "10.1.2.3")] == [  # noqa: S104
        "127.0.0.1",
        "::1",
        "10.1.2.3",
    ]


def never(_seconds: float) -> None:
    pytest.fail("waited")


def test_a_data_directory_is_taken_by_one(tmp_path: Path) -> None:
    taken = take_data_directory(tmp_path / "new" / "data", never)
    with pytest.raises(StartRefused, match=f"process {os.getpid()}"):
        take_data_directory(taken.root, never)
    os.close(taken.lock)
    os.close(take_data_directory(taken.root, never).lock)


def test_a_database_that_outlives_its_killed_supervisor_is_waited_for(tmp_path: Path) -> None:
    held = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    os.write(held, b"999999999\n")  # beyond the largest process id there is
    fcntl.flock(held, fcntl.LOCK_EX)
    waits = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            os.close(held)

    taken = take_data_directory(tmp_path, pause)
    assert len(waits) == 3
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    os.close(taken.lock)


def test_large_logs_are_put_aside_at_the_start(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "small.log").write_text("kept")
    with (logs / "large.log").open("wb") as large:
        large.truncate(LARGEST_LOG_BYTES + 1)
    os.close(take_data_directory(tmp_path, never).lock)
    assert sorted(path.name for path in logs.iterdir()) == ["large.log.1", "small.log"]


def test_the_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    directory = take_data_directory(tmp_path, never)
    key = read_or_make_master_key(directory)
    (tmp_path / "mongodb").mkdir()
    (tmp_path / "mongodb" / "file").touch()
    assert read_or_make_master_key(directory) == key
    assert len(decode_master_key(key)) == 96
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    (tmp_path / "master.key").unlink()
    with pytest.raises(StartRefused, match="restore it from a backup"):
        read_or_make_master_key(directory)
    os.close(directory.lock)


def test_a_socket_path_too_long_for_the_system_moves_to_a_short_private_directory(tmp_path: Path) -> None:
    deep = take_data_directory(tmp_path / ("d" * 100), never)
    path = choose_socket_path(deep, "redis.sock")
    assert len(os.fsencode(path)) < 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.rmdir()
    os.close(deep.lock)


def test_options_become_settings() -> None:
    options = parse_options(["--port", "9000", "--data-dir", "here", "--workers", "3", "--no-demo"])
    assert options.config == PROJECT / "config.yaml"
    assert options.settings == {
        "CHENGMA_SERVER_PORT": "9000",
        "CHENGMA_SERVER_DATA_DIR": str(Path.cwd() / "here"),
        "CHENGMA_SERVER_WORKERS": "3",
        "CHENGMA_DEMO": "false",
    }
    assert parse_options([]).settings == {}


def banner(*, with_demo: bool, with_wechat: bool) -> str:
    return compose_banner(base_url="http://h:1", logs=Path("/logs"), with_demo=with_demo, with_wechat=with_wechat)


def test_the_banner_names_demo_log_ins_in_demo_mode_only() -> None:
    with_demo = banner(with_demo=True, with_wechat=False)
    assert "gate · inspector · inspector2 · inspector3 · manager · district · admin · auditor" in with_demo
    assert set(DEMO_ACCOUNTS) == {account.username for account in load_demo_city().accounts}
    assert "chengma-demo" in with_demo
    assert "chengma-demo" not in banner(with_demo=False, with_wechat=True)


def test_the_banner_warns_when_anybody_could_log_in() -> None:
    warning = "No WeChat app is configured"
    assert warning in banner(with_demo=False, with_wechat=False)
    assert warning not in banner(with_demo=True, with_wechat=False)
    assert warning not in banner(with_demo=False, with_wechat=True)


def children_of(tmp_path: Path) -> Children:
    journal = Journal(path=tmp_path / "supervisor.log", console=Console(), now=lambda: datetime.now(UTC))
    return Children(pause=time.sleep, logs=tmp_path, journal=journal)


def shell(name: str, script: str, tmp_path: Path) -> Command:
    return Command(name=name, arguments=("/bin/sh", "-c", script), directory=tmp_path, environment={})


def test_what_a_task_prints_is_shown_line_by_line(tmp_path: Path) -> None:
    shown: list[str] = []
    children_of(tmp_path).run_to_end(shell("task", "echo one; echo 两; printf three", tmp_path), shown.append)
    assert shown == ["one", "两", "three"]


def test_a_failing_task_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=r"(?s)task failed.*    no such city"):
        children_of(tmp_path).run_to_end(shell("task", "echo no such city >&2; exit 3", tmp_path))


def test_a_service_that_ends_while_starting_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    children = children_of(tmp_path)
    command = shell("broken", "echo cannot open the file >&2; exit 7", tmp_path)
    children.launch(Service(command=command, answers=lambda: False, stop_within_s=1.0))
    with pytest.raises(StartFailed, match=r"(?s)broken ended while starting \(exit code 7\).*    cannot open the file"):
        children.await_answers(within_s=30.0)
    assert children.stop()


def test_a_service_that_stays_silent_is_named(tmp_path: Path) -> None:
    children = children_of(tmp_path)
    children.launch(Service(command=shell("mute", "sleep 60", tmp_path), answers=lambda: False, stop_within_s=5.0))
    with pytest.raises(StartFailed, match="mute did not answer"):
        children.await_answers(within_s=0.0)
    assert children.stop()


def test_a_service_that_ignores_the_request_to_stop_is_killed_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    children = children_of(tmp_path)
    ready = tmp_path / "ready"
    command = shell("stubborn", f"trap '' TERM; touch '{ready}'; while :; do sleep 1; done", tmp_path)
    children.launch(Service(command=command, answers=ready.exists, stop_within_s=0.1))
    children.await_answers(within_s=30.0)
    assert not children.stop()
    assert "stubborn did not stop; it was killed" in capsys.readouterr().err


def test_a_request_to_stop_is_not_lost_while_a_passing_service_stops(tmp_path: Path) -> None:
    arrived: list[str] = []

    def pause(seconds: float) -> None:
        time.sleep(seconds)
        if arrived:
            raise StopRequested(arrived.pop())

    journal = Journal(path=tmp_path / "supervisor.log", console=Console(), now=lambda: datetime.now(UTC))
    children = Children(pause=pause, logs=tmp_path, journal=journal)
    ready = tmp_path / "ready"
    command = shell("passing", f"trap 'sleep 0.5; exit' TERM; touch '{ready}'; while :; do sleep 0.1; done", tmp_path)
    service = Service(command=command, answers=ready.exists, stop_within_s=30.0)
    with pytest.raises(StopRequested), children.meanwhile(service, within_s=30.0):
        arrived.append("SIGINT")
    assert children.stop()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = Command(name="absent", arguments=("/no/such/program",), directory=tmp_path, environment={})
    with pytest.raises(StartFailed, match="cannot start absent"):
        children_of(tmp_path).launch(Service(command=command, answers=lambda: True, stop_within_s=1.0))


def test_a_journal_that_cannot_be_written_still_tells_the_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(path=tmp_path / "absent" / "log", console=Console(), now=lambda: datetime.now(UTC))
    journal.note("child_died", "redis ended", child="redis")
    assert capsys.readouterr().err == "chengma: redis ended\n"


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"{number}\n" for number in range(10_000)))
    assert end_of(log, lines=2) == "    9998\n    9999"
    assert end_of(tmp_path / "absent") == ""
