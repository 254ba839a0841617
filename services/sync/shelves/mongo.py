"""Shelves in MongoDB: inserts first, guarded replacements for what is there already."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, PyMongoError, WriteError

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.common.mongo import DUPLICATE_KEY, CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.shelves.documents import FILED_BY, Layout, OnOurOwnShelf, read_cell, read_lying
from services.sync.shelves.model import Cell, Lying, Put, Sum
from services.sync.shelves.ports import ShelfUnavailable

BY_CELL = IndexModel([(name, ASCENDING) for name in ("kind", "sender", "district", "day", "part")])
MARKS = CollectionPlan(
    name=OnOurOwnShelf().collection_name(RecordKind.SLOT),
    shard_key="_id",
    indexes=(BY_CELL, IndexModel([("kind", ASCENDING), ("flaws", ASCENDING)]), IndexModel("delivered_at")),
)
COLLECTIONS = (MARKS,)
PUT_WITHIN_S = 30.0
SUM_WITHIN_S = 300.0
AT_ONCE = 500
LABEL = dict.fromkeys(("version", "digest", "sender", "source_id", "delivered_at", *FILED_BY), True)
TIMES_LOOKED = 3
# What may come as the error of one document, but is about the server, a change of primary, our rights or the disk: in
# MongoDB's list of error codes, HostUnreachable and others of the network, Unauthorized, LockTimeout, MaxTimeMSExpired,
# ShutdownInProgress, WriteConflict, PrimarySteppedDown, ExceededTimeLimit, NotWritablePrimary, Interrupted…, and
# OutOfDiskSpace.
NOT_ABOUT_THE_DOCUMENT = frozenset(
    {6, 7, 13, 24, 50, 89, 91, 112, 134, 189, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436, 14031}
)


class MongoShelf:
    """See `services.sync.shelves.ports.Shelf`."""

    def __init__(self, mongo: Mongo, *, sender: str, layout: Layout, clock: Clock) -> None:
        """Hold what `sender` laid down in the database of `mongo`."""
        self._mongo = mongo
        self._sender = sender
        self._layout = layout
        self._clock = clock
        self.reads = 0

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        """Lay envelopes down unless this version or a newer one lies there."""
        outcomes: dict[str, Put] = {}
        for kind in dict.fromkeys(envelope.kind for envelope in envelopes):
            ours = {self._layout.key(kind, one.id): one for one in envelopes if one.kind is kind}
            outcomes.update(await self._put_kind(kind, ours))
        return [outcomes[self._layout.key(one.kind, one.id)] for one in envelopes]

    async def _put_kind(self, kind: RecordKind, ours: Mapping[str, Envelope]) -> Mapping[str, Put]:
        collection = self._collection(kind)
        now = self._clock.now()
        documents = {key: self._layout.document(one, now) for key, one in ours.items()}
        outcomes = dict.fromkeys(ours, Put.TAKEN)
        # Most records are new, and an insert costs a third of a guarded upsert (measured).
        new = [key for key, one in ours.items() if one.version == 1]
        there, refused = await self._insert(collection, [documents[key] for key in new])
        changed = [*there, *(key for key, one in ours.items() if one.version > 1)]
        beaten, refused_too = await self._replace_older(collection, [documents[key] for key in changed])
        outcomes.update(dict.fromkeys([*refused, *refused_too], Put.REFUSED))
        for key in beaten:
            outcomes[key] = await self._settle(ours[key])
        return outcomes

    async def _insert(self, collection: AsyncCollection[Document], new: Sequence[Document]) -> tuple[list[str], ...]:
        if not new:
            return [], []
        try:
            with shelf_failures():
                async with translated_failures(PUT_WITHIN_S):
                    await collection.insert_many(new, ordered=False)
        except BulkWriteError as error:
            return _sorted_out(error, new)
        return [], []

    async def _replace_older(
        self, collection: AsyncCollection[Document], some: Sequence[Document]
    ) -> tuple[list[str], ...]:
        if not some:
            return [], []
        writes = [
            ReplaceOne(
                {"_id": one["_id"], "sender": self._sender, "version": {"$lt": one["version"]}}, one, upsert=True
            )
            for one in some
        ]
        try:
            with shelf_failures():
                async with translated_failures(PUT_WITHIN_S):
                    await collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            return _sorted_out(error, some)
        return [], []

    async def _settle(self, envelope: Envelope) -> Put:
        """Find out why an envelope could not be laid down; what lies there is ours and as new, or gives way."""
        for _ in range(TIMES_LOOKED):
            seen = (await self.find(envelope.kind, [envelope.id])).get(envelope.id)
            if seen is not None and seen.sender == self._sender:
                same = seen.version == envelope.version and seen.digest == envelope.digest
                if same or seen.version > envelope.version:
                    return Put.KNOWN
            put = await self._replace(envelope, seen)
            if put is not None:
                return put
        raise ShelfUnavailable("contended")

    async def sums(self, cell: Cell) -> Mapping[Cell, Sum]:
        """Return the sums of what a cell is made of."""
        by_part = cell.day is not None
        group = {"part": "$part"} if by_part else {"district": "$district", "day": "$day"}
        pipeline: list[Mapping[str, Any]] = [
            {"$match": self._query(cell)},
            {
                "$group": {
                    "_id": group,
                    "count": {"$sum": 1},
                    "high": {"$sum": "$high"},
                    "low": {"$sum": "$low"},
                }
            },
        ]
        with shelf_failures():
            async with translated_failures(SUM_WITHIN_S):
                found = await (await self._collection(cell.kind).aggregate(pipeline, batchSize=10_000)).to_list()
        self.reads += len(found)
        cells = [(read_cell(cell, one["_id"]), Sum(one["count"], one["high"], one["low"])) for one in found]
        return {within: total for within, total in cells if within is not None}

    async def lying(self, cell: Cell) -> Sequence[Lying]:
        """Return what lies in a cell."""
        with shelf_failures():
            async with translated_failures(SUM_WITHIN_S):
                cursor = self._collection(cell.kind).find(self._query(cell), LABEL, batch_size=10_000)
                found = [self._read(cell.kind, document) async for document in cursor]
        self.reads += len(found)
        return found

    async def find(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Lying]:
        """Return what lies at these ids."""
        found: dict[str, Lying] = {}
        for some in stretches([self._layout.key(kind, one) for one in ids]):
            with shelf_failures():
                async with translated_failures():
                    cursor = self._collection(kind).find({"_id": {"$in": some}}, LABEL, batch_size=len(some) + 1)
                    seen = [self._read(kind, document) async for document in cursor]
            found.update((one.id, one) for one in seen)
        self.reads += len(found)
        return found

    async def replace(self, envelope: Envelope, seen: Lying | None) -> bool:
        """Lay the envelope in place of what was seen there."""
        return await self._replace(envelope, seen) is Put.TAKEN

    async def _replace(self, envelope: Envelope, seen: Lying | None) -> Put | None:
        """Do so; None when what was seen is there no more."""
        document = self._layout.document(envelope, self._clock.now())
        collection = self._collection(envelope.kind)
        try:
            with shelf_failures():
                async with translated_failures():
                    if seen is None:
                        await collection.insert_one(document)
                        return Put.TAKEN
                    done = await collection.replace_one(self._as_seen(seen), document)
        except DuplicateKeyError as error:
            # Where it is not about the place, another unique index of the recipient's has something against it.
            return None if seen is None and _is_about_place(error) else Put.REFUSED
        except WriteError:
            return Put.REFUSED
        return Put.TAKEN if done.matched_count == 1 else None

    async def remove(self, seen: Lying) -> bool:
        """Take away what was seen."""
        with shelf_failures():
            async with translated_failures():
                done = await self._collection(seen.kind).delete_one(self._as_seen(seen) | {"sender": self._sender})
        return done.deleted_count == 1

    async def contents(self, kind: RecordKind) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield everything of ours of a kind."""
        with shelf_failures():
            cursor = self._collection(kind).find({"kind": kind, "sender": self._sender}, batch_size=AT_ONCE)
            while some := await cursor.to_list(AT_ONCE):
                self.reads += len(some)
                yield some

    async def strangers(self, kind: RecordKind) -> int:
        """Return how many documents somebody else laid where envelopes of this kind lie."""
        with shelf_failures():
            async with translated_failures(SUM_WITHIN_S):
                return await self._collection(kind).count_documents({"sender": {"$ne": self._sender}})

    def _collection(self, kind: RecordKind) -> AsyncCollection[Document]:
        return self._mongo.collection(CollectionPlan(name=self._layout.collection_name(kind), shard_key="_id"))

    def _query(self, cell: Cell) -> Document:
        query: Document = {"kind": cell.kind, "sender": self._sender}
        if cell.district_id is not None:
            query["district"] = cell.district_id
        if cell.day is not None:
            query["day"] = cell.day.isoformat()
        if cell.part is not None:
            query["part"] = cell.part
        return query

    def _read(self, kind: RecordKind, document: Document) -> Lying:
        prefix = self._layout.key(kind, "")
        return read_lying(document, kind, str(document["_id"]).removeprefix(prefix))

    def _as_seen(self, seen: Lying) -> Document:
        guard: Document = {"_id": self._layout.key(seen.kind, seen.id)}
        if seen.version >= 0:
            guard["version"] = seen.version
        if seen.digest:
            guard["digest"] = seen.digest
        return guard


