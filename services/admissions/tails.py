"""The last characters of a document, which a slip on paper is good only together with."""

import hmac
from collections.abc import Iterable
from datetime import timedelta

from services.admissions.errors import DocumentTailNeeded, DocumentTailTries, DocumentTailWrong
from services.admissions.ports import Holders, TailTries
from services.common.clock import Clock

# Four digits have ten thousand values, so this many guesses hit one party in two thousand; then the gate must wait.
MOST_TRIES = 5
TRIES_WITHIN = timedelta(minutes=10)


class DocumentTails:
    """Compares what the gate was told with the documents of the party; wrong tries are counted, right ones are not."""

    def __init__(self, *, holders: Holders, tries: TailTries, clock: Clock) -> None:
        self._holders = holders
        self._tries = tries
        self._clock = clock

    async def ensure_right(self, reservation_id: str, venue_id: str, tail: str | None) -> None:
        """Pass for the tail of any of the party's documents.

        Raises DocumentTailNeeded without one, DocumentTailWrong, or DocumentTailTries after too many wrong ones.
        """
        if tail is None:
            raise DocumentTailNeeded
        now = self._clock.now()
        # Counted before it is compared, so that tries at many gates at once are not more tries.
        wait_until = await self._tries.claim(reservation_id, MOST_TRIES, now, now + TRIES_WITHIN)
        if wait_until is not None:
            raise DocumentTailTries(retry_after_s=max(1, int((wait_until - now).total_seconds()) + 1))
        if not _is_among(tail, await self._holders.tails_of(reservation_id, venue_id)):
            raise DocumentTailWrong
        await self._tries.give_back(reservation_id)


def _is_among(tail: str, tails: Iterable[str]) -> bool:
    given = tail.upper().encode()
    # Each is compared, in the same time for all: how long it takes says nothing.
    return any([hmac.compare_digest(given, one.encode()) for one in tails])  # noqa: C419 -- see above
