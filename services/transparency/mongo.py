"""Logs in MongoDB: tiles, a head whose size guards every append, and checkpoints whose numbers are claimed."""

from collections.abc import Mapping, Sequence

from pymongo import IndexModel, ReplaceOne
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.transparency.errors import LogDamaged
from services.transparency.merkle import HASH_BYTES
from services.transparency.model import Checkpoint, SignedCheckpoint, Tile, TileId
from services.transparency.ports import LogMoved
from services.transparency.tiles import Growth, Tail, edge_tiles, width_at

LOGS = CollectionPlan(name="logs", shard_key="_id")
LOG_TILES = CollectionPlan(name="log_tiles", shard_key="_id")
CHECKPOINTS = CollectionPlan(name="checkpoints", shard_key="_id", indexes=(IndexModel("regular_id"),))
COLLECTIONS = (LOGS, LOG_TILES, CHECKPOINTS)
DOUBLINGS = 32
PROBES = 64


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


class MongoCheckpoints:
    """Signed checkpoints; their numbers are their places in a row, so whoever writes a number first has it."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(CHECKPOINTS)

    async def find_last(self, log: str, known: int = 0) -> SignedCheckpoint | None:
        """Return the last checkpoint, where number `known` is there for certain.

        Numbers have no gap, so doubled steps and then ever narrower ones find the last without sorting.
        """
        last, absent = known, known + (1 << DOUBLINGS)
        probes = [known + (1 << doubling) for doubling in range(DOUBLINGS)]
        while probes:
            present = await self._present(log, probes)
            absent = next((number for number in probes if number not in present), absent)
            last = max((number for number in probes if number < absent), default=last)
            width = -(-(absent - last) // PROBES)
            probes = [*range(last + width, absent, width)]
        found = await self.numbered(log, last, 1) if last else ()
        return found[0] if found else None

    async def _present(self, log: str, numbers: Sequence[int]) -> set[int]:
        ids = {_checkpoint_id(log, number): number for number in numbers}
        async with translated_failures():
            found = self._collection.find({"_id": {"$in": list(ids)}}, {"_id": 1})
            return {ids[document["_id"]] async for document in found}

    async def claim(self, signed: SignedCheckpoint) -> bool:
        """Keep the checkpoint unless there is one of this number; tell whether it was kept."""
        async with translated_failures():
            try:
                await self._collection.insert_one(_checkpoint(signed))
            except DuplicateKeyError:
                return False
        return True

    async def numbered(self, log: str, first: int, most: int) -> Sequence[SignedCheckpoint]:
        """Return up to `most` checkpoints from number `first` on."""
        return await self._find("_id", log, first, most)

    async def regular(self, log: str, first: int, most: int) -> Sequence[SignedCheckpoint]:
        """Return up to `most` regular checkpoints from the regular one number `first` on."""
        return await self._find("regular_id", log, first, most)

    async def _find(self, key: str, log: str, first: int, most: int) -> Sequence[SignedCheckpoint]:
        ids = [_checkpoint_id(log, number) for number in range(first, first + most)]
        async with translated_failures():
            documents = await self._collection.find({key: {"$in": ids}}).to_list()
        return sorted((_read_checkpoint(one) for one in documents), key=lambda one: one.number)


def _tile_id(log: str, tile: TileId) -> str:
    level, index = tile
    return f"{log}:{level}:{index}"


def _tile(log: str, tile: Tile) -> Document:
    return {"_id": _tile_id(log, tile.id), "hashes": tile.hashes}


def _checkpoint_id(log: str, number: int) -> str:
    return f"{log}:{number}"


def _checkpoint(signed: SignedCheckpoint) -> Document:
    document: Document = {
        "_id": _checkpoint_id(signed.log, signed.number),
        "log": signed.log,
        "number": signed.number,
        "origin": signed.checkpoint.origin,
        "size": signed.checkpoint.size,
        "root": signed.checkpoint.root,
        "signed_at": signed.signed_at,
        "kid": signed.kid,
        "note": signed.note,
        "period_at": signed.period_at,
        "regular": signed.regular,
    }
    return document | ({"regular_id": _checkpoint_id(signed.log, signed.regular)} if signed.is_regular else {})


def _read_checkpoint(document: Document) -> SignedCheckpoint:
    return SignedCheckpoint(
        log=document["log"],
        number=document["number"],
        checkpoint=Checkpoint(origin=document["origin"], size=document["size"], root=bytes(document["root"])),
        signed_at=document["signed_at"],
        kid=document["kid"],
        note=document["note"],
        period_at=document["period_at"],
        regular=document["regular"],
        is_regular="regular_id" in document,
    )
