"""Sync processes as a supervisor runs them, two or more at a time, to be killed."""

import random
import subprocess
from collections.abc import Mapping
from pathlib import Path

from server.embedded import PROJECT, child_environment, python_command
from server.supervisor.child import Command, spawn
from tests.processes import free_port

PROGRAM = python_command("server.sync.process", "--config", str(PROJECT / "config.yaml"))


class SyncProcess:
    """One process; its log goes on when it is started again."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        # Two of one machine and port are one after the other, and the later clears up behind the earlier.
        more = {"CHENGMA_SERVER_PORT": str(free_port()), "CHENGMA_SYNC_RECONCILE_AT": ""}
        self._command = Command(
            name="sync",
            arguments=PROGRAM,
            directory=PROJECT,
            environment=child_environment({**more, **environment}),
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it if it does not run; call it from the main thread."""
        if not self.runs:
            with self.log.open("ab") as log:
                self._process = spawn(self._command, output=log, errors=log)

    def kill(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)

    def stop(self) -> int | None:
        """Ask it to end; return its exit code, None when it did not run."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class Crew:
    """Processes of which one leads and the others wait to."""

    def __init__(self, directory: Path, environment: Mapping[str, str], *, size: int = 2) -> None:
        self._members = [SyncProcess(directory / f"sync-{number}.log", environment) for number in range(size)]
        self.kills = 0

    def start(self) -> None:
        for one in self._members:
            one.start()

    def kill_one(self, luck: random.Random) -> None:
        """Kill one that runs, whoever leads; nobody starts it again by itself."""
        running = [one for one in self._members if one.runs]
        if running:
            luck.choice(running).kill()
            self.kills += 1

    def stop(self) -> None:
        for one in self._members:
            one.stop()

    @property
    def logs(self) -> str:
        return "".join(one.log.read_text(encoding="utf-8") for one in self._members if one.log.exists())
