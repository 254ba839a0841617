"""The supervisor's voice: the terminal for people, `logs/supervisor.log` for machines."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO


class Console:
    """Lines for the person at the terminal; a terminal that has gone away is no reason to stop."""

    def tell(self, text: str) -> None:
        """Show progress or good news on standard output."""
        _write(sys.stdout, text)

    def warn(self, text: str) -> None:
        """Show trouble on standard error."""
        _write(sys.stderr, text)


class Journal:
    """One JSON object a line in `path`, and each sentence on the console too."""

    def __init__(self, *, path: Path, console: Console, now: Callable[[], datetime]) -> None:
        self._path = path
        self._console = console
        self._now = now

    def note(self, event: str, sentence: str, **facts: str | float | None) -> None:
        """Record `event` with its `facts`; `sentence` says the same to a person."""
        at = self._now().isoformat(timespec="milliseconds")
        line = json.dumps({"timestamp": at, "level": "warning", "event": event, **facts}, ensure_ascii=False)
        # A full disk must not end the process that keeps the others alive.
        with suppress(OSError), self._path.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        self._console.warn(f"chengma: {sentence}")


def _write(stream: TextIO, text: str) -> None:
    with suppress(OSError, ValueError):
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
