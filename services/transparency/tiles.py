"""Tiles: how the hashes of a log lie side by side, 256 in a row (after C2SP tlog-tiles), and how the log grows.

A tile of level 0 holds leaf hashes; one of the level above holds the roots of full tiles below it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.transparency.merkle import HASH_BYTES, complete_subtrees, leaf_hash, root_of
from services.transparency.model import Tile, TileId

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The right edge of the log `log` of `size` leaves: the hashes of its unfinished tile at each level, lowest first.

    All that is needed to make the log longer.
    """

    log: str
    size: int
    edge: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The root hash of the log."""
        joined: list[bytes] = []
        for hashes in self.edge:
            row = [*split_hashes(hashes), *joined]
            joined = [root_of(row)] if row else []
        return root_of(joined)


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What an append writes: the tiles that change, and the new tail. The new leaves begin at `first_index`."""

    first_index: int
    tiles: tuple[Tile, ...]
    tail: Tail


def grow(tail: Tail, leaf_data: Sequence[bytes]) -> Growth:
    """Return what appending `leaf_data`, one leaf each, at least one, makes of the log."""
    if not leaf_data:
        raise ValueError("an append has at least one leaf")
    tiles: list[Tile] = []
    edge: list[bytes] = []
    hashes = [leaf_hash(data) for data in leaf_data]
    level = 0
    while hashes or level < len(tail.edge):
        known = tail.edge[level] if level < len(tail.edge) else b""
        full, rest = _fill(known + b"".join(hashes))
        first = tail.size >> TILE_HEIGHT * (level + 1)
        if hashes:
            changed = [*full, rest] if rest else full
            tiles += [Tile(level=level, index=first + at, hashes=row) for at, row in enumerate(changed)]
        edge.append(rest)
        hashes = [root_of(split_hashes(row)) for row in full]
        level += 1
    grown = Tail(log=tail.log, size=tail.size + len(leaf_data), edge=tuple(edge))
    return Growth(first_index=tail.size, tiles=tuple(tiles), tail=grown)


def _fill(hashes: bytes) -> tuple[list[bytes], bytes]:
    """Return the full tiles, and what is left over."""
    filled = len(hashes) // TILE_BYTES * TILE_BYTES
    return [hashes[at : at + TILE_BYTES] for at in range(0, filled, TILE_BYTES)], hashes[filled:]


def split_hashes(hashes: bytes) -> list[bytes]:
    """Return the hashes of a tile one by one."""
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def levels_of(size: int) -> int:
    """Return how many levels a log of `size` leaves has: one more as soon as a tile of the highest is full."""
    levels = 0
    while size >> TILE_HEIGHT * levels:
        levels += 1
    return levels


def width_at(size: int, tile: TileId) -> int:
    """Return how many hashes `tile` holds in a log of `size` leaves; what it holds later goes on from these."""
    level, index = tile
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH))


def edge_tiles(size: int) -> list[TileId]:
    """Return the unfinished tile of each level; one that would be empty is among them."""
    return [(level, size >> TILE_HEIGHT * (level + 1)) for level in range(levels_of(size))]


def tile_of(height: int, number: int) -> tuple[TileId, int, int]:
    """Return where a complete subtree is found: its tile, and the first and last-but-one hash it is made of."""
    level = height // TILE_HEIGHT
    width = 1 << height % TILE_HEIGHT
    first = number * width
    index, begin = divmod(first, TILE_WIDTH)
    return (level, index), begin, begin + width


def tiles_for(stretches: Iterable[tuple[int, int]]) -> set[TileId]:
    """Return the tiles that nodes of the tree are made of."""
    return {tile_of(*subtree)[0] for stretch in stretches for subtree in complete_subtrees(stretch)}
