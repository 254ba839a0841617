"""Says how the relay stands, a few times a minute, and raises the alarm when anything waits too long."""

import asyncio
from contextlib import suppress

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.sync.relay.model import Progress
from services.sync.relay.ports import Standings, Waiting, Watch
from services.sync.relay.relay import Relay
from services.sync.relay.rules import lag_s

SAY_EVERY_S = 2.0
COUNT_EVERY_S = 15.0  # counting what waits costs more than saying it


class Reporting:
    """Looks over the relay's shoulder, in the same process."""

    def __init__(
        self,
        *,
        relay: Relay,
        waiting: Waiting,
        standings: Standings,
        watch: Watch,
        leader: str,
        objective_s: float,
        clock: Clock,
    ) -> None:
        self._relay = relay
        self._waiting = waiting
        self._standings = standings
        self._watch = watch
        self._leader = leader
        self._objective_s = objective_s
        self._clock = clock
        self._late = False

    async def run(self) -> None:
        """Say it until cancelled."""
        task = asyncio.current_task()
        backlog, counted_at, before = 0, 0.0, 0
        loop = asyncio.get_running_loop()
        while task is not None and not task.cancelling():
            with suppress(DatabaseUnavailable):
                if loop.time() - counted_at >= COUNT_EVERY_S:
                    backlog, counted_at = await self._waiting.backlog(), loop.time()
                tally = self._relay.tally
                rate = (tally.delivered + tally.known - before) / SAY_EVERY_S
                before = tally.delivered + tally.known
                await self._say(backlog, rate)
            await asyncio.sleep(SAY_EVERY_S)

    async def _say(self, backlog: int, rate: float) -> None:
        now, tally = self._clock.now(), self._relay.tally
        oldest_at = await self._waiting.oldest_at()
        progress = Progress(
            leader=self._leader,
            said_at=now,
            backlog=0 if oldest_at is None else max(1, backlog),
            oldest_at=oldest_at,
            delivered=tally.delivered,
            known=tally.known,
            rate=rate,
            last_delivered_at=tally.last_delivered_at,
            failing_since=tally.failing_since,
            failure=tally.failure,
            read_from=self._waiting.read_from,
        )
        await self._standings.say(progress)
        self._judge(lag_s(progress.oldest_at, now))

    def _judge(self, lag: float) -> None:
        late = lag > self._objective_s
        if late and not self._late:
            self._watch.late(lag)
        self._late = late
