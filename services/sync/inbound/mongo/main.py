"""The main system's reference data in its own MongoDB, of which this service reads only."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.errors import OperationFailure

from services.common.mongo import Client, Document, translated_failures
from services.common.stretches import stretches
from services.sync.inbound.errors import HistoryLost, StreamsRefused
from services.sync.inbound.model import Change, Changes, ReferenceKind
from services.sync.inbound.ports import ChangeStream

COLLECTION_OF: Mapping[ReferenceKind, str] = {
    ReferenceKind.DIVISION: "reference_divisions",
    ReferenceKind.VENUE: "reference_venues",
    ReferenceKind.OUTLET: "reference_outlets",
    ReferenceKind.INSPECTOR: "reference_inspectors",
    ReferenceKind.ITEM_TYPE: "reference_item_types",
}
KIND_OF = {name: kind for kind, name in COLLECTION_OF.items()}
READ_AT_ONCE = 200
WAIT_MS = 1000
STREAM_WITHIN_S = 8.0
MOST_CHANGES = 100
WRITES = frozenset({"insert", "update", "replace"})
# Numbers of MongoDB's error_codes.yml. A server that cannot read a token says so by one of several.
HISTORY_LOST = frozenset({2, 9, 14, 260, 280, 286, 40647, 40649, 50795, 50811})
# Unauthorized, CommandNotFound, InvalidOptions, NotImplemented, APIStrictError, no replica set, no such stage.
REFUSED = frozenset({13, 59, 72, 238, 323, 40573, 40324})


class MongoMain:
    """See `services.sync.inbound.ports.MainSystem`."""

    def __init__(self, client: Client, database: str) -> None:
        """`client` has its own address, credentials and TLS; see docs/sync-inbound.md for the rights it needs."""
        self._database = client[database]

    async def token_now(self) -> Mapping[str, Any]:
        """Return the token of this moment; raises StreamsRefused."""
        async with self._opened(None) as stream:
            async with translated_failures(STREAM_WITHIN_S):
                with _translated():
                    first = await stream.try_next()
            # What came in this very moment is found by comparing, and once more in the stream.
            token = first["_id"] if first is not None else stream.resume_token
        if token is None:
            raise StreamsRefused("the main system gives no token before its first change")
        return dict(token)

    @asynccontextmanager
    async def stream(self, token: Mapping[str, Any]) -> AsyncIterator[ChangeStream]:
        """Open the changes after `token`; raises HistoryLost, StreamsRefused."""
        async with self._opened(token) as stream:
            yield _Stream(stream)

    @asynccontextmanager
    async def _opened(self, token: Mapping[str, Any] | None) -> AsyncIterator[AsyncChangeStream[Document]]:
        collections = sorted(COLLECTION_OF.values())
        async with translated_failures(STREAM_WITHIN_S):
            with _translated():
                stream = await self._database.watch(
                    [{"$match": {"ns.coll": {"$in": collections}}}],
                    full_document="updateLookup",
                    resume_after=token,
                    max_await_time_ms=WAIT_MS,
                )
        try:
            yield stream
        finally:
            await stream.close()

    async def everything(self, kind: ReferenceKind) -> AsyncIterator[Sequence[Document]]:
        """Yield all documents of a kind, some hundreds at a time."""
        async for some in self._found(kind, {}):
            yield some

    async def updated_since(self, kind: ReferenceKind, since: datetime) -> AsyncIterator[Sequence[Document]]:
        """Yield the documents with `updated_at` at or after `since`, in any order."""
        async for some in self._found(kind, {"updated_at": {"$gte": since}}):
            yield some

    async def several(self, kind: ReferenceKind, keys: Collection[str]) -> Sequence[Document]:
        """Return the documents there are with these keys."""
        found: list[Document] = []
        async with translated_failures():
            for some in stretches(keys):
                cursor = self._database[COLLECTION_OF[kind]].find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found += [document async for document in cursor]
        return found

    async def _found(self, kind: ReferenceKind, query: Document) -> AsyncIterator[list[Document]]:
        cursor = self._database[COLLECTION_OF[kind]].find(query, batch_size=READ_AT_ONCE)
        try:
            while True:
                # Bounded piece by piece: taking one may last.
                async with translated_failures():
                    some = await cursor.to_list(READ_AT_ONCE)
                if not some:
                    return
                yield some
        finally:
            await cursor.close()


class _Stream:
    """See `services.sync.inbound.ports.ChangeStream`."""

    def __init__(self, stream: AsyncChangeStream[Document]) -> None:
        self._stream = stream

    async def following(self) -> Changes:
        """Wait a moment for changes; perhaps there are none. Raises HistoryLost, StreamsRefused."""
        changes: list[Change] = []
        while len(changes) < MOST_CHANGES:
            async with translated_failures(STREAM_WITHIN_S):
                with _translated():
                    event = await self._stream.try_next()
            if event is None:
                break
            changes += _read(event)
        if not self._stream.alive:
            raise HistoryLost
        token = self._stream.resume_token
        return Changes(changes=tuple(changes), token=None if token is None else dict(token))


def _read(event: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what an event says; raises HistoryLost where a whole collection was dropped, renamed or replaced."""
    what = event["operationType"]
    if what not in {*WRITES, "delete"}:
        raise HistoryLost
    kind = KIND_OF[event["ns"]["coll"]]
    document = event.get("fullDocument")
    # Without a document in a write it was taken out meanwhile, as a later event says.
    if what == "delete" or document is not None:
        yield Change(kind=kind, key=event["documentKey"]["_id"], document=None if what == "delete" else document)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationFailure as error:
        if error.code in REFUSED:
            raise StreamsRefused(f"{error.code}: {error.details and error.details.get('codeName')}") from error
        if error.code in HISTORY_LOST or error.has_error_label("NonResumableChangeStreamError"):
            raise HistoryLost from error
        raise
