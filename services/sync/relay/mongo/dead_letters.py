"""Dead letters in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.model import RecordKind, RecordRef
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.standard.model import Flaw

DEAD_LETTERS = CollectionPlan(
    name="sync_dead_letters",
    shard_key="_id",
    indexes=(IndexModel([("kind", ASCENDING), ("since", ASCENDING)]), IndexModel("since")),
)
REFS = {"kind": True, "record_id": True}

KEPT_AT_ONCE = 200


class MongoDeadLetters:
    """See `services.sync.relay.ports.DeadLetters`."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.collection(DEAD_LETTERS)

    async def keep(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; one that is kept already keeps its `since`."""
        if not letters:
            return
        writes = [
            UpdateOne(
                {"_id": letter.id},
                {
                    "$set": {
                        "kind": letter.ref.kind,
                        "record_id": letter.ref.id,
                        "reason": letter.reason,
                        "flaws": [{"path": flaw.path, "rule": flaw.rule} for flaw in letter.flaws],
                    },
                    "$setOnInsert": {"since": letter.since},
                },
                upsert=True,
            )
            for letter in letters
        ]
        for start in range(0, len(writes), KEPT_AT_ONCE):
            async with translated_failures():
                await self._collection.bulk_write(writes[start : start + KEPT_AT_ONCE], ordered=False)

    async def forget(self, refs: Collection[RecordRef]) -> None:
        """Forget letters about records that were delivered after all."""
        for ids in stretches([f"{ref.kind}:{ref.id}" for ref in refs]):
            async with translated_failures():
                await self._collection.delete_many({"_id": {"$in": ids}})

    async def any(self) -> bool:
        """Tell whether there are any, as the database estimates."""
        async with translated_failures():
            return await self._collection.estimated_document_count() > 0

    async def count(self) -> Mapping[RecordKind, int]:
        """Return how many there are of each kind."""
        pipeline: list[Mapping[str, Any]] = [{"$group": {"_id": "$kind", "count": {"$sum": 1}}}]
        async with translated_failures():
            found = await (await self._collection.aggregate(pipeline)).to_list()
        return {RecordKind(one["_id"]): one["count"] for one in found}

    async def count_by_reason(self) -> Mapping[tuple[RecordKind, DeadReason], int]:
        """Return how many there are of each kind and reason."""
        by = {"kind": "$kind", "reason": "$reason"}
        pipeline: list[Mapping[str, Any]] = [{"$group": {"_id": by, "count": {"$sum": 1}}}]
        async with translated_failures():
            found = await (await self._collection.aggregate(pipeline)).to_list()
        return {(RecordKind(one["_id"]["kind"]), DeadReason(one["_id"]["reason"])): one["count"] for one in found}

    async def of_kind(self, kind: RecordKind) -> Sequence[DeadLetter]:
        """Return the letters of a kind, the oldest first."""
        async with translated_failures():
            found = await self._collection.find({"kind": kind}, batch_size=1000).to_list()
        return sorted(map(_read, found), key=lambda letter: (letter.since, letter.id))

    async def page(
        self, kind: RecordKind | None, limit: int, before: tuple[datetime, str] | None
    ) -> Sequence[DeadLetter]:
        """Return up to `limit` letters, newest first; those before an instant and id, if given."""
        of_kind: Document = {} if kind is None else {"kind": kind}
        found: list[Document] = []
        async with translated_failures():
            if before is not None:
                since, its_id = before
                tied = await self._collection.find({**of_kind, "since": since}).to_list()
                found = sorted((one for one in tied if one["_id"] < its_id), key=_id, reverse=True)[:limit]
                of_kind["since"] = {"$lt": since}
            order = [("since", DESCENDING), ("_id", DESCENDING)]
            found += await self._collection.find(of_kind).sort(order).limit(limit).to_list()
        return [_read(one) for one in found[:limit]]

    async def refs(self, kind: RecordKind | None) -> Sequence[RecordRef]:
        """Return what all letters are about, of a kind or of all."""
        async with translated_failures():
            found = await self._collection.find({} if kind is None else {"kind": kind}, REFS, batch_size=1000).to_list()
        return [_ref(one) for one in found]

    async def refs_of(self, ids: Collection[str]) -> Sequence[RecordRef]:
        """Return what these letters are about, as far as there are such."""
        found: list[RecordRef] = []
        for some in stretches(ids):
            async with translated_failures():
                documents = await self._collection.find({"_id": {"$in": some}}, REFS, batch_size=1000).to_list()
            found += [_ref(one) for one in documents]
        return found


def _read(document: Mapping[str, Any]) -> DeadLetter:
    return DeadLetter(
        ref=_ref(document),
        reason=DeadReason(document["reason"]),
        flaws=tuple(Flaw(path=one["path"], rule=one["rule"]) for one in document["flaws"]),
        since=document["since"],
    )


def _ref(document: Mapping[str, Any]) -> RecordRef:
    return RecordRef(kind=RecordKind(document["kind"]), id=document["record_id"])


def _id(document: Mapping[str, Any]) -> str:
    return str(document["_id"])
