"""How fast one receiver is sent to, and which stretch of its deliveries is looked at next."""

from datetime import datetime, timedelta

from services.webhooks.rules import FORGET_AFTER, GIVE_UP_AFTER, Chance, wait_after

AT_ONCE = 8
# Deliveries in one look: as many make it narrower, few wider.
MOST, FEW = 400, 100
NARROWEST, FIRST_WIDTH = timedelta(milliseconds=1), timedelta(minutes=1)
# What may come into the stretch behind us: other machines' clocks are not quite ours.
MARGIN = timedelta(minutes=1)
# How far back anything can wait, and how often to look there again.
FARTHEST = GIVE_UP_AFTER + FORGET_AFTER
ANEW_AFTER = timedelta(minutes=10)
LONGEST_REST = timedelta(minutes=1)


class Pace:
    """Requests to one receiver: several at once while all goes well, one at a time after a failure, with rests."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._failures = 0
        self._not_before: datetime | None = None

    def width(self, now: datetime, per_minute: int | None) -> int:
        """Return how many requests may go out now; `per_minute` is what the receiver allows."""
        if self._not_before is not None and now < self._not_before:
            return 0
        if per_minute is not None:
            self._not_before = now + timedelta(minutes=1) / per_minute
            return 1
        return 1 if self._failures else AT_ONCE

    def good(self) -> None:
        """Note that the receiver took something."""
        self._failures = 0

    def bad(self, now: datetime, retry_after_s: float | None) -> None:
        """Note that it did not; it has a rest of at most a minute, or as long as it asked for."""
        if self._not_before is None or now >= self._not_before:  # else sent in one moment with what failed before
            self._failures += 1
        rest = min(wait_after(self._failures, self._chance), LONGEST_REST)
        self._not_before = now + max(rest, timedelta(seconds=retry_after_s or 0))


class Window:
    """Walks through time in stretches that hold neither too many deliveries nor too few.

    The embedded database reads all that matches before it sorts or counts out a limit: only bounds keep a look cheap.
    """

    def __init__(self, now: datetime) -> None:
        self._start_anew(now)

    def _start_anew(self, now: datetime) -> None:
        self._since = now - FARTHEST
        self._width = FIRST_WIDTH
        self._anew_at = now + ANEW_AFTER

    def stretch(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the next stretch: from the first instant, up to and with the second."""
        if now >= self._anew_at:
            self._start_anew(now)
        return self._since, min(now, self._since + self._width)

    def looked(self, until: datetime, found: int, now: datetime) -> bool:
        """Go on after a look up to `until`, which may have found only the first MOST; tell whether there is more."""
        if found >= MOST:
            self.narrow()  # and look again from here: what was found is not there any more by then
            return True
        if found < FEW:
            self._width = min(FARTHEST, self._width * 2)
        if until < now:
            self._since = until
            return True
        self._since, self._width = now - MARGIN, 2 * MARGIN
        return False

    def narrow(self) -> None:
        """Look at less at once: there was too much, or the database took too long."""
        self._width = max(NARROWEST, self._width / 8)
