"""What a sync process is called in the lease, so that its successor on the same machine knows at once that it died."""

import os
import socket
from contextlib import suppress
from pathlib import Path


def own_name() -> str:
    """Return `machine/processes/number`: two containers may have one name, but not one set of processes."""
    return f"{_place()}/{os.getpid()}"


def is_gone(name: str) -> bool:
    """Tell whether a process of this machine is there no more; of another machine's nobody here can tell."""
    place, _, number = name.rpartition("/")
    if place != _place() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _place() -> str:
    processes = ""
    with suppress(OSError):  # where there is no /proc, a machine's name is all there is
        processes = str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()}/{processes}"
