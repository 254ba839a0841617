"""`startup`: seconds from the start command to ready, and memory of each process at rest."""

import asyncio
import signal
import socket
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

from scripts.benchmarks.asked import Asked
from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.figures import Better, Bound, Row
from scripts.benchmarks.processes import MEGABYTE
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import Report
from server.embedded import PROJECT
from server.supervisor.probes import get

HOST = "127.0.0.1"
READY = 200
READY_WITHIN_S = 60
STEP_S = 0.02
REST_S = 3
BOUND_READY_S = Bound(floor=6, aim=None, better=Better.LOWER)
BOUND_SERVER_MB = Bound(floor=120, aim=None, better=Better.LOWER)
SERVER = "server process"
NAMES = {
    "server.worker": SERVER,
    "server.wechat_sandbox": "WeChat stand-in",
    "secantus": "database",
    "server": "supervisor",
}


async def measure(asked: Asked) -> Report:
    """Start and stop so many times on a prepared data directory."""
    seconds: list[float] = []
    memory: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="chengma-bench-", ignore_cleanup_errors=True) as directory:
        for number in range(asked.rounds + 1):
            say(f"startup: {'warm-up' if number == 0 else f'round {number} of {asked.rounds}'}")
            ready_s, resident = await _one_round(Path(directory) / "data")
            if number > 0:
                seconds.append(ready_s)
                for name, megabytes in resident.items():
                    memory[name].append(megabytes)
    return _report(seconds, memory)


async def _one_round(data_dir: Path) -> tuple[float, dict[str, float]]:
    port = _free_port()
    started = time.perf_counter()
    command = [str(PROJECT / "scripts" / "start"), "--port", str(port), "--data-dir", str(data_dir)]
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        await _await_ready(process, port)
        ready_s = time.perf_counter() - started
        await asyncio.sleep(REST_S)
        return ready_s, _resident(process.pid)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _await_ready(process: Process, port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while get(HOST, port, "/readyz")[0] != READY:
        if process.returncode is not None or time.monotonic() > deadline:
            raise BenchFailed("the server did not become ready")
        await asyncio.sleep(STEP_S)


def _resident(supervisor: int) -> dict[str, float]:
    top = psutil.Process(supervisor)
    return {_name(process): process.memory_info().rss / MEGABYTE for process in (top, *top.children(recursive=True))}


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    return next((name for module, name in NAMES.items() if module in words), "Redis")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _report(seconds: list[float], memory: dict[str, list[float]]) -> Report:
    ready = Row(measure="start command to ready", unit="s", values=tuple(seconds), bound=BOUND_READY_S)
    resting = [
        Row(
            measure=f"memory at rest: {name}",
            unit="MB",
            values=tuple(values),
            bound=BOUND_SERVER_MB if name == SERVER else None,
        )
        for name, values in sorted(memory.items())
    ]
    return Report(name="startup", rows=[ready, *resting], notes=[f"{len(seconds)} rounds after one to warm up."])
