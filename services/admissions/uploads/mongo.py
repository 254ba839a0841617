"""Logs of gate devices, and conflicts, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from services.admissions.documents import conflict_document, read_entry
from services.admissions.documents import entry_document as movement_document
from services.admissions.model import Conflict, ConflictKind, Entry
from services.admissions.mongo import CONFLICTS
from services.admissions.uploads.documents import (
    decided_fields,
    entry_document,
    named_fields,
    read_kept,
    read_link,
    settled_fields,
)
from services.admissions.uploads.model import (
    ConflictMark,
    ConflictState,
    KeptConflict,
    KeptEntry,
    Link,
    Resolution,
    Settlement,
)
from services.common.mongo import (
    CollectionPlan,
    Document,
    Mongo,
    duplicate_key_value,
    translated_failures,
)
from services.common.stretches import stretches

# `_id` is the device and the entry's number, so that of two entries of one number one is the first; the other is kept
# under its hash beside it.
GATE_LOG = CollectionPlan(
    name="gate_log",
    shard_key="_id",
    indexes=(
        IndexModel("device_id"),
        IndexModel("scan_id"),
        IndexModel("nonce"),
        IndexModel("undoes_scan", sparse=True),
    ),
)
COLLECTIONS = (GATE_LOG,)
LINK_FIELDS = ("seq", "hash", "previous", "kind", "decision", "conflicts")
# Who settles what something that was uploaded later explains.
SYSTEM = "system"


class MongoGateLog:
    """See `services.admissions.uploads.ports.GateLogStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._log = mongo.collection(GATE_LOG)

    async def find(self, ids: Collection[str]) -> Mapping[str, KeptEntry]:
        """Return the entries that are kept under these ids."""
        found: list[Document] = []
        async with translated_failures():
            for some in stretches(ids):
                found += await self._log.find({"_id": {"$in": some}}).to_list()
        return {one["_id"]: read_kept(one) for one in found}

    async def keep(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        """Keep entries of which nothing is kept under their ids yet; return what is kept under each then."""
        if not entries:
            return {}
        async with translated_failures():
            try:
                await self._log.insert_many([entry_document(one) for one in entries], ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise
        return await self.find([one.id for one in entries])

    async def settle(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        """Give entries their last answer, unless they have one; return what is kept then."""
        if not entries:
            return {}
        writes = [UpdateOne({"_id": one.id, "settled": False}, {"$set": settled_fields(one)}) for one in entries]
        async with translated_failures():
            await self._log.bulk_write(writes, ordered=False)
        return await self.find([one.id for one in entries])

    async def complete(self, entries: Sequence[KeptEntry]) -> None:
        """Give undos that were answered without a decision the answer that they have now."""
        if entries:
            changes = [(one.id, {**decided_fields(one), **named_fields(one)}) for one in entries]
            writes = [UpdateOne({"_id": its_id, "decision": None}, {"$set": fields}) for its_id, fields in changes]
            async with translated_failures():
                await self._log.bulk_write(writes, ordered=False)

    async def of_nonces(self, nonces: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries, of whichever gate and device, with these nonces."""
        return await self._with("nonce", nonces)

    async def undos_of(self, scan_ids: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries that take back one of these scans."""
        return await self._with("undoes_scan", scan_ids)

    async def _with(self, field: str, values: Collection[str]) -> Sequence[KeptEntry]:
        found: list[Document] = []
        async with translated_failures():
            for some in stretches(values):
                found += await self._log.find({field: {"$in": some}}).to_list()
        return [read_kept(one) for one in found]

    async def of_scans(self, scan_ids: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries that stand for one of these scans."""
        return await self._with("scan_id", scan_ids)

    async def links_of(self, device_id: str) -> Sequence[Link]:
        """Return all entries of a device, in any order."""
        async with translated_failures():
            found = await self._log.find({"device_id": device_id}, dict.fromkeys(LINK_FIELDS, 1)).to_list()
        return [read_link(one) for one in found]


class MongoConflicts:
    """See `services.admissions.uploads.ports.ConflictStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._conflicts = mongo.collection(CONFLICTS)

    async def add(self, conflicts: Sequence[Conflict]) -> None:
        """Keep conflicts; one that is kept already stays as it is."""
        if not conflicts:
            return
        # Several entries may bring the same one; the first of them is what it shows.
        firsts = {one.id: one for one in reversed(conflicts)}.values()
        async with translated_failures():
            try:
                await self._conflicts.insert_many([conflict_document(one) for one in firsts], ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise

    async def withdraw(self, conflict_ids: Sequence[str], because: Entry, at: datetime) -> None:
        """Settle those of these conflicts that are open, and show in them the movement that leaves nothing of them."""
        said = Settlement(resolution=Resolution.LET_IT_BE, note=None, by=SYSTEM, at=at)
        changes = _saying(said)
        changes["$push"]["sightings"] = {"$each": [movement_document(because)]}
        async with translated_failures():
            for some in stretches(conflict_ids):
                await self._conflicts.update_many({"_id": {"$in": some}, "settled_at": None}, changes)

    async def find(self, conflict_id: str) -> KeptConflict | None:
        """Return the conflict of this id."""
        async with translated_failures():
            found = await self._conflicts.find_one({"_id": conflict_id})
        return None if found is None else _read(found)

    async def find_many(self, conflict_ids: Collection[str]) -> Mapping[str, KeptConflict]:
        """Return the conflicts of these ids, by id."""
        found: list[Document] = []
        async with translated_failures():
            for some in stretches(conflict_ids):
                found += await self._conflicts.find({"_id": {"$in": some}}).to_list()
        return {one["_id"]: _read(one) for one in found}

    async def marks_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[ConflictMark]:
        """Return what of a venue's conflicts has since <= found_at < until, in any order."""
        query = {"venue_id": venue_id, "found_at": {"$gte": since, "$lt": until}}
        async with translated_failures():
            found = await self._conflicts.find(query, {"kind": 1, "found_at": 1, "settled_at": 1}).to_list()
        return [_read_mark(one) for one in found]

    async def claim_settlement(self, conflict_id: str, said: Settlement, before: Settlement | None) -> bool:
        """Add a word after the one that holds; False when somebody has said another one since."""
        holding = {} if before is None else _word(before)
        async with translated_failures():
            result = await self._conflicts.update_one(
                {"_id": conflict_id, "settled_at": None, **holding}, _saying(said)
            )
        return result.modified_count == 1


def _saying(said: Settlement) -> Document:
    """Return the changes by which a word is added, and holds."""
    return {"$set": _word(said), "$push": {"settlements": {"$each": [_word(said)]}}}


def _word(said: Settlement) -> Document:
    return {"settled_at": said.at, "settled_by": said.by, "resolution": said.resolution, "note": said.note}


def _read_word(document: Mapping[str, Any]) -> Settlement:
    return Settlement(
        resolution=Resolution(document["resolution"]),
        note=document["note"],
        by=document["settled_by"],
        at=document["settled_at"],
    )


def _read_mark(document: Mapping[str, Any]) -> ConflictMark:
    state = ConflictState.OPEN if document["settled_at"] is None else ConflictState.SETTLED
    return ConflictMark(
        id=document["_id"], kind=ConflictKind(document["kind"]), found_at=document["found_at"], state=state
    )


def _read(document: Mapping[str, Any]) -> KeptConflict:
    conflict = Conflict(
        id=document["_id"],
        kind=ConflictKind(document["kind"]),
        venue_id=document["venue_id"],
        reservation_id=document["reservation_id"],
        scan_id=document["scan_id"],
        sightings=tuple(read_entry(one) for one in document["sightings"]),
        found_at=document["found_at"],
        detail=document.get("detail"),
    )
    return KeptConflict(
        conflict=conflict, settlements=tuple(_read_word(one) for one in document.get("settlements", ()))
    )
