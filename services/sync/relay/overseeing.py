"""Looks at how delivering stands, from outside of the process that delivers."""

from services.common.clock import Clock
from services.sync.relay.ports import DeadLetters, Standings, Waiting
from services.sync.relay.rules import lag_s
from services.sync.relay.situation import Situation, is_silent


class Overseeing:
    """Reads what waits itself, and takes the rest from what the leader says."""

    def __init__(
        self,
        *,
        waiting: Waiting,
        standings: Standings,
        dead: DeadLetters,
        configured: bool,
        objective_s: float,
        clock: Clock,
    ) -> None:
        """Let `configured` tell whether there is a main system, and `objective_s` how long anything may wait."""
        self._waiting = waiting
        self._standings = standings
        self._dead = dead
        self._configured = configured
        self._objective_s = objective_s
        self._clock = clock

    async def look(self) -> Situation:
        """Return how delivering stands; raises DatabaseUnavailable."""
        oldest_at = await self._waiting.oldest_at()
        said = await self._standings.find()
        dead = await self._dead.count()
        now = self._clock.now()
        silent_s = None if said is None else max(0.0, (now - said.said_at).total_seconds())
        backlog = 0
        if oldest_at is not None:
            # A leader counts what waits now and then; without one, that is to be done here.
            spoken = said is not None and not is_silent(silent_s)
            backlog = max(1, said.backlog if said is not None and spoken else await self._waiting.backlog())
        return Situation(
            seen_at=now,
            configured=self._configured,
            objective_s=self._objective_s,
            oldest_at=oldest_at,
            lag_s=lag_s(oldest_at, now),
            backlog=backlog,
            said=said,
            silent_s=silent_s,
            dead=dead,
        )
