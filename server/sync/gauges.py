"""Metrics of delivering, read from the database by each server process: they show when the sync process is dead."""

import asyncio
import time
from contextlib import suppress
from typing import Literal

import structlog
from prometheus_client import Gauge

from services.common.errors import DatabaseUnavailable
from services.sync.model import RecordKind
from services.sync.relay.overseeing import Overseeing
from services.sync.relay.situation import Alarm, Situation

LOOK_EVERY_S = 10.0
# Looking must stay cheap for the database, however much waits there: at most this share of the time.
LOOK_SHARE = 0.05
# The sync process is started after the server answers, and takes a dead one's place after some seconds.
GRACE_S = 45.0
# Of several server processes, whoever looked last knows best.
MODE: Literal["mostrecent"] = "mostrecent"

log = structlog.get_logger("sync")


class SyncGauges:
    """Work in the background: one for each process, since the names of metrics are the process's."""

    def __init__(self, overseeing: Overseeing, *, expected: bool) -> None:
        """Raise the alarm in the log, too, where a process that delivers is `expected`."""
        self._overseeing = overseeing
        self._expected = expected
        self._silent = False
        self._seen_at = _gauge("looked_at_seconds", "When these gauges were read, in Unix time.")
        self._lag = _gauge("lag_seconds", "For how long the oldest fact waits for the main system.")
        self._backlog = _gauge("backlog", "Transactions that wait, about.")
        self._rate = _gauge("records_per_second", "Records that arrived a second, as the leader last said.")
        self._delivered = _gauge("delivered_records", "Records that arrived since the present leader began.")
        self._leader_silent = _gauge("leader_silent_seconds", "Since the leader last said anything; -1 if none did.")
        self._target_up = _gauge(
            "target_up", "1 while a leader speaks and knows of no failure of the main system, else 0."
        )
        self._dead = _gauge("dead_letters", "Records that cannot be delivered.", "kind")
        self._alert = _gauge("alert", "1 while somebody has to look at it.", "alarm")

    async def run(self) -> None:
        """Look until cancelled."""
        task = asyncio.current_task()
        began = time.monotonic()
        # A cancellation that meets an answer of the database gets lost in the driver, so it is asked for.
        while task is not None and not task.cancelling():
            asked = time.monotonic()
            with suppress(DatabaseUnavailable):
                situation = await self._overseeing.look()
                self.show(situation)
                if asked - began > GRACE_S:
                    self.judge(situation)
            took = time.monotonic() - asked
            await asyncio.sleep(max(LOOK_EVERY_S, took / LOOK_SHARE))

    def show(self, now: Situation) -> None:
        """Set the gauges."""
        said = now.said
        self._seen_at.set(now.seen_at.timestamp())
        self._lag.set(now.lag_s)
        self._backlog.set(now.backlog)
        self._rate.set(0.0 if said is None else said.rate)
        self._delivered.set(0 if said is None else said.delivered)
        self._leader_silent.set(-1 if now.silent_s is None else now.silent_s)
        self._target_up.set(now.up)
        for kind in RecordKind:
            self._dead.labels(kind.value).set(now.dead.get(kind, 0))
        for alarm in Alarm:
            self._alert.labels(alarm.value).set(alarm in now.alarms)

    def judge(self, now: Situation) -> None:
        """Raise the alarm once when nobody delivers any more."""
        silent = Alarm.SILENT in now.alarms
        if silent and not self._silent and self._expected:
            log.error("sync_silent", silent_s=None if now.silent_s is None else round(now.silent_s, 1))
        self._silent = silent


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    return Gauge(f"chengma_sync_{name}", told, labels, multiprocess_mode=MODE)
