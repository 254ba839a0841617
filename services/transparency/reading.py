"""What anybody may ask the log: checkpoints, its key, proofs and leaf hashes, never beyond what is signed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.common.clock import Clock
from services.common.model import Page
from services.common.pages import make_cursor, read_cursor
from services.transparency.errors import CheckpointAbsent, LogRangeInvalid
from services.transparency.log_keys import LogKeys
from services.transparency.model import ConsistencyProof, InclusionProof, SignedCheckpoint
from services.transparency.ports import CheckpointStore, LogStore
from services.transparency.proving import Proving

LIST = "checkpoints"
KNOWN_FOR = timedelta(seconds=1)


class LogReading:
    """Answers about one log."""

    def __init__(self, log: str, *, logs: LogStore, checkpoints: CheckpointStore, keys: LogKeys, clock: Clock) -> None:
        self.keys = keys
        self._log = log
        self._checkpoints = checkpoints
        self._clock = clock
        self._proving = Proving(logs)
        self._last: SignedCheckpoint | None = None
        self._looked_at: datetime | None = None

    async def latest(self) -> SignedCheckpoint:
        """Return the last checkpoint, as it was within the last second; raises CheckpointAbsent."""
        now = self._clock.now()
        if self._last is None or self._looked_at is None or now - self._looked_at > KNOWN_FOR:
            self._last = await self._checkpoints.find_last(self._log, self._last.number if self._last else 0)
            self._looked_at = now
        if self._last is None:
            raise CheckpointAbsent
        return self._last

    async def page(self, after: str | None, limit: int) -> Page[SignedCheckpoint]:
        """Return checkpoints in the order of their signing; raises CursorInvalid."""
        number = 0 if after is None else int(read_cursor(after, LIST, [int])[0])
        found = list(await self._checkpoints.numbered(self._log, number + 1, limit + 1))
        cursor = make_cursor(LIST, found[limit - 1].number) if len(found) > limit else None
        return Page(items=found[:limit], next=cursor)

    async def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """Return the proof for leaf `index` in the log of `size` leaves, by default of the last checkpoint.

        Raises LogRangeInvalid, CheckpointAbsent, LogDamaged.
        """
        signed = (await self.latest()).checkpoint.size
        within = signed if size is None else _ensure("size", size, 1, signed)
        return await self._proving.inclusion(self._log, _ensure("index", index, 0, within - 1), within)

    async def consistency(self, from_size: int, to_size: int | None = None) -> ConsistencyProof:
        """Return the proof that the log only grew between two sizes; raises as `inclusion` does."""
        signed = (await self.latest()).checkpoint.size
        until = signed if to_size is None else _ensure("to", to_size, 0, signed)
        return await self._proving.consistency(self._log, _ensure("from", from_size, 0, until), until)

    async def leaf_hashes(self, first: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return up to `limit` signed leaves from index `first` on; raises as `inclusion` does."""
        signed = (await self.latest()).checkpoint.size
        _ensure("from", first, 0, signed)
        found = await self._proving.leaf_hashes(self._log, first, min(first + limit, signed))
        return list(enumerate(found, first))


def _ensure(path: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise LogRangeInvalid(path, least, most)
    return value
