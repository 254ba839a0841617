"""Proofs from tiles, for any size that the log ever had: an old tile is the beginning of today's."""

from collections.abc import Iterable, Mapping

from services.transparency.errors import LogDamaged
from services.transparency.merkle import (
    HASH_BYTES,
    NodeSource,
    Stretch,
    consistency_stretches,
    inclusion_stretches,
    node_of,
    root_of,
)
from services.transparency.model import ConsistencyProof, InclusionProof, TileId
from services.transparency.ports import LogStore
from services.transparency.tiles import TILE_WIDTH, split_hashes, tile_of, tiles_for


class Proving:
    """Makes proofs; which sizes may be asked for is the caller's to decide. All raise LogDamaged for lacking tiles."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    async def root_at(self, log: str, size: int) -> bytes:
        """Return the root hash that the log had at `size` leaves."""
        return node_of((0, size), await self._nodes(log, [(0, size)]))

    async def inclusion(self, log: str, index: int, size: int) -> InclusionProof:
        """Return the proof that leaf `index` is in the log of `size` leaves, of which it is one."""
        path = inclusion_stretches(index, size)
        leaf, whole = (index, index + 1), (0, size)
        nodes = await self._nodes(log, [*path, leaf, whole])
        return InclusionProof(
            index=index,
            size=size,
            root=node_of(whole, nodes),
            leaf_hash=node_of(leaf, nodes),
            hashes=tuple(node_of(stretch, nodes) for stretch in path),
        )

    async def consistency(self, log: str, from_size: int, to_size: int) -> ConsistencyProof:
        """Return the proof that the log of `to_size` leaves begins with the log of `from_size`, not larger."""
        path = consistency_stretches(from_size, to_size)
        old, new = (0, from_size), (0, to_size)
        nodes = await self._nodes(log, [*path, old, new])
        return ConsistencyProof(
            from_size=from_size,
            to_size=to_size,
            from_root=node_of(old, nodes),
            to_root=node_of(new, nodes),
            hashes=tuple(node_of(stretch, nodes) for stretch in path),
        )

    async def leaf_hashes(self, log: str, first: int, until: int) -> list[bytes]:
        """Return the leaf hashes from index `first` up to, not including, `until`."""
        if first >= until:
            return []
        wanted = [(0, index) for index in range(first // TILE_WIDTH, (until - 1) // TILE_WIDTH + 1)]
        found = await self._store.tiles(log, wanted)
        hashes = [one for tile in wanted for one in split_hashes(_whole(found, tile, log, until))]
        begin = wanted[0][1] * TILE_WIDTH
        return hashes[first - begin : until - begin]

    async def _nodes(self, log: str, stretches: Iterable[Stretch]) -> NodeSource:
        found = await self._store.tiles(log, sorted(tiles_for(stretches)))

        def node(height: int, number: int) -> bytes:
            tile, begin, end = tile_of(height, number)
            hashes = found.get(tile, b"")[begin * HASH_BYTES : end * HASH_BYTES]
            if len(hashes) != (end - begin) * HASH_BYTES:
                raise LogDamaged(f"tile {tile} of {log} lacks hashes")
            return root_of(split_hashes(hashes))

        return node


def _whole(found: Mapping[TileId, bytes], tile: TileId, log: str, until: int) -> bytes:
    hashes = found.get(tile, b"")
    if len(hashes) < HASH_BYTES * min(TILE_WIDTH, until - tile[1] * TILE_WIDTH):
        raise LogDamaged(f"tile {tile} of {log} lacks hashes")
    return hashes
