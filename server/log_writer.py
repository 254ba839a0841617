"""Writes lines from a thread of its own, so that a slow disk or terminal holds up no request."""

import atexit
import json
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

# Lines of the same moment share a write; a thread that woke up for each would cost more than the lines.
GATHER_S = 0.02
MOST_WAITING = 100_000
ENDED_WITHIN_S = 5.0


class LineWriter:
    """Takes lines at once and writes them soon, in order; at the end of the process it writes all that is left.

    What comes while MOST_WAITING lines wait, because whoever reads them has stopped, is dropped and counted in a line
    of its own.
    """

    def __init__(self, descriptor: int) -> None:
        """Write to an open file descriptor, which stays the caller's."""
        self._descriptor = descriptor
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def write(self, line: str) -> None:
        """Take a line without its end."""
        if self._lines.qsize() < MOST_WAITING:
            self._lines.put(line)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what is left; gives up on a reader that has stopped."""
        self._lines.put(None)
        self._thread.join(ENDED_WITHIN_S)

    def _run(self) -> None:
        ended = False
        while not ended:
            taken = [self._lines.get()]
            time.sleep(GATHER_S)
            while not self._lines.empty():
                taken.append(self._lines.get())
            ended = None in taken
            with suppress(OSError):  # nobody reads any more
                self._put_out([line for line in taken if line is not None])

    def _put_out(self, lines: Sequence[str]) -> None:
        if self._dropped:
            noted = {"event": "log_lines_dropped", "count": self._dropped, "level": "warning", "logger": "log"}
            lines = [*lines, json.dumps(noted)]
            self._dropped = 0
        # What is no Unicode becomes its JSON escape.
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        while data:
            data = data[os.write(self._descriptor, data) :]
