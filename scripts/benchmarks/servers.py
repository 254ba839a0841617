"""Servers of a measurement: started, asked for their counts, and stopped again."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from scripts.benchmarks.errors import BenchFailed
from scripts.benchmarks.plan import HOST
from scripts.benchmarks.stores import CONFIG, RunningStores
from server.embedded import PROJECT, python_command
from server.supervisor.child import Command, end_of, spawn

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 20.0
COUNTED_WITHIN_S = 30.0
STEP_S = 0.01


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """A design (`designs.DESIGNS`), its database, the number of its processes, and settings of its own.

    Servers of our own design that run side by side need a database each: they would take each other for peers.
    """

    design: str
    database: str
    processes: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Database commands in all; in this measurement, the event loop's longest lag and block in ms."""

    commands: Counter[str]
    lag_ms: float
    block_ms: float


class ServerProcess:
    """One process of a server, and the two files that it writes."""

    def __init__(self, popen: subprocess.Popen[bytes], *, report: Path, log: Path) -> None:
        self.popen = popen
        self._report = report
        self._log = log

    @property
    def pid(self) -> int:
        """The process id."""
        return self.popen.pid

    async def await_listening(self) -> None:
        """Wait until it takes connections."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._listens():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed(f"a server did not start; the end of its log:\n{end_of(self._log)}")
            await asyncio.sleep(STEP_S)

    def _listens(self) -> bool:
        if self.popen.poll() is not None:
            return False
        connections = psutil.Process(self.pid).net_connections("tcp")
        return any(one.status == psutil.CONN_LISTEN for one in connections)

    async def report(self, call: signal.Signals) -> dict[str, Any]:
        """Begin to measure by SIGUSR1, or end it by SIGUSR2, and return the report."""
        self._report.unlink(missing_ok=True)
        self.popen.send_signal(call)
        deadline = time.monotonic() + COUNTED_WITHIN_S
        while not self._report.exists():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed(f"a server does not answer any more; the end of its log:\n{end_of(self._log)}")
            await asyncio.sleep(STEP_S)
        found: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        return found


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: one port, one process or several."""

    port: int
    processes: Sequence[ServerProcess]

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each process, by the name that it has among the figures."""
        if len(self.processes) == 1:
            return {"server": self.processes[0].pid}
        return {f"server {number}": process.pid for number, process in enumerate(self.processes, start=1)}

    async def begin_measuring(self) -> Counts:
        """Have all processes measure from now on."""
        return await self._counts(signal.SIGUSR1)

    async def end_measuring(self) -> Counts:
        """Have them stop; return what they have counted and measured."""
        return await self._counts(signal.SIGUSR2)

    async def _counts(self, call: signal.Signals) -> Counts:
        reports = [await process.report(call) for process in self.processes]
        commands: Counter[str] = Counter()
        for one in reports:
            commands.update(one["commands"])
        longest = {name: max(float(one[name]) for one in reports) for name in ("lag_ms", "block_ms")}
        return Counts(commands=commands, **longest)


@asynccontextmanager
async def run_servers(stores: RunningStores, plans: Mapping[str, ServerPlan]) -> AsyncIterator[dict[str, Server]]:
    """Run servers side by side for the length of a block; call it from the main thread.

    Whatever ends this process ends them too.
    """
    processes: list[ServerProcess] = []
    try:
        started: dict[str, Server] = {}
        with _reserved_ports(len(plans)) as ports:
            for (name, plan), port in zip(plans.items(), ports, strict=True):
                folder = stores.directory / "servers" / name
                shutil.rmtree(folder, ignore_errors=True)
                (folder / "metrics").mkdir(parents=True)
                own = [_start(stores, plan, port, folder, index) for index in range(plan.processes)]
                processes += own
                started[name] = Server(port=port, processes=own)
            for process in processes:
                await process.await_listening()
        yield started
    finally:
        _stop(processes)


def _start(stores: RunningStores, plan: ServerPlan, port: int, folder: Path, index: int) -> ServerProcess:
    report, log = folder / f"report-{index}.json", folder / f"server-{index}.log"
    options = ("--config", str(CONFIG), "--index", str(index), "--report", str(report))
    settings = {"CHENGMA_SERVER_PORT": str(port), "CHENGMA_SERVER_WORKERS": str(plan.processes), **plan.settings}
    if plan.processes > 1:
        settings["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
    command = Command(
        name=log.stem,
        arguments=python_command("scripts.benchmarks.arms", plan.design, *options),
        directory=PROJECT,
        environment={**stores.environment_of(plan.database), **settings},
    )
    with log.open("wb") as output:
        return ServerProcess(spawn(command, output=output, errors=output), report=report, log=log)


def _stop(processes: Sequence[ServerProcess]) -> None:
    for process in processes:
        process.popen.terminate()
    deadline = time.monotonic() + STOPPED_WITHIN_S
    for process in processes:
        try:
            process.popen.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.popen.kill()
            process.popen.wait()


@contextmanager
def _reserved_ports(count: int) -> Iterator[list[int]]:
    """Keep free ports from everybody but servers, which share them by SO_REUSEPORT."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind((HOST, 0))
        yield [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
