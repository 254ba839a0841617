"""What a Merkle log is made of: tiles of hashes, checkpoints, and proofs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

TileId = tuple[int, int]


class LogName(StrEnum):
    """The logs that there are."""

    ITEMS = "items"
    PATROLS = "patrols"


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Up to 256 hashes side by side: number `index` of `level`, where level 0 holds the leaf hashes."""

    level: int
    index: int
    hashes: bytes

    @property
    def id(self) -> TileId:
        """Where the tile lies."""
        return self.level, self.index


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: under the name `origin`, it has `size` leaves and the root hash `root`."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as it was signed: number `number` (from 1) of its log, by the key `kid`, as the text `note`.

    `period_at` is when the latest interval of the clock began that has its regular checkpoint. `regular` counts the
    regular checkpoints so far, and `is_regular` tells whether this is one of them.
    """

    log: str
    number: int
    checkpoint: Checkpoint
    signed_at: datetime
    kid: int
    note: str
    period_at: datetime
    regular: int
    is_regular: bool


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """That the leaf `leaf_hash` lies at `index` of the log of `size` leaves, whose root is `root`."""

    index: int
    size: int
    root: bytes
    leaf_hash: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class ConsistencyProof:
    """That the log of `to_size` leaves begins with all of the log of `from_size` leaves."""

    from_size: int
    to_size: int
    from_root: bytes
    to_root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class CommittedEvent:
    """What lies behind a leaf: the event `id`, whose value `data` (JSON) was committed to under `salt` (16 bytes)."""

    index: int
    id: str
    salt: bytes
    data: Mapping[str, Any]
