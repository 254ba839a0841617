"""Logs in MongoDB: tiles, and a head whose size guards every append."""

from collections.abc import Mapping, Sequence

from pymongo import ReplaceOne
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.transparency.errors import LogDamaged
from services.transparency.merkle import HASH_BYTES
from services.transparency.model import Tile, TileId
from services.transparency.ports import LogMoved
from services.transparency.tiles import Growth, Tail, edge_tiles, width_at

LOGS = CollectionPlan(name="logs", shard_key="_id")
LOG_TILES = CollectionPlan(name="log_tiles", shard_key="_id")
COLLECTIONS = (LOGS, LOG_TILES)


class MongoLog:
    """All logs of the service. Stores of facts append within the transactions that write their facts."""

    def __init__(self, mongo: Mongo) -> None:
        self._heads = mongo.collection(LOGS)
        self._tiles = mongo.collection(LOG_TILES)

    async def append(self, growth: Growth, session: Session) -> None:
        """Write `growth` as part of a transaction; raises LogMoved unless the log still has the size it grew from.

        A log changes in its head first: of two transactions at once the second meets the first there.
        """
        await self._advance(growth, session)
        log = growth.tail.log
        writes = [ReplaceOne({"_id": (made := _tile(log, tile))["_id"]}, made, upsert=True) for tile in growth.tiles]
        await self._tiles.bulk_write(writes, session=session)

    async def _advance(self, growth: Growth, session: Session) -> None:
        log, before, after = growth.tail.log, growth.first_index, growth.tail.size
        if before:
            guard: Document = {"_id": log, "size": before}
            done = await self._heads.update_one(guard, {"$set": {"size": after}}, session=session)
            if not done.modified_count:
                raise LogMoved
            return
        try:
            await self._heads.insert_one({"_id": log, "size": after}, session=session)
        except DuplicateKeyError:
            raise LogMoved from None

    async def size(self, log: str) -> int:
        """Return how many leaves the log has; 0 for one that nobody has begun."""
        async with translated_failures():
            head = await self._heads.find_one({"_id": log})
        return 0 if head is None else int(head["size"])

    async def tail(self, log: str) -> Tail:
        """Return the right edge of the log; raises LogDamaged when a tile of it is missing or too short.

        The tiles may be newer than the size, which does no harm: they begin with what they were.
        """
        size = await self.size(log)
        wanted = edge_tiles(size)
        found = await self.tiles(log, [tile for tile in wanted if width_at(size, tile)])
        edge = [found.get(tile, b"")[: width_at(size, tile) * HASH_BYTES] for tile in wanted]
        for tile, hashes in zip(wanted, edge, strict=True):
            if len(hashes) != width_at(size, tile) * HASH_BYTES:
                raise LogDamaged(f"tile {tile} of {log} lacks hashes")
        return Tail(log=log, size=size, edge=tuple(edge))

    async def tiles(self, log: str, wanted: Sequence[TileId]) -> Mapping[TileId, bytes]:
        """Return the hashes of those tiles that there are, in one round trip."""
        if not wanted:
            return {}
        ids = {_tile_id(log, tile): tile for tile in wanted}
        async with translated_failures():
            found = self._tiles.find({"_id": {"$in": list(ids)}})
            return {ids[document["_id"]]: bytes(document["hashes"]) async for document in found}


def _tile_id(log: str, tile: TileId) -> str:
    level, index = tile
    return f"{log}:{level}:{index}"


def _tile(log: str, tile: Tile) -> Document:
    return {"_id": _tile_id(log, tile.id), "hashes": tile.hashes}
