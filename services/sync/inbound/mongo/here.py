"""Links, conflicts, refused documents and the position in our database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.inbound.model import (
    NO_POSITION,
    Cause,
    Conflict,
    ConflictState,
    FieldOwner,
    FieldPair,
    FollowingMode,
    Link,
    Position,
    ReferenceKind,
    RefusedReference,
)
from services.sync.standard.model import Flaw

LINKS = CollectionPlan(
    name="reference_links",
    shard_key="_id",
    indexes=(IndexModel([("kind", ASCENDING), ("local_id", ASCENDING)]),),
)
CONFLICTS = CollectionPlan(
    name="reference_conflicts",
    shard_key="_id",
    indexes=(IndexModel("forget_at", expireAfterSeconds=0), IndexModel("seen_at")),
)
REFUSED = CollectionPlan(name="reference_refused", shard_key="_id", indexes=(IndexModel("first_seen_at"),))
POSITIONS = CollectionPlan(name="reference_positions", shard_key="_id")
COLLECTIONS = (LINKS, CONFLICTS, REFUSED, POSITIONS)
# A year and a bit: until the next yearly report has been written.
REMEMBERED = timedelta(days=400)
READ_AT_ONCE = 1000
THE_POSITION = "main"


class MongoLinks:
    """See `services.sync.inbound.ports.LinkStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._links = mongo.collection(LINKS)

    async def find(self, link_id: str) -> Link | None:
        """Return the link."""
        async with translated_failures():
            document = await self._links.find_one({"_id": link_id})
        return None if document is None else _read_link(document)

    async def of_local(self, kind: ReferenceKind, local_id: str) -> Sequence[Link]:
        """Return the links to a thing here."""
        async with translated_failures():
            found = self._links.find({"kind": kind.value, "local_id": local_id})
            return [_read_link(document) async for document in found]

    async def claim(self, link: Link, seen: Link | None) -> bool:
        """Put `link`, whose fence is one more than that of `seen`; False when it is not as it was seen."""
        document = _link_document(link)
        async with translated_failures():
            if seen is not None:
                done = await self._links.replace_one({"_id": link.id, "fence": seen.fence}, document)
                return done.matched_count == 1
            try:
                await self._links.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def holds(self, link: Link) -> bool:
        """Tell whether nobody has claimed the link after this one."""
        present = await self.find(link.id)
        return present is not None and present.fence == link.fence

    async def finish(self, link: Link) -> bool:
        """Put `link` in the place of the one with its fence; False when somebody has claimed it since."""
        async with translated_failures():
            done = await self._links.replace_one({"_id": link.id, "fence": link.fence}, _link_document(link))
        return done.matched_count == 1

    async def keys_living(self, kind: ReferenceKind) -> Collection[str]:
        """Return the keys of all links of a kind of what the main system has, as far as is known."""
        async with translated_failures():
            found = self._links.find({"kind": kind.value}, {"key": 1, "gone": 1}, batch_size=READ_AT_ONCE)
            return [str(document["key"]) async for document in found if not document["gone"]]


class MongoConflicts:
    """See `services.sync.inbound.ports.ConflictStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._conflicts = mongo.collection(CONFLICTS)

    async def note(self, conflict: Conflict) -> bool:
        """Keep a conflict; False when it was noted before."""
        document = asdict(conflict)
        document["_id"] = document.pop("id")
        document["forget_at"] = conflict.seen_at + REMEMBERED
        async with translated_failures():
            try:
                await self._conflicts.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def find(self, conflict_id: str) -> Conflict | None:
        """Return the conflict."""
        return (await self.several([conflict_id])).get(conflict_id)

    async def between(
        self, state: ConflictState | None, since: datetime, until: datetime
    ) -> Sequence[tuple[datetime, str]]:
        """Return instants and ids, in any order, of those seen from `since` to before `until`: all, or of a state."""
        asked: Document = {"seen_at": {"$gte": since, "$lt": until}}
        if state is not None:
            asked["acknowledged_at"] = None if state is ConflictState.OPEN else {"$ne": None}
        async with translated_failures():
            found = self._conflicts.find(asked, {"seen_at": 1}, batch_size=READ_AT_ONCE)
            return [(document["seen_at"], document["_id"]) async for document in found]

    async def several(self, ids: Collection[str]) -> Mapping[str, Conflict]:
        """Return the conflicts there are, by id."""
        found: dict[str, Conflict] = {}
        async with translated_failures():
            for some in stretches(ids):
                cursor = self._conflicts.find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found.update({document["_id"]: _read_conflict(document) async for document in cursor})
        return found

    async def acknowledge(self, conflict_id: str, by: str, now: datetime) -> None:
        """Write down who has seen it first."""
        seen = {"acknowledged_at": now, "acknowledged_by": by}
        async with translated_failures():
            await self._conflicts.update_one({"_id": conflict_id, "acknowledged_at": None}, {"$set": seen})


