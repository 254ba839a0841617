"""All children: started in stages, restarted when they die, stopped in the reverse order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from server.supervisor.child import Child, Command, Service, end_of, spawn
from server.supervisor.console import Journal
from server.supervisor.errors import StartFailed, StopRequested
from server.supervisor.restarts import next_delay_s

STEP_S = 0.02
IDLE_S = 5.0
# A nudge must not come before the signal was noticed: a server that starts a thread just then can miss the signal.
NUDGE_AFTER_S = 0.3
# How long each service may take to end, at most, after so many further requests to stop.
PATIENCE_S = (float("inf"), 2.0, 0.0)


def _keep_quiet(_line: str) -> None:
    """Show nothing."""


class Children:
    """The processes below this one, in the order in which they were launched.

    `pause` waits the given seconds, and may raise StopRequested. Whoever launches children also calls `stop`.
    """

    def __init__(self, *, pause: Callable[[float], None], logs: Path, journal: Journal) -> None:
        self._pause = pause
        self._logs = logs
        self._journal = journal
        self._stages: list[list[Child]] = []
        self._hurries = 0

    def launch(self, *services: Service) -> None:
        """Start `services` as one stage; they will be stopped together, after those that were launched later."""
        self._stages.append([])
        for service in services:
            child = Child(service, self._logs)
            self._stages[-1].append(child)
            try:
                child.start()
            except (OSError, subprocess.SubprocessError) as error:
                raise StartFailed(f"cannot start {child.name}: {error}") from error

    def await_answers(self, *, within_s: float) -> None:
        """Wait until every service launched so far answers; raises StartFailed when one ends or stays silent."""
        deadline = time.monotonic() + within_s
        while True:
            self._ensure_running()
            silent = [child for child in self._all() if not child.is_ready]
            for child in silent:
                child.is_ready = child.service.answers()
            if all(child.is_ready for child in silent):
                return
            if time.monotonic() > deadline:
                names = ", ".join(child.name for child in silent if not child.is_ready)
                raise StartFailed(f"{names} did not answer within {within_s:.0f} seconds; logs are in {self._logs}")
            self._pause(STEP_S)

    @contextmanager
    def meanwhile(self, service: Service, *, within_s: float) -> Iterator[None]:
        """Run `service` for the length of a block; raises StartFailed when it does not answer in time."""
        self.launch(service)
        stage = self._stages[-1]
        self.await_answers(within_s=within_s)
        yield
        hurries = self._hurries
        self._stop_stage(stage)
        self._stages.remove(stage)
        if self._hurries > hurries:
            raise StopRequested

    def run_to_end(self, command: Command, show: Callable[[str], None] = _keep_quiet) -> None:
        """Run `command` once, and pass each line that it prints to `show`; raises StartFailed when it fails.

        Its standard error goes to its log.
        """
        path = self._logs / f"{command.name}.log"
        before = path.stat().st_size if path.exists() else 0
        with path.open("ab") as log, spawn(command, output=subprocess.PIPE, errors=log) as process:
            try:
                self._relay(process, show)
            finally:
                process.kill()
        if process.returncode:
            raise StartFailed(f"{command.name} failed; the end of {path}:\n{end_of(path, since=before)}")

    def watch(self) -> NoReturn:
        """Restart what dies, until `pause` raises StopRequested."""
        while True:
            now = time.monotonic()
            for child in self._all():
                self._tend(child, now)
            due = [child.restart_at for child in self._all() if child.restart_at is not None]
            self._pause(max(0.0, min(due, default=now + IDLE_S) - now))

    def stop(self) -> bool:
        """Stop everything, the last stage first; return whether every child ended when it was asked to."""
        endings = [self._stop_stage(stage) for stage in reversed(self._stages)]
        self._stages.clear()
        return all(endings)

    def _all(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def _ensure_running(self) -> None:
        for child in self._all():
            if not child.is_running:
                raise StartFailed(
                    f"{child.name} ended while starting ({_describe(child.exit_code)}); the end of {child.log}:\n"
                    f"{end_of(child.log)}"
                )

    def _relay(self, process: subprocess.Popen[bytes], show: Callable[[str], None]) -> None:
        assert process.stdout is not None  # noqa: S101 -- spawned with a pipe
        os.set_blocking(process.stdout.fileno(), False)
        unfinished = b""
        while True:
            ended = process.poll() is not None
            while piece := process.stdout.read(65536):
                *lines, unfinished = (unfinished + piece).split(b"\n")
                for line in lines:
                    show(line.decode("utf-8", "replace"))
            if ended:
                if unfinished:
                    show(unfinished.decode("utf-8", "replace"))
                return
            self._ensure_running()
            self._pause(STEP_S)

    def _tend(self, child: Child, now: float) -> None:
        if child.is_running:
            return
        if child.restart_at is None:
            child.delay_s = next_delay_s(previous_s=child.delay_s, lived_s=child.lived_s(now))
            child.restart_at = now + child.delay_s
            end = _describe(child.exit_code)
            self._journal.note(
                "child_died",
                f"{child.name} ended ({end}); starting it again in {child.delay_s:g} s, its log is {child.log}",
                child=child.name,
                pid=child.pid,
                end=end,
                restart_in_s=child.delay_s,
            )
        elif now >= child.restart_at:
            self._restart(child, now)

    def _restart(self, child: Child, now: float) -> None:
        try:
            child.start()
        except (OSError, subprocess.SubprocessError) as error:
            child.delay_s = next_delay_s(previous_s=child.delay_s, lived_s=0.0)
            child.restart_at = now + child.delay_s
            self._journal.note("restart_failed", f"cannot start {child.name}: {error}", child=child.name)
        else:
            self._journal.note("child_restarted", f"{child.name} runs again", child=child.name, pid=child.pid)

    def _stop_stage(self, stage: list[Child]) -> bool:
        asked_at = time.monotonic()
        for child in stage:
            child.terminate()
        ended = True
        for child in stage:
            if not self._await_end(child, asked_at):
                self._journal.note("child_killed", f"{child.name} did not stop; it was killed", child=child.name)
                ended = False
            child.kill()
        return ended

    def _await_end(self, child: Child, asked_at: float) -> bool:
        while child.is_running:
            waited_s = time.monotonic() - asked_at
            if waited_s > min(child.service.stop_within_s, PATIENCE_S[min(self._hurries, len(PATIENCE_S) - 1)]):
                return False
            if child.service.nudge is not None and waited_s > NUDGE_AFTER_S:
                child.service.nudge()
            try:
                self._pause(STEP_S)
            except StopRequested:
                self._hurries += 1
        return True


def _describe(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}, {signal.strsignal(-exit_code)}"
    return f"exit code {exit_code}"
