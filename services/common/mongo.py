"""What every store uses of MongoDB: collections and their shard keys, transactions, translated failures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pymongo
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError

from services.common.errors import DatabaseUnavailable

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Session = AsyncClientSession
T = TypeVar("T")

CALL_TIMEOUT_S = 8.0
DUPLICATE_KEY = 11000


@dataclass(frozen=True, kw_only=True)
class CollectionPlan:
    """One collection: its shard key (every hot query names it) and its indexes.

    Uniqueness rests on `_id` alone wherever `_id` is the shard key: a sharded cluster enforces
    no other unique index that does not begin with the shard key.
    """

    name: str
    shard_key: str
    indexes: tuple[IndexModel, ...] = ()


class Mongo:
    """The database of this process: collections by name, and transactions with a bound on time."""

    def __init__(self, client: Client, database: str, *, transactions: int) -> None:
        self.client = client
        self._database = client[database]
        self._slots = asyncio.Semaphore(transactions)

    def collection(self, plan: CollectionPlan) -> AsyncCollection[Document]:
        """Return the collection of `plan`."""
        return self._database[plan.name]

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in one transaction, again on a transient conflict, until CALL_TIMEOUT_S.

        Raises DatabaseUnavailable when time runs out; the outcome is then unknown to the caller.
        """
        async with self._slots, translated_failures(), self.client.start_session() as session:
            return await session.with_transaction(work)

    async def create_indexes(self, plans: Iterable[CollectionPlan]) -> None:
        """Create what is missing; safe to run by several processes at once."""
        async with translated_failures():
            for plan in plans:
                if plan.indexes:
                    await self.collection(plan).create_indexes(list(plan.indexes))

    async def ping(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
        async with translated_failures(2.0):
            await self.client.admin.command("ping")


@asynccontextmanager
async def translated_failures(seconds: float = CALL_TIMEOUT_S) -> AsyncIterator[None]:
    """Bound the enclosed calls in time and turn the driver's failures into DatabaseUnavailable.

    Duplicate keys pass through: stores read them as decisions. So do other refusals of a command
    by the server, which are defects of ours.
    """
    try:
        with pymongo.timeout(seconds):
            yield
    except PyMongoError as error:
        passing = error.timeout or error.has_error_label("TransientTransactionError")
        if not (passing or isinstance(error, ConnectionFailure)):
            raise
        raise DatabaseUnavailable(retry_after_s=1) from error


def duplicate_key_value(error: DuplicateKeyError | BulkWriteError) -> str | None:
    """Return the `_id` that was there already, or None when `error` is about something else."""
    details: Mapping[str, Any] = error.details or {}
    for entry in details.get("writeErrors", [details]):
        if entry.get("code") == DUPLICATE_KEY:
            return str((entry.get("keyValue") or {}).get("_id", ""))
    return None
