"""How delivering stands, as anybody can tell who sees our database: also when the process that delivers is dead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.sync.model import RecordKind
from services.sync.relay.model import Progress

# The leader says every 2 s how it stands; whoever takes over from a killed one has done so by then.
SILENT_AFTER_S = 15.0


class Alarm(StrEnum):
    """What somebody has to look at: LATE, something waits longer than it should; SILENT, nobody delivers."""

    LATE = "late"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Delivering at the instant `seen_at`.

    `configured` tells whether there is a main system. `oldest_at` is when the oldest transaction was made that waits,
    `lag_s` for how many seconds it does, and `backlog` about how many do. `said` is what the leader said last, None
    when none ever did; `silent_s` are the seconds since. `dead` counts dead letters, of kinds that have any.
    """

    seen_at: datetime
    configured: bool
    objective_s: float
    oldest_at: datetime | None
    lag_s: float
    backlog: int
    said: Progress | None
    silent_s: float | None
    dead: Mapping[RecordKind, int]

    @property
    def up(self) -> bool:
        """Tell whether there is a main system, and a leader that speaks and knows of no failure of it."""
        spoken = self.said is not None and not is_silent(self.silent_s)
        return self.configured and spoken and self.said is not None and self.said.failing_since is None

    @property
    def answers(self) -> bool | None:
        """Tell whether the main system answers; None when no leader that speaks has tried it so far."""
        if not self.configured or self.said is None or is_silent(self.silent_s):
            return None
        if self.said.failing_since is not None:
            return False
        return None if self.said.last_delivered_at is None else True

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return what is wrong."""
        found = []
        if self.lag_s > self.objective_s:
            found.append(Alarm.LATE)
        if is_silent(self.silent_s):
            found.append(Alarm.SILENT)
        return tuple(found)


def is_silent(silent_s: float | None) -> bool:
    """Tell whether a leader that said nothing for so long, or never, is to be taken for dead."""
    return silent_s is None or silent_s > SILENT_AFTER_S
