"""Real processes for tests: embedded stores, and whole servers as an operator starts them.

    with run_stores(directory) as stores: ...              # a database and a Redis, shared by many tests
    with run_server(directory / "data") as server: ...     # `python -m server`, ready to answer
    with run_server(data, environment=stores.environment(fresh_database_name())) as server: ...

`conftest.py` offers both as fixtures.
"""

import base64
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from server.config import MASTER_KEY_BYTES
from server.embedded import PROJECT, child_environment, launch_database, launch_redis, python_command
from server.supervisor.child import Command, spawn
from server.supervisor.children import Children
from server.supervisor.console import Console, Journal
from server.supervisor.directory import choose_socket_path, take_data_directory
from server.supervisor.probes import get

READY_WITHIN_S = 60.0
ENDED_WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the shared stores are, and a master key (base64) for what is encrypted in them."""

    mongodb_uri: str
    redis_url: str
    master_key: str

    def environment(self, database: str) -> dict[str, str]:
        """Return the variables that make a server use these stores, and `database` in them."""
        return {
            "CHENGMA_MONGODB_URI": self.mongodb_uri,
            "CHENGMA_MONGODB_DATABASE": database,
            "CHENGMA_REDIS_URL": self.redis_url,
            "CHENGMA_MASTER_KEY": self.master_key,
        }


@contextmanager
def run_stores(directory: Path) -> Iterator[Stores]:
    """Run the embedded database and Redis, with their files below `directory`; call it from the main thread."""
    taken = take_data_directory(directory, time.sleep)
    journal = Journal(path=taken.logs / "supervisor.log", console=Console(), now=partial(datetime.now, UTC))
    children = Children(pause=time.sleep, logs=taken.logs, journal=journal)
    try:
        stores = Stores(
            mongodb_uri=launch_database(children, directory=taken.root, environment=os.environ),
            redis_url=launch_redis(
                children,
                directory=taken.root,
                socket_path=choose_socket_path(taken, "redis.sock"),
                environment=os.environ,
            ),
            master_key=base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode("ascii"),
        )
        children.await_answers(within_s=READY_WITHIN_S)
        yield stores
    finally:
        children.stop()
        os.close(taken.lock)


def fresh_database_name() -> str:
    """Return the name of a database that nobody has used."""
    return f"test_{secrets.token_hex(6)}"


def free_port() -> int:
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A supervisor started by a test, with everything below it."""

    def __init__(self, process: subprocess.Popen[bytes], *, port: int, data_dir: Path, terminal: Path) -> None:
        self.process = process
        self.port = port
        self.data_dir = data_dir
        self.base_url = f"http://127.0.0.1:{port}"
        self._terminal = terminal

    @property
    def pid(self) -> int:
        """The process id of the supervisor."""
        return self.process.pid

    @property
    def output(self) -> str:
        """All that the supervisor has shown so far, on standard output and error."""
        return self._terminal.read_text(encoding="utf-8")

    def log(self, name: str) -> str:
        """Return the log of one process, for example `worker-0`, `mongodb` or `supervisor`."""
        return (self.data_dir / "logs" / f"{name}.log").read_text(encoding="utf-8")

    def await_log(self, name: str, text: str) -> None:
        """Wait until the log of one process holds `text`."""
        deadline = time.monotonic() + READY_WITHIN_S
        while text not in self.log(name):
            assert time.monotonic() < deadline, f"{name} did not log {text}\n{self.output}"
            time.sleep(0.05)

    def descendants(self) -> list[psutil.Process]:
        """Return every process below the supervisor."""
        return psutil.Process(self.pid).children(recursive=True)

    def find_child(self, name: str) -> psutil.Process | None:
        """Return the process called `name` in the logs, if it runs now."""
        running = (child for child in self.descendants() if _is_alive(child) and _name(child) == name)
        return next(running, None)

    def get_child(self, name: str) -> psutil.Process:
        """Return the process called `name` in the logs, once it runs."""
        deadline = time.monotonic() + READY_WITHIN_S
        while (child := self.find_child(name)) is None:
            assert time.monotonic() < deadline, f"{name} does not run\n{self.output}"
            time.sleep(0.05)
        return child

    def await_ready(self) -> None:
        """Wait until the server answers that it is ready, and the supervisor has seen that it does.

        Fails when the supervisor ends before. What dies until it has seen that, it does not start again.
        """
        deadline = time.monotonic() + READY_WITHIN_S
        while get("127.0.0.1", self.port, "/readyz")[0] != 200:
            assert self.process.poll() is None, f"ended with {self.process.returncode}\n{self.output}"
            assert time.monotonic() < deadline, f"not ready\n{self.output}"
            time.sleep(0.05)
        self.await_output("Chengma is ready")

    def await_output(self, text: str) -> None:
        """Wait until the supervisor has shown `text`; fails when it ends before."""
        deadline = time.monotonic() + READY_WITHIN_S
        while text not in self.output:
            assert self.process.poll() is None, f"ended with {self.process.returncode}\n{self.output}"
            assert time.monotonic() < deadline, f"{text!r} was not shown\n{self.output}"
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the supervisor to stop, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(ENDED_WITHIN_S)

    def kill(self) -> None:
        """Kill the supervisor, as a crash would."""
        self.process.kill()
        self.process.wait(ENDED_WITHIN_S)


NO_SYNC = {"CHENGMA_SYNC_PROCESS": "false"}


def launch_server(
    data_dir: Path,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
    program: Sequence[str] = python_command("server"),
) -> ServerProcess:
    """Start `program` and return at once; whoever calls this also ends it.

    Settings in the caller's environment are left out; `environment` adds to what remains. Without it, there is no sync
    process, since most tests look at the outbox or need none.
    """
    port = port or free_port()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    terminal = data_dir.parent / f"{data_dir.name}-terminal-{secrets.token_hex(3)}.txt"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHENGMA_")}
    command = Command(
        name="server",
        arguments=(*program, "--port", str(port), "--data-dir", str(data_dir), *arguments),
        directory=PROJECT,
        environment=child_environment(inherited | NO_SYNC | dict(environment or {})),
    )
    with terminal.open("wb") as output:
        process = spawn(command, output=output, errors=output)
    return ServerProcess(process, port=port, data_dir=data_dir, terminal=terminal)


@contextmanager
def run_server(
    data_dir: Path,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[ServerProcess]:
    """Run a server on `port` (a free one by default) and wait until it is ready; stop it in the end."""
    server = launch_server(data_dir, arguments=arguments, environment=environment, port=port)
    try:
        server.await_ready()
        yield server
    finally:
        end(server)


def end(server: ServerProcess) -> None:
    """Stop `server` if it still runs."""
    if server.process.poll() is None:
        server.stop()


def await_end(processes: Sequence[psutil.Process], *, within_s: float) -> list[psutil.Process]:
    """Wait until `processes` have ended; return those that have not.

    One that has ended and only waits to be collected by the system's first process counts as ended.
    """
    deadline = time.monotonic() + within_s
    while alive := [process for process in processes if _is_alive(process)]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.05)
    return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
    if "server.worker" in words:
        return f"worker-{words[words.index('--index') + 1]}"
    known = {
        "secantus": "mongodb",
        "server.wechat_sandbox": "wechat-sandbox",
        "server.prepare": "prepare",
        "server.sync.process": "sync",
    }
    # Valkey shows one string of its own instead of its arguments.
    return next((known[word] for word in words if word in known), "redis" if "valkey" in " ".join(words) else "")
