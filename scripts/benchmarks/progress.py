"""Progress, on standard error, so that standard output holds the results alone."""

import sys
import time

_STARTED = time.monotonic()


def say(line: str) -> None:
    """Show what is being done, after the seconds since the start."""
    print(f"{time.monotonic() - _STARTED:6.1f} s  {line}", file=sys.stderr, flush=True)
