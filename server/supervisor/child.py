"""One child process: what it is, how it starts on a leash, and how it ends."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program with everything it needs to run; `name` also names its log."""

    name: str
    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    inherited: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service:
    """A command that must run as long as we do.

    `answers` tells whether it serves; `nudge`, if any, is called again and again while it takes its time to stop;
    `reservation` keeps its port over restarts.
    """

    command: Command
    answers: Callable[[], bool]
    stop_within_s: float
    nudge: Callable[[], object] | None = None
    reservation: socket.socket | None = None


def spawn(command: Command, *, output: IO[bytes] | int, errors: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that a terminal's Ctrl-C does not reach it.

    The child is killed when the thread that calls this ends, whatever ends it: call it from the main thread. The
    stores lose nothing by that, since they write before they acknowledge.
    """
    return subprocess.Popen(  # noqa: S603 -- every command is ours
        command.arguments,
        cwd=command.directory,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        pass_fds=command.inherited,
        start_new_session=True,
        preexec_fn=_leash(os.getpid()),  # noqa: PLW1509 -- the supervisor has one thread
    )


def _leash(parent: int) -> Callable[[], None]:
    def tie() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the leash was tied
            os._exit(1)

    return tie


class Child:
    """A service's present process, and what is known of its earlier ones."""

    def __init__(self, service: Service, logs: Path) -> None:
        self.service = service
        self.log = logs / f"{service.command.name}.log"
        self.is_ready = False
        self.restart_at: float | None = None
        self.delay_s: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def name(self) -> str:
        """The name it has in logs."""
        return self.service.command.name

    @property
    def pid(self) -> int | None:
        """The process id; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How the process ended, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; raises OSError or subprocess.SubprocessError when the system cannot."""
        self._started_at = time.monotonic()
        self.restart_at = None
        with self.log.open("ab") as log:
            self._process = spawn(self.service.command, output=log, errors=log)

    def lived_s(self, now: float) -> float:
        """Return the seconds from the last start to `now`, a reading of the monotonic clock."""
        return now - self._started_at

    def terminate(self) -> None:
        """Ask the process to end."""
        self.restart_at = None
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End the process and all that it started, if it still runs, and wait for it."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def end_of(log: Path, lines: int = 12, since: int = 0) -> str:
    """Return the last `lines` lines of `log` from byte `since` on, each indented by four spaces."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 8192))
        last = file.read().decode("utf-8", "replace").splitlines()[-lines:]
        return "\n".join(f"    {line}" for line in last)
    return ""
