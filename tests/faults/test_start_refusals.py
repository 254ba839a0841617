"""A start that cannot work ends at once, with one sentence, and leaves everything as it was."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.processes import ServerProcess, free_port, launch_server

REFUSED = 2


def refusal(server: ServerProcess) -> str:
    assert server.process.wait(30) == REFUSED
    return server.output


@contextmanager
def listener(*options: int, address: str = "127.0.0.1") -> Iterator[int]:
    with socket.socket() as taken:
        for option in options:
            taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind((address, 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("options", "address"),
    [((), "127.0.0.1"), ((socket.SO_REUSEPORT,), "127.0.0.1"), ((socket.SO_REUSEADDR,), "0.0.0.0")],  # noqa: S104
)
def test_a_port_in_use_is_named(tmp_path: Path, options: tuple[int, ...], address: str) -> None:
    with listener(*options, address=address) as port:
        shown = refusal(launch_server(tmp_path / "data", port=port))
    assert shown == (
        f"chengma: port {port} on 127.0.0.1 is in use by another program: stop it, or choose another port with --port\n"
    )


def test_two_servers_never_share_a_port(tmp_path: Path, start_server: StartServer) -> None:
    first = start_server("--no-demo")
    assert f"port {first.port}" in refusal(launch_server(tmp_path / "other", port=first.port))


def test_two_starts_at_once_on_one_port_leave_one_server(tmp_path: Path) -> None:
    port = free_port()
    both = [launch_server(tmp_path / name, port=port) for name in ("one", "two")]
    try:
        # Whoever comes second sees the port of the first, which does not listen yet.
        ended = [server for server in both if server.process.poll() is not None or not _becomes_ready(server)]
        assert len(ended) == 1
        assert f"port {port}" in refusal(ended[0])
    finally:
        for server in both:
            if server.process.poll() is None:
                server.stop()


def _becomes_ready(server: ServerProcess) -> bool:
    try:
        server.await_output("Ctrl-C")
    except AssertionError:
        return False
    return True


def test_a_data_directory_in_use_names_the_process_and_the_way_out(start_server: StartServer) -> None:
    first = start_server("--no-demo")
    shown = refusal(launch_server(first.data_dir))
    assert shown == (
        f"chengma: the data directory {first.data_dir} is in use by another Chengma server (process {first.pid}): "
        "stop that one, or choose another directory with --data-dir\n"
    )
    assert first.find_child("mongodb") is not None


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    shown = refusal(launch_server(tmp_path / "data"))
    assert "cannot use" in shown
    assert "--data-dir" in shown
    assert shown.count("\n") == 1


def test_an_unknown_key_in_the_settings_is_named(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("server:\n  prot: 8080\n")
    shown = refusal(launch_server(tmp_path / "data", arguments=("--config", str(settings))))
    assert shown == f"chengma: {settings}: server.prot: Unknown field.\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CHENGMA_SERVER_PROT", "1", "CHENGMA_SERVER_PROT is not a setting"),
        ("CHENGMA_SERVER_DRAIN_S", "soon", "CHENGMA_SERVER_DRAIN_S: Not a valid number."),
        ("CHENGMA_MASTER_KEY", "short", "CHENGMA_MASTER_KEY must be 96 random bytes"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, value: str, expected: str) -> None:
    shown = refusal(launch_server(tmp_path / "data", environment={variable: value}))
    assert shown.startswith(f"chengma: {expected}")
    assert shown.count("\n") == 1


def test_a_missing_settings_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.yaml"
    shown = refusal(launch_server(tmp_path / "data", arguments=("--config", str(missing))))
    assert shown == f"chengma: cannot read the settings file {missing}: No such file or directory\n"


def test_a_database_without_its_master_key_is_not_given_a_new_one(start_server: StartServer) -> None:
    first = start_server("--no-demo")
    assert first.stop() == 0
    (first.data_dir / "master.key").unlink()
    shown = refusal(launch_server(first.data_dir))
    assert f"{first.data_dir / 'master.key'} is missing" in shown
    assert not (first.data_dir / "master.key").exists()


@pytest.mark.parametrize("arguments", [("--workers", "0"), ("--workers", "many"), ("--port", "70000"), ("--prot", "1")])
def test_a_wrong_option_is_explained(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shown = refusal(launch_server(tmp_path / "data", arguments=arguments))
    assert "error:" in shown
    assert arguments[0] in shown
    assert not (tmp_path / "data").exists()
