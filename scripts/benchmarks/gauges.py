"""What a measured server process counts about itself: database commands, and how long its event loop was held up."""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import CO_COROUTINE
from pathlib import Path
from types import FrameType

from pymongo import monitoring

TICK_S = 0.005


class CommandCounts(monitoring.CommandListener):
    """Counts commands by name and collection as the driver sends them, those that will fail included."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count one."""
        target = event.command.get(event.command_name)
        self.sent[f"{event.command_name} {target}" if isinstance(target, str) else event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Count nothing: it was counted when it was sent."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Count nothing: it was counted when it was sent."""


class LagGauge:
    """A timer that looks how late it is: as late as whatever became ready at the same moment."""

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Tick from now on."""
        self._longest_s = 0.0
        self._wait(asyncio.get_running_loop())

    def stop(self) -> None:
        """Tick no more."""
        if self._next is not None:
            self._next.cancel()

    @property
    def longest_ms(self) -> float:
        """The longest delay since the start."""
        return self._longest_s * 1000

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + TICK_S
        self._next = loop.call_at(due, self._tick, loop, due)

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._longest_s = max(self._longest_s, loop.time() - due)
        self._wait(loop)


class BlockGauge:
    """Looks every few milliseconds, by a signal of the system's clock, whether the event loop still runs the same step.

    One step of one task (or one callback) that takes long is what blocks a loop; many short ones in a row are a queue.
    Resolution is a tick, rounded up. What goes on in C is seen afterwards, by the tick that it held up.
    """

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._looked_at_s = 0.0
        self._begun_at_s = 0.0
        self._loop_frame: FrameType | None = None
        self._step: FrameType | None = None

    def attach(self) -> None:
        """Remember the running event loop; call it from a task, in the main thread."""
        self._loop_frame = _frame_below_tasks(sys._getframe())  # noqa: SLF001 -- CPython's documented way

    def start(self) -> None:
        """Look from now on."""
        self._longest_s, self._step = 0.0, None
        self._looked_at_s = time.perf_counter()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)

    def stop(self) -> None:
        """Look no more; a process must do so before it ends."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    @property
    def longest_ms(self) -> float:
        """The longest step since the start."""
        return self._longest_s * 1000

    def _look(self, _: int, frame: FrameType | None) -> None:
        now_s = time.perf_counter()
        step = self._step_of(frame)
        # Kept, not named by its address: another step would get the same one.
        if step is not self._step:
            self._step, self._begun_at_s = step, self._looked_at_s
        if step is not None:
            self._longest_s = max(self._longest_s, now_s - self._begun_at_s)
        self._looked_at_s = now_s

    def _step_of(self, frame: FrameType | None) -> FrameType | None:
        """Return the outermost frame that the loop has called, None while it waits."""
        while frame is not None and frame is not self._loop_frame:
            if frame.f_back is self._loop_frame:
                return frame
            frame = frame.f_back
        return None


def _frame_below_tasks(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that belongs to no coroutine, beginning below the caller's own functions."""
    while frame is not None and not frame.f_code.co_flags & CO_COROUTINE:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_flags & CO_COROUTINE:
        frame = frame.f_back
    return frame


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """Everything that one process measures of itself."""

    counts: CommandCounts
    lag: LagGauge
    block: BlockGauge

    @contextmanager
    def on_call(self, report: Path) -> Iterator[None]:
        """Begin to measure at SIGUSR1 and end at SIGUSR2, for the length of a block; write to `report` at each.

        In between nothing ticks: servers that stand by must not disturb the one that is measured.
        """
        loop = asyncio.get_running_loop()
        self.block.attach()
        loop.add_signal_handler(signal.SIGUSR1, self._begin, report)
        loop.add_signal_handler(signal.SIGUSR2, self._end, report)
        try:
            yield
        finally:
            self.block.stop()

    def _begin(self, report: Path) -> None:
        self.lag.start()
        self.block.start()
        self._write(report)

    def _end(self, report: Path) -> None:
        self.lag.stop()
        self.block.stop()
        self._write(report)

    def _write(self, path: Path) -> None:
        """Write the commands since the process began, and the longest delays since the measurement did."""
        report = {"commands": self.counts.sent, "lag_ms": self.lag.longest_ms, "block_ms": self.block.longest_ms}
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(report), encoding="utf-8")
        draft.replace(path)
