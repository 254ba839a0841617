"""`scripts/webhook_receiver`, running: what an integrator tries webhooks with."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.embedded import PROJECT

WITHIN_S = 60.0
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+/)")


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A receiver at `url`; what it says goes to the file `terminal`."""

    url: str
    terminal: Path

    def said(self, start: str) -> list[str]:
        """Return what followed `start` in the lines that begin with it so far."""
        whole, _, _ = self.terminal.read_text(encoding="utf-8").rpartition("\n")
        return [line.removeprefix(start) for line in whole.splitlines() if line.startswith(start)]

    def await_said(self, wanted: int, start: str, within_s: float = WITHIN_S) -> list[str]:
        """Return the same, once there are so many."""
        deadline = time.monotonic() + within_s
        while len(found := self.said(start)) < wanted:
            assert time.monotonic() < deadline, self.terminal.read_text(encoding="utf-8")
            time.sleep(0.05)
        return found

    def await_events(self, wanted: int, start: str = "event: ", within_s: float = WITHIN_S) -> list[dict[str, Any]]:
        """Return the events that came, once there are so many."""
        return [json.loads(line) for line in self.await_said(wanted, start, within_s)]


@contextmanager
def run_sandbox(terminal: Path, *arguments: str, secret: str, port: int = 0) -> Iterator[Sandbox]:
    """Run a receiver with this secret until the end; port 0 lets the system choose."""
    with terminal.open("wb") as output:
        process = subprocess.Popen(
            [PROJECT / "scripts" / "webhook_receiver", "--port", str(port), *arguments],
            env={**os.environ, "WEBHOOK_SECRET": secret},
            stdout=output,
        )
    try:
        [_] = Sandbox(url="", terminal=terminal).await_said(1, "listening on ")
        said = LISTENING.search(terminal.read_text(encoding="utf-8"))
        assert said is not None
        yield Sandbox(url=said[1], terminal=terminal)
    finally:
        process.terminate()
        process.wait()
