"""Start-up and rest: seconds from the start command to ready, and memory of each process at rest."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60
REST_S = 3
BOUND_READY_S = 6.0
BOUND_SERVER_MB = 120.0
MEGABYTE = 1_000_000
NAMES = {
    "server.worker": "server process",
    "server.wechat_sandbox": "WeChat stand-in",
    "secantus": "database",
    "server": "supervisor",
}


def measure(rounds: int) -> bool:
    """Start and stop `rounds` times on a prepared data directory; print medians, tell whether the bounds hold."""
    seconds: list[float] = []
    memory: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="chengma-bench-") as directory:
        for number in range(rounds + 1):
            print(f"startup: {'warm-up' if number == 0 else f'round {number} of {rounds}'} …", file=sys.stderr)
            ready_s, resident = _one_round(Path(directory) / "data")
            if number > 0:
                seconds.append(ready_s)
                for name, megabytes in resident.items():
                    memory[name].append(megabytes)
    return _report(seconds, memory)


def _one_round(data_dir: Path) -> tuple[float, dict[str, float]]:
    port = _free_port()
    started = time.perf_counter()
    command = [str(PROJECT / "scripts" / "start"), "--port", str(port), "--data-dir", str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await_ready(process, port)
            ready_s = time.perf_counter() - started
            time.sleep(REST_S)
            return ready_s, _resident(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(READY_WITHIN_S)


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise SystemExit("startup: the server did not become ready")


def _resident(supervisor: int) -> dict[str, float]:
    top = psutil.Process(supervisor)
    return {_name(process): process.memory_info().rss / MEGABYTE for process in (top, *top.children(recursive=True))}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return next((name for module, name in NAMES.items() if module in words), "Redis")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _report(seconds: list[float], memory: dict[str, list[float]]) -> bool:
    ready, server = statistics.median(seconds), statistics.median(memory["server process"])
    print(f"machine: {os.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB; {len(seconds)} rounds")
    print(f"start command to ready   median {ready:5.2f} s   ({min(seconds):.2f} to {max(seconds):.2f})", end="")
    print(f"   bound {BOUND_READY_S:.0f} s")
    for name, values in sorted(memory.items()):
        bound = f"   bound {BOUND_SERVER_MB:.0f} MB" if name == "server process" else ""
        middle, low, high = statistics.median(values), min(values), max(values)
        print(f"at rest: {name:<16}median {middle:5.1f} MB  ({low:.1f} to {high:.1f}){bound}")
    met = ready < BOUND_READY_S and server < BOUND_SERVER_MB
    print("bounds met" if met else "BOUNDS MISSED")
    return met
