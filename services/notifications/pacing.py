"""How fast WeChat is asked: several at once while all goes well, with growing rests while it does not."""

from datetime import datetime, timedelta

from services.notifications.errors import Backoff
from services.notifications.rules import Chance, rest_after

AT_ONCE = 8


class Pace:
    """Failures in a row, and until when to rest because of them."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._failures = 0
        self._not_before: datetime | None = None

    def width(self, now: datetime) -> int:
        """Return how many messages may go out now."""
        if self.rests(now) is not None:
            return 0
        return 1 if self._failures else AT_ONCE

    def rests(self, now: datetime) -> datetime | None:
        """Return until when there is a rest; None when there is none."""
        return self._not_before if self._not_before is not None and now < self._not_before else None

    def good(self) -> None:
        """Note that a message could be sent, or refused for reasons of its own."""
        self._failures = 0

    def bad(self, now: datetime, backoff: Backoff) -> datetime:
        """Note that none can be sent now; return until when to rest."""
        if self.rests(now) is None:  # else asked in one moment with what failed before
            self._failures += 1
        rest: timedelta = rest_after(self._failures, backoff, self._chance)
        self._not_before = max(self._not_before or now, now + rest)
        return self._not_before
