"""What each process uses: CPU seconds and memory, read from outside."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

MEGABYTE = 1_000_000
KIBIBYTE = 1024
_FORGET_PEAK = "5"  # proc(5), /proc/PID/clear_refs


def resident_mb(pid: int) -> float:
    """Return the memory that a process holds now."""
    return float(psutil.Process(pid).memory_info().rss) / MEGABYTE


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held since `forget_peak`, or since it started."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * KIBIBYTE / MEGABYTE


def forget_peak(pid: int) -> None:
    """Let the peak start anew from what is held now; where the system does not allow it, the older one stays."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK, encoding="ascii")


class Watch:
    """Looks at some processes, by name, from one moment to another."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before: dict[str, float] = {}

    def begin(self) -> None:
        """Count from now on."""
        for pid in self._pids.values():
            forget_peak(pid)
        self._before = self._cpu_seconds()

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU seconds of each process since `begin`, in user and system mode together."""
        return {name: seconds - self._before[name] for name, seconds in self._cpu_seconds().items()}

    def peaks_mb(self) -> dict[str, float]:
        """Return the most memory that each process has held since `begin`."""
        return {name: peak_mb(pid) for name, pid in self._pids.items()}

    def _cpu_seconds(self) -> dict[str, float]:
        times = {name: psutil.Process(pid).cpu_times() for name, pid in self._pids.items()}
        return {name: float(spent.user + spent.system) for name, spent in times.items()}