class MongoRefused:
    """See `services.sync.inbound.ports.RefusedStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._refused = mongo.collection(REFUSED)

    async def put(self, refused: RefusedReference) -> None:
        """Keep why, in the place of what was kept of it before but for its first instant."""
        document = asdict(refused)
        its_id, first = document.pop("id"), document.pop("first_seen_at")
        async with translated_failures():
            await self._refused.update_one(
                {"_id": its_id}, {"$set": document, "$setOnInsert": {"first_seen_at": first}}, upsert=True
            )

    async def forget(self, refused_id: str) -> None:
        """Forget it, if it is kept."""
        async with translated_failures():
            await self._refused.delete_one({"_id": refused_id})

    async def between(self, since: datetime, until: datetime) -> Sequence[tuple[datetime, str]]:
        """Return first instants and ids, in any order, of those first seen from `since` to before `until`."""
        asked = {"first_seen_at": {"$gte": since, "$lt": until}}
        async with translated_failures():
            found = self._refused.find(asked, {"first_seen_at": 1}, batch_size=READ_AT_ONCE)
            return [(document["first_seen_at"], document["_id"]) async for document in found]

    async def several(self, ids: Collection[str]) -> Mapping[str, RefusedReference]:
        """Return those there are, by id."""
        found: dict[str, RefusedReference] = {}
        async with translated_failures():
            for some in stretches(ids):
                cursor = self._refused.find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found.update({document["_id"]: _read_refused(document) async for document in cursor})
        return found


class MongoPositions:
    """See `services.sync.inbound.ports.PositionStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._positions = mongo.collection(POSITIONS)

    async def get(self) -> Position:
        """Return the position, NO_POSITION at first."""
        async with translated_failures():
            document = await self._positions.find_one({"_id": THE_POSITION})
        if document is None:
            return NO_POSITION
        mode = document["mode"]
        return Position(
            token=document["token"],
            polled_to=document["polled_to"],
            compared_at=document["compared_at"],
            mode=None if mode is None else FollowingMode(mode),
        )

    async def put(self, position: Position) -> None:
        """Keep it."""
        async with translated_failures():
            await self._positions.replace_one({"_id": THE_POSITION}, asdict(position), upsert=True)


def _link_document(link: Link) -> Document:
    return {
        "_id": link.id,
        "kind": link.kind.value,
        "key": link.key,
        "local_id": link.local_id,
        "version": link.version,
        "digest": link.digest,
        # As text: a schema of attributes may hold names that a document cannot.
        "base": None if link.base is None else json.dumps(link.base, ensure_ascii=False),
        "pending": [json.dumps(one, ensure_ascii=False) for one in link.pending],
        "fence": link.fence,
        "gone": link.gone,
    }


def _read_link(document: Document) -> Link:
    base = document["base"]
    return Link(
        id=document["_id"],
        kind=ReferenceKind(document["kind"]),
        key=document["key"],
        local_id=document["local_id"],
        version=document["version"],
        digest=document["digest"],
        base=None if base is None else json.loads(base),
        pending=tuple(json.loads(one) for one in document["pending"]),
        fence=document["fence"],
        gone=document["gone"],
    )


def _read_conflict(document: Document) -> Conflict:
    return Conflict(
        id=document["_id"],
        kind=ReferenceKind(document["kind"]),
        key=document["key"],
        local_id=document["local_id"],
        cause=Cause(document["cause"]),
        winner=FieldOwner(document["winner"]),
        fields=tuple(FieldPair(**one) for one in document["fields"]),
        here_version=document["here_version"],
        there_version=document["there_version"],
        seen_at=document["seen_at"],
        acknowledged_at=document["acknowledged_at"],
        acknowledged_by=document["acknowledged_by"],
    )


def _read_refused(document: Document) -> RefusedReference:
    return RefusedReference(
        id=document["_id"],
        kind=ReferenceKind(document["kind"]),
        key=document["key"],
        version=document["version"],
        flaws=tuple(Flaw(**one) for one in document["flaws"]),
        first_seen_at=document["first_seen_at"],
        seen_at=document["seen_at"],
    )
