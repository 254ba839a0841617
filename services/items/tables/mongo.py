"""Tables of things to register, in MongoDB; their rows in pieces that no document is too small for."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.common.errors import FieldError
from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.items.tables.model import Findings, ItemTable, TablePiece, TableState
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.venues.scopes import read_scope, scope_name

TABLES = CollectionPlan(name="item_tables", shard_key="_id")
# Forgotten when the table is done; those of a table that nobody brings to its end, later.
PIECES = CollectionPlan(
    name="item_table_rows", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),)
)
COLLECTIONS = (TABLES, PIECES)
PIECES_KEPT = timedelta(days=30)


class MongoTables:
    """The store of tables; see `services.items.tables.ports.TableStore`.

    Pieces are named by the table's job: what an older job of the same table still does concerns other pieces.
    """

    def __init__(self, mongo: Mongo, jobs: MongoJobs) -> None:
        self._mongo = mongo
        self._jobs = jobs
        self._tables = mongo.collection(TABLES)
        self._pieces = mongo.collection(PIECES)

    async def add(self, table: ItemTable, pieces: Sequence[bytes], job: Job) -> ItemTable:
        """Add a table with its rows and job, and return it; or the one there is, unless that was refused."""
        document = _document(table)

        async def work(session: Session) -> None:
            await self._tables.delete_one({"_id": table.id, "state": TableState.REFUSED}, session=session)
            await self._tables.insert_one(document, session=session)
            await self._jobs.add(job, session)

        # The rows first: a job must never find them missing.
        async with translated_failures():
            for number, rows in enumerate(pieces):
                await self._pieces.insert_one(_piece(table, number, rows))
        try:
            await self._mongo.transact(work)
        except DuplicateKeyError:
            present = await self.find(table.id)
            if present is None:
                raise
            if present.job_id != table.job_id:
                await self._forget(table)
            return present
        return table

    async def find(self, table_id: str) -> ItemTable | None:
        """Return the table."""
        async with translated_failures():
            document = await self._tables.find_one({"_id": table_id})
        return None if document is None else _read(document)

    async def piece(self, table: ItemTable, number: int) -> TablePiece | None:
        """Return a piece of the table's rows, counted from 0; None when it was forgotten."""
        async with translated_failures():
            document = await self._pieces.find_one({"_id": _piece_id(table, number)})
        if document is None:
            return None
        return TablePiece(rows=json.loads(document["rows"]), findings=_read_findings(document))

    async def note(self, table: ItemTable, number: int, findings: Findings) -> None:
        """Keep what was found about a piece, in place of what was found before."""
        change = {"$set": {"refused": sorted(findings.rows), "faults": _faults(findings.faults)}}
        async with translated_failures():
            await self._pieces.update_one({"_id": _piece_id(table, number)}, change)

    async def findings(self, table: ItemTable) -> Sequence[Findings]:
        """Return what was found about each piece that is still there."""
        async with translated_failures():
            found = self._pieces.find({"_id": {"$in": _piece_ids(table)}}, {"refused": 1, "faults": 1})
            return [_read_findings(document) async for document in found]

    async def finish(self, table: ItemTable) -> None:
        """Keep the table as it is in the end, unless it came to its end before; forget its rows."""
        present = {"_id": table.id, "job_id": table.job_id, "state": TableState.IN_PROGRESS}
        kept = ("state", "recorded", "refused", "faults")
        document = _document(table)
        async with translated_failures():
            await self._tables.update_one(present, {"$set": {name: document[name] for name in kept}})
        await self._forget(table)

    async def _forget(self, table: ItemTable) -> None:
        async with translated_failures():
            await self._pieces.delete_many({"_id": {"$in": _piece_ids(table)}})


def _piece_ids(table: ItemTable) -> list[str]:
    return [_piece_id(table, number) for number in range(table.pieces)]


def _piece_id(table: ItemTable, number: int) -> str:
    return f"{table.job_id}:{number}"


def _piece(table: ItemTable, number: int, rows: bytes) -> Document:
    return {
        "_id": _piece_id(table, number),
        "rows": rows,
        "refused": [],
        "faults": [],
        "expires_at": table.created_at + PIECES_KEPT,
    }


def _read_findings(document: Document) -> Findings:
    return Findings(rows=frozenset(document["refused"]), faults=_read_faults(document["faults"]))


def _document(table: ItemTable) -> Document:
    return {
        **{name: value for name, value in vars(table).items() if name != "id"},
        "_id": table.id,
        "home": scope_name(table.home),
        "scopes": list(table.scopes),
        "seen_by": list(table.seen_by),
        "faults": _faults(table.faults),
    }


def _read(document: Document) -> ItemTable:
    return ItemTable(
        **{
            **{name: value for name, value in document.items() if name != "_id"},
            "id": document["_id"],
            "home": read_scope(document["home"]),
            "scopes": tuple(document["scopes"]),
            "seen_by": tuple(document["seen_by"]),
            "state": TableState(document["state"]),
            "faults": _read_faults(document["faults"]),
        }
    )


def _faults(faults: Sequence[FieldError]) -> list[Document]:
    return [asdict(fault) for fault in faults]


def _read_faults(documents: Sequence[Any]) -> tuple[FieldError, ...]:
    return tuple(FieldError(**{**one, "values": tuple(one["values"])}) for one in documents)
