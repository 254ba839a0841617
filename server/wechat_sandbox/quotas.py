"""How often a thing was done in the present minute or day."""

from server.wechat_sandbox.refusals import Refused


class Quota:
    """Counts by key within fixed windows of `window_s` seconds; what is past is forgotten."""

    def __init__(self, *, limit: int, window_s: int, errcode: int) -> None:
        self._limit = limit
        self._window_s = window_s
        self._errcode = errcode
        self._window = -1
        self._counts: dict[str, int] = {}

    def spend(self, key: str, now: float) -> None:
        """Count one more for `key` at `now` (seconds); raises Refused beyond the limit."""
        window = int(now // self._window_s)
        if window != self._window:
            self._window = window
            self._counts.clear()
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] > self._limit:
            raise Refused(self._errcode)