def target_plans() -> Sequence[CollectionPlan]:
    """Return the collections that a recipient has of us."""
    return [CollectionPlan(name=kind.value, shard_key="_id", indexes=(BY_CELL,)) for kind in RecordKind]


@contextmanager
def shelf_failures() -> Iterator[None]:
    """Turn what keeps us from a shelf into ShelfUnavailable; refusals of single documents pass through."""
    try:
        yield
    except BulkWriteError:
        raise
    except DatabaseUnavailable as error:
        raise ShelfUnavailable(error.code) from error
    except WriteError as error:
        if error.code in NOT_ABOUT_THE_DOCUMENT:
            raise ShelfUnavailable(f"refused_{error.code}") from error
        raise
    except OperationFailure as error:
        raise ShelfUnavailable(f"refused_{error.code}") from error
    except PyMongoError as error:
        raise ShelfUnavailable(type(error).__name__) from error


def _sorted_out(error: BulkWriteError, documents: Sequence[Document]) -> tuple[list[str], list[str]]:
    """Return which documents met another one at their place, and which the database does not want."""
    details: Mapping[str, Any] = error.details or {}
    if details.get("writeConcernErrors"):
        raise ShelfUnavailable("write_concern") from error
    failures = details.get("writeErrors", [])
    for one in failures:
        if one["code"] in NOT_ABOUT_THE_DOCUMENT:
            raise ShelfUnavailable(f"refused_{one['code']}") from error
    there = [documents[one["index"]]["_id"] for one in failures if one["code"] == DUPLICATE_KEY]
    refused = [documents[one["index"]]["_id"] for one in failures if one["code"] != DUPLICATE_KEY]
    return there, refused


def _is_about_place(error: DuplicateKeyError) -> bool:
    """Tell whether something lies at the place; a server that does not say what is double means that."""
    details: Mapping[str, Any] = error.details or {}
    return "_id" in (details.get("keyPattern") or {"_id": 1})
