"""A main system of its own: a second database server that can be killed and started again."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

from server.embedded import launch_database, without_settings
from server.supervisor.child import Command, spawn
from server.supervisor.children import Children
from server.supervisor.console import Console, Journal
from server.supervisor.directory import take_data_directory

READY_WITHIN_S = 60.0


class MainSystem:
    """The server; everything it acknowledged is there again after it was killed."""

    def __init__(self, uri: str, process: psutil.Process) -> None:
        self.uri = uri
        self.kills = 0
        self._first = process
        self._command = Command(
            name="main-system",
            arguments=tuple(process.cmdline()),
            directory=Path(process.cwd()),
            environment=without_settings(os.environ),
        )
        self._later: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self.kills += 1
        if self._later is None:
            self._first.kill()
            psutil.wait_procs([self._first], timeout=READY_WITHIN_S)
        else:
            self._later.kill()
            self._later.wait(READY_WITHIN_S)

    def start(self) -> None:
        """Start it again, on the files that it left; it answers some time later. Call it from the main thread."""
        self._later = spawn(self._command, output=subprocess.DEVNULL, errors=subprocess.DEVNULL)

    def end(self) -> None:
        """End what was started again."""
        if self._later is not None and self._later.poll() is None:
            self._later.kill()
            self._later.wait(READY_WITHIN_S)


@contextmanager
def run_main_system(directory: Path) -> Iterator[MainSystem]:
    """Run one with its files below `directory`; call it from the main thread."""
    taken = take_data_directory(directory, time.sleep)
    journal = Journal(path=taken.logs / "supervisor.log", console=Console(), now=partial(datetime.now, UTC))
    children = Children(pause=time.sleep, logs=taken.logs, journal=journal)
    try:
        uri = launch_database(children, directory=taken.root, environment=os.environ)
        children.await_answers(within_s=READY_WITHIN_S)
        system = MainSystem(uri, _server_of(taken.root / "mongodb"))
        try:
            yield system
        finally:
            system.end()
    finally:
        children.stop()
        os.close(taken.lock)


def _server_of(storage: Path) -> psutil.Process:
    """Return our child that keeps its files there."""
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if str(storage) in child.cmdline())
