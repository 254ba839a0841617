"""Which stretch of time is looked at next, so that a look costs no more when much waits."""

from datetime import datetime, timedelta

# Things in one look: as many make the next one narrower, few wider.
MOST, FEW = 200, 50
NARROWEST, FIRST_WIDTH = timedelta(milliseconds=1), timedelta(minutes=1)
# What may come into the stretch behind us: other machines' clocks are not quite ours, and commits take their time.
MARGIN = timedelta(minutes=2)
# How far back anything can wait, and how often to look there again.
FARTHEST = timedelta(days=31)
ANEW_AFTER = timedelta(minutes=10)


class Window:
    """Walks through time up to the present, in stretches that hold neither too many things nor too few.

    The embedded database reads all that matches before it sorts or counts out a limit: only bounds keep a look cheap.
    """

    def __init__(self, now: datetime) -> None:
        self._start_anew(now)

    def _start_anew(self, now: datetime) -> None:
        self._since = now - FARTHEST
        self._width = FIRST_WIDTH
        self._anew_at = now + ANEW_AFTER

    def stretch(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the next stretch: from the first instant up to, but without, the second."""
        if now >= self._anew_at:
            self._start_anew(now)
        return self._since, min(now + NARROWEST, self._since + self._width)

    def looked(self, until: datetime, found: int, now: datetime) -> bool:
        """Go on after a look up to `until`; tell whether to look again at once.

        Where as many as MOST were found, the same stretch is looked at again: by then they are no longer there.
        """
        if found >= MOST:
            self.narrow()
            return True
        if found < FEW:
            self._width = min(FARTHEST, self._width * 2)
        if until <= now:
            self._since = until
            return True
        self._since, self._width = now - MARGIN, 2 * MARGIN
        return False

    def narrow(self) -> None:
        """Look at less at once: there was too much, or the database took too long."""
        self._width = max(NARROWEST, self._width / 8)
