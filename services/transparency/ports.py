"""What the log needs of stores, of a file, and of who watches."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from services.transparency.model import CommittedEvent, SignedCheckpoint, TileId
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


class CheckpointStore(Protocol):
    """All signed checkpoints of all logs, numbered from 1 without a gap."""

    async def find_last(self, log: str, known: int = 0) -> SignedCheckpoint | None:
        """Return the last checkpoint, where number `known` is there for certain."""

    async def claim(self, signed: SignedCheckpoint) -> bool:
        """Keep the checkpoint unless there is one of this number; tell whether it was kept."""

    async def numbered(self, log: str, first: int, most: int) -> Sequence[SignedCheckpoint]:
        """Return up to `most` checkpoints from number `first` on."""

    async def regular(self, log: str, first: int, most: int) -> Sequence[SignedCheckpoint]:
        """Return up to `most` regular checkpoints from the regular one number `first` on."""


Notes = Callable[[int, int], Awaitable[Sequence[str]]]


class NoteFile(Protocol):
    """A file of notes that only ever grows; several processes may share it."""

    async def complete(self, signed: Notes) -> None:
        """Append what is missing of the notes that `signed` gives (first, most); raises RecordContradicted."""


class SigningWatch(Protocol):
    """Who tells operators what became of checkpoints."""

    def signed(self, kind: str) -> None:
        """Count a checkpoint."""

    def found_inconsistent(self, log_name: str, reason: str) -> None:
        """Raise the alarm: the log is not what was signed before, so nothing is signed."""

    def could_not_write(self, log_name: str, reason: str) -> None:
        """Say that the file of checkpoints on this machine could not be completed."""


class EventSource(Protocol):
    """Who knows what lies behind the leaves of a log."""

    async def committed_between(self, first: int, until: int) -> Sequence[CommittedEvent]:
        """Return the events with indexes from `first` up to, not including, `until`, in their order."""

    async def strays(self, size: int) -> Sequence[tuple[str, int | None]]:
        """Return the ids of events that claim no index of a log of `size` leaves, each with what it claims."""
