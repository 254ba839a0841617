"""Quality in MongoDB: reads the marks and the dead letters, keeps what was measured."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.envelopes import PARTS
from services.sync.model import RecordKind
from services.sync.quality.model import Dimension, Mark, Measured, Offender, RefusedRecord
from services.sync.quality.spans import DayCount, spans_of
from services.sync.relay.model import DeadReason
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS
from services.sync.shelves.mongo import MARKS

QUALITY = CollectionPlan(name="sync_quality", shard_key="_id")
COLLECTIONS = (QUALITY,)

READ_AT_ONCE = 10_000
# Each question is bounded, not the whole walk. Counting a million marks takes the embedded database half a minute.
COUNTED_WITHIN_S = 300.0
BATCH_WITHIN_S = 60.0
COUNTED = {"source_id": 1, "changed_at": 1, "delivered_at": 1, "flaws": 1, "references": 1}


class MongoMarks:
    """See `services.sync.quality.ports.Marks`."""

    def __init__(self, mongo: Mongo) -> None:
        self._marks = mongo.collection(MARKS)

    async def of_kind(self, kind: RecordKind) -> AsyncIterator[Sequence[Mark]]:
        """Yield the marks of a kind, some days of a district at a time.

        Not by one cursor: the embedded database gathers all that a query finds before it answers.
        """
        for span in spans_of(await self._counts(kind)):
            query = {"kind": kind.value, "sender": span.sender, "district": span.district}
            if span.is_large:
                for part in range(PARTS):
                    yield await self._found({**query, "day": span.first, "part": part})
            else:
                yield await self._found({**query, "day": {"$gte": span.first, "$lt": _day_after(span.last)}})

    async def _counts(self, kind: RecordKind) -> Sequence[DayCount]:
        named = {name: f"${name}" for name in ("sender", "district", "day")}
        pipeline: list[Mapping[str, Any]] = [
            {"$match": {"kind": kind.value}},
            {"$group": {"_id": named, "count": {"$sum": 1}}},
        ]
        async with translated_failures(COUNTED_WITHIN_S):
            cursor = await self._marks.aggregate(pipeline, batchSize=READ_AT_ONCE)
            return [DayCount(**one["_id"], marks=one["count"]) async for one in cursor]

    async def _found(self, query: Document) -> Sequence[Mark]:
        async with translated_failures(BATCH_WITHIN_S):
            return [_mark(one) async for one in self._marks.find(query, COUNTED, batch_size=READ_AT_ONCE)]

    async def known(self, ids: Collection[str]) -> Collection[str]:
        """Return which of these marks there are."""
        found: set[str] = set()
        for some in stretches(ids):
            async with translated_failures():
                cursor = self._marks.find({"_id": {"$in": some}}, {"_id": 1}, batch_size=len(some) + 1)
                found.update([document["_id"] async for document in cursor])
        return found


class MongoRefusedRecords:
    """See `services.sync.quality.ports.RefusedRecords`."""

    def __init__(self, mongo: Mongo) -> None:
        self._letters = mongo.collection(DEAD_LETTERS)

    async def of_kind(self, kind: RecordKind) -> Sequence[RefusedRecord]:
        """Return the records of a kind that wait as dead letters because they break their schema."""
        query = {"kind": kind.value, "reason": DeadReason.OFF_STANDARD.value}
        async with translated_failures(BATCH_WITHIN_S):
            cursor = self._letters.find(query, {"record_id": 1, "since": 1}, batch_size=READ_AT_ONCE)
            return [RefusedRecord(source_id=one["record_id"], since=one["since"]) async for one in cursor]


class MongoQuality:
    """See `services.sync.quality.ports.QualityStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._quality = mongo.collection(QUALITY)

    async def put(self, measured: Measured) -> None:
        """Keep it in place of the kind's last one."""
        document = _document(measured)
        async with translated_failures():
            await self._quality.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def all(self) -> Sequence[Measured]:
        """Return what was measured of each kind."""
        async with translated_failures():
            return [_measured(document) async for document in self._quality.find({})]

    async def find(self, kind: RecordKind) -> Measured | None:
        """Return what was measured of a kind."""
        async with translated_failures():
            document = await self._quality.find_one({"_id": kind.value})
        return None if document is None else _measured(document)


def _day_after(day: str) -> str:
    # With `$lte`, the embedded database leaves the last day out: the index goes on after the day (measured).
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _mark(document: Mapping[str, Any]) -> Mark:
    return Mark(
        id=document["_id"],
        source_id=document["source_id"],
        changed_at=document["changed_at"],
        delivered_at=document["delivered_at"],
        flaws=tuple(document["flaws"]),
        references=tuple(document["references"]),
    )


def _document(measured: Measured) -> Document:
    return {
        "_id": measured.kind.value,
        "counted": measured.counted,
        "delivered": measured.delivered,
        **{dimension.value: measured.kept[dimension] for dimension in Dimension},
        # Names of rules have colons; a list keeps them out of the names of fields.
        "broken": [[rule, count] for rule, count in measured.broken.items()],
        "offenders": [{"id": one.id, "rule": one.rule, "since": one.since} for one in measured.offenders],
        "measured_at": measured.measured_at,
    }


def _measured(document: Mapping[str, Any]) -> Measured:
    return Measured(
        kind=RecordKind(document["_id"]),
        counted=document["counted"],
        delivered=document["delivered"],
        kept={dimension: document[dimension.value] for dimension in Dimension},
        broken=dict(document["broken"]),
        offenders=tuple(Offender(id=one["id"], rule=one["rule"], since=one["since"]) for one in document["offenders"]),
        measured_at=document["measured_at"],
    )
