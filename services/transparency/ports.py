"""What the log needs of a store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.transparency.model import TileId
from services.transparency.tiles import Tail


class LogMoved(Exception):
    """Somebody else appended first: roll back, read the tail again, decide again."""


class LogStore(Protocol):
    """The tiles of logs, and how long each log is; appending belongs to the transactions of other stores."""

    async def size(self, log: str) -> int:
        """Return how many leaves the log has; 0 for one that nobody has begun."""

    async def tail(self, log: str) -> Tail:
        """Return the right edge of the log; raises LogDamaged when a tile of it is missing or too short."""

    async def tiles(self, log: str, wanted: Sequence[TileId]) -> Mapping[TileId, bytes]:
        """Return the hashes of those tiles that there are, in one round trip."""
