"""The real stores, embedded and started for one run: a database and a Redis, prepared as for a server."""

import base64
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from scripts.benchmarks.helpers import run_to_end
from server.config import MASTER_KEY_BYTES, Config, load_config
from server.embedded import (
    PROJECT,
    child_environment,
    launch_database,
    launch_redis,
    python_command,
    without_settings,
)
from server.supervisor.children import Children
from server.supervisor.console import Console, Journal
from server.supervisor.directory import DataDirectory, choose_socket_path, take_data_directory

CONFIG = PROJECT / "config.yaml"
READY_WITHIN_S = 60.0
# What a measurement must never meet: limits made for people, and the end of a session.
NO_LIMITS = {
    "CHENGMA_RATE_LIMITS_PER_ADDRESS": "10000000",
    "CHENGMA_RATE_LIMITS_PER_ACCOUNT": "10000000",
    "CHENGMA_SESSIONS_ACCESS_TTL_S": "86400",
}


@dataclass(frozen=True, kw_only=True)
class RunningStores:
    """The stores, a directory for whatever a measurement writes, and the environment of processes that use both."""

    directory: Path
    environment: Mapping[str, str]
    pids: Mapping[str, int]

    def environment_of(self, database: str) -> dict[str, str]:
        """Return the environment of a server that uses `database`."""
        return {**self.environment, "CHENGMA_MONGODB_DATABASE": database}

    def config_of(self, database: str) -> Config:
        """Return the settings of a server that uses `database`."""
        return load_config(CONFIG, self.environment_of(database))

    async def prepare(self, database: str) -> None:
        """Make `database` what a server finds at its start: indexes, keys, and the demo city."""
        await run_to_end(python_command("server.prepare", "--config", str(CONFIG)), self.environment_of(database))


@contextmanager
def run_stores() -> Iterator[RunningStores]:
    """Run both stores on a new temporary directory; call it from the main thread.

    Whatever ends this process ends them too.
    """
    with tempfile.TemporaryDirectory(prefix="chengma-bench-", ignore_cleanup_errors=True) as temporary:
        taken = take_data_directory(Path(temporary) / "data", time.sleep)
        journal = Journal(path=taken.logs / "supervisor.log", console=Console(), now=partial(datetime.now, UTC))
        children = Children(pause=time.sleep, logs=taken.logs, journal=journal)
        socket_path = choose_socket_path(taken, "redis.sock")
        try:
            environment = _launch(children, taken, socket_path)
            children.await_answers(within_s=READY_WITHIN_S)
            yield RunningStores(directory=Path(temporary), environment=environment, pids=_pids())
        finally:
            children.stop()
            if socket_path.parent != taken.run:
                shutil.rmtree(socket_path.parent, ignore_errors=True)
            os.close(taken.lock)


def _launch(children: Children, directory: DataDirectory, socket_path: Path) -> dict[str, str]:
    plain = without_settings(os.environ)
    stores = {
        "CHENGMA_MONGODB_URI": launch_database(children, directory=directory.root, environment=plain),
        "CHENGMA_REDIS_URL": launch_redis(
            children, directory=directory.root, socket_path=socket_path, environment=plain
        ),
        "CHENGMA_MASTER_KEY": base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode("ascii"),
    }
    return child_environment(plain | stores | NO_LIMITS)


def _pids() -> dict[str, int]:
    words = {child.pid: " ".join(child.cmdline()) for child in psutil.Process().children()}
    names = {"database": "secantus", "redis": "valkey"}
    return {name: next(pid for pid, line in words.items() if mark in line) for name, mark in names.items()}
