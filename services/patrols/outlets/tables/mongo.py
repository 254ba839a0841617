"""Tables of outlets in MongoDB; their rows in encrypted pieces."""

import json
from collections.abc import Sequence
from datetime import timedelta

from pymongo import IndexModel

from services.common.mongo import CollectionPlan, Document, Mongo, Session, translated_failures
from services.common.protection import FieldCipher
from services.jobs.model import Job
from services.jobs.mongo import MongoJobs
from services.patrols.documents import part_document, read_document, read_part, to_document
from services.patrols.outlets.tables.model import Outcome, OutletTable, OutletTableState, TablePiece

OUTLET_TABLES = CollectionPlan(name="outlet_tables", shard_key="_id")
# Forgotten when the table is done; those of a table that nobody brings to its end, later.
OUTLET_TABLE_ROWS = CollectionPlan(
    name="outlet_table_rows", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),)
)
COLLECTIONS = (OUTLET_TABLES, OUTLET_TABLE_ROWS)
PIECES_KEPT = timedelta(days=30)


class MongoOutletTables:
    """See `services.patrols.outlets.tables.ports.OutletTableStore`."""

    def __init__(self, mongo: Mongo, jobs: MongoJobs, cipher: FieldCipher) -> None:
        self._mongo = mongo
        self._jobs = jobs
        self._cipher = cipher
        self._tables = mongo.collection(OUTLET_TABLES)
        self._pieces = mongo.collection(OUTLET_TABLE_ROWS)

    async def add(self, table: OutletTable, pieces: Sequence[bytes], job: Job) -> None:
        """Add a table with its rows and job."""

        async def work(session: Session) -> None:
            await self._tables.insert_one(to_document(table), session=session)
            await self._jobs.add(job, session)

        # The rows first: a job must never find them missing.
        async with translated_failures():
            for number, rows in enumerate(pieces):
                await self._pieces.insert_one(
                    {
                        "_id": _piece_id(table, number),
                        "rows": await self._cipher.encrypt(rows.decode()),
                        "outcome": part_document(Outcome()),
                        "expires_at": table.created_at + PIECES_KEPT,
                    }
                )
        await self._mongo.transact(work)

    async def find(self, table_id: str) -> OutletTable | None:
        """Return the table."""
        async with translated_failures():
            document = await self._tables.find_one({"_id": table_id})
        return None if document is None else read_document(OutletTable, document)

    async def piece(self, table: OutletTable, number: int) -> TablePiece | None:
        """Return a piece of the table's rows, counted from 0; None when it was forgotten."""
        async with translated_failures():
            document = await self._pieces.find_one({"_id": _piece_id(table, number)})
        if document is None:
            return None
        return TablePiece(rows=json.loads(await self._cipher.decrypt(document["rows"])), outcome=_outcome(document))

    async def note(self, table: OutletTable, number: int, outcome: Outcome) -> None:
        """Keep what came of a piece, in place of what was kept before."""
        change = {"$set": {"outcome": part_document(outcome)}}
        async with translated_failures():
            await self._pieces.update_one({"_id": _piece_id(table, number)}, change)

    async def outcomes(self, table: OutletTable) -> Sequence[Outcome]:
        """Return what came of each piece that is still there."""
        async with translated_failures():
            found = self._pieces.find({"_id": {"$in": _piece_ids(table)}}, {"outcome": 1})
            return [_outcome(document) async for document in found]

    async def finish(self, table: OutletTable) -> None:
        """Keep the table as it is in the end, unless it came to its end before; forget its rows."""
        present = {"_id": table.id, "state": OutletTableState.IN_PROGRESS}
        async with translated_failures():
            await self._tables.replace_one(present, to_document(table))
            await self._pieces.delete_many({"_id": {"$in": _piece_ids(table)}})


def _outcome(document: Document) -> Outcome:
    return read_part(Outcome, document["outcome"])


def _piece_ids(table: OutletTable) -> list[str]:
    return [_piece_id(table, number) for number in range(table.pieces)]


def _piece_id(table: OutletTable, number: int) -> str:
    return f"{table.job_id}:{number}"
