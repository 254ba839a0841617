"""The server with a calendar that a test turns, as `python -m tests.clocked`; and the hand that turns it.

Only what the time is differs from the real server: the time of the machine, and as many seconds more as a small file
says. So a week with its deadlines passes in a minute, over real HTTP, on real stores.
"""

import mmap
import os
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server import wiring, worker
from server.embedded import python_command
from server.supervisor import startup
from server.supervisor.run import main
from services.common.clock import SystemClock
from services.patrols.findings import escalating

CALENDAR = "TEST_CALENDAR"
WORKER = "server.worker"
LOOKS_EVERY_S = 0.5
_SECONDS = struct.Struct("<d")


class Calendar:
    """The hand: sets how far the server's time is ahead."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(_SECONDS.pack(0.0))
        self.path = path
        self._ahead = timedelta(0)

    @property
    def now(self) -> datetime:
        """The server's time."""
        return datetime.now(UTC) + self._ahead

    def turn_to(self, instant: datetime) -> None:
        """Make it this late; time never goes back."""
        self._ahead = max(self._ahead, instant - datetime.now(UTC))
        with self.path.open("r+b") as file:
            file.write(_SECONDS.pack(self._ahead.total_seconds()))


class TurnedClock(SystemClock):
    """The clock of a process of the server."""

    def __init__(self) -> None:
        with Path(os.environ[CALENDAR]).open("rb") as file:
            self._ahead = mmap.mmap(file.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        (seconds,) = _SECONDS.unpack(self._ahead[:])
        return super().now() + timedelta(seconds=round(seconds, 3))


def ours(module: str, *arguments: str) -> tuple[str, ...]:
    """Return how to run `module`, or this one instead of a worker."""
    return python_command(__spec__.name if module == WORKER else module, *arguments)


if __name__ == "__main__":
    replace = pytest.MonkeyPatch()
    if "--index" in sys.argv:
        replace.setattr(wiring, "SystemClock", TurnedClock)
        replace.setattr(escalating, "EVERY_S", LOOKS_EVERY_S)
        worker.main()
    else:
        replace.setattr(startup, "python_command", ours)
        sys.exit(main(sys.argv[1:]))
