"""Records that are read off the documents of one collection."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence

from services.common.mongo import CALL_TIMEOUT_S, CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.model import RecordKind
from services.sync.records import Record

READ_AT_ONCE = 500
# A database counts the time of a cursor's first call for all of its calls together, as far as it works on them.
WHOLE_PASS_S = 60.0

ReadRecords = Callable[[Sequence[Document]], Awaitable[Sequence[Record]]]


class MongoSource:
    """See `services.sync.records.RecordSource`; `read` makes a record of each document, some hundreds at a time."""

    def __init__(self, mongo: Mongo, *, kind: RecordKind, plan: CollectionPlan, read: ReadRecords) -> None:
        self._kind = kind
        self._collection = mongo.collection(plan)
        self._read = read

    @property
    def kind(self) -> RecordKind:
        """Return the kind."""
        return self._kind

    async def several(self, ids: Collection[str]) -> Sequence[Record]:
        """Return the records there are, as they are now, in any order; raises DatabaseUnavailable."""
        found: list[Record] = []
        for some in stretches(ids):
            # Around each call alone, so that many ids have as much time as they need.
            async with translated_failures():
                documents = await self._collection.find({"_id": {"$in": some}}, batch_size=len(some) + 1).to_list()
            found += await self._read(documents)
        return found

    async def about(self) -> int:
        """Return how many documents there are; some may give no record."""
        async with translated_failures():
            return await self._collection.estimated_document_count()

    async def everything(self) -> AsyncIterator[Sequence[Record]]:
        """Yield all records there are, some hundreds at a time, in any order; raises DatabaseUnavailable."""
        cursor = self._collection.find({}, batch_size=READ_AT_ONCE)
        bound_s = WHOLE_PASS_S
        try:
            while True:
                async with translated_failures(bound_s):
                    documents = await cursor.to_list(READ_AT_ONCE)
                if not documents:
                    return
                yield await self._read(documents)
                bound_s = CALL_TIMEOUT_S
        finally:
            await cursor.close()
