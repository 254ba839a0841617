"""ULIDs (github.com/ulid/spec), made often: in order of time, and within a millisecond in order of making."""

import secrets
import time

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Ten bits at a time.
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
# Fewer than the 80 there are, so that counting up from it stays within them.
_RANDOM_BITS = 79


class Ulids:
    """Makes ULIDs; nobody can guess one from another's, unless both were made in the same millisecond here."""

    def __init__(self) -> None:
        self._made_at_ms = 0
        self._time = ""
        self._number = 0

    def new(self) -> str:
        """Return 26 characters of Crockford base32: 48 bits of time in milliseconds, 80 bits of chance."""
        now_ms = time.time_ns() // 1_000_000
        if now_ms > self._made_at_ms:
            self._made_at_ms = now_ms
            self._time = _text(now_ms, 5)
            self._number = secrets.randbits(_RANDOM_BITS)
        self._number += 1
        return self._time + _text(self._number, 8)


def _text(number: int, pairs: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(10 * (pairs - 1), -1, -10)])
