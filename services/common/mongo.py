"""What every store uses of MongoDB: collections and their shard keys, transactions, translated failures."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import pymongo
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    EncryptionError,
    OperationFailure,
    PyMongoError,
)

from services.common.deadlines import seconds_left
from services.common.errors import DatabaseUnavailable

Document = dict[str, Any]
Client = AsyncMongoClient[Document]
Session = AsyncClientSession
T = TypeVar("T")

CALL_TIMEOUT_S = 8.0
CLEAR_AGAIN_S = 0.25
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


# Who serves, and with which sessions: what a killed process left open is found by these.
PROCESSES = CollectionPlan(name="processes", shard_key="_id")
COLLECTIONS = (PROCESSES,)


class Mongo:
    """The database of this process: collections by name, and transactions with a bound on time.

    A transaction whose end never reaches the database, because time ran out or the process was killed, stays open
    there for a minute, and until then nobody can change what it changed. So transactions run on a fixed set of
    sessions: one that was cut short is cleared before it serves again, and a process clears those of its predecessor.
    """

    def __init__(self, client: Client, database: str, *, transactions: int) -> None:
        self.client = client
        self._database = client[database]
        self._sessions = [client.start_session(causal_consistency=False) for _ in range(transactions)]
        self._idle: asyncio.Queue[Session] = asyncio.Queue()
        for session in self._sessions:
            self._idle.put_nowait(session)
        self._clearing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def close(self) -> None:
        """Release everything."""
        self._closed = True
        for task in self._clearing:
            task.cancel()
        for session in self._sessions:
            await session.end_session()
        await self.client.close()

    def collection(self, plan: CollectionPlan) -> AsyncCollection[Document]:
        """Return the collection of `plan`."""
        return self._database[plan.name]

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in one transaction, again on a transient conflict, until CALL_TIMEOUT_S or the deadline.

        `work` may run again after its commit took effect, when only the answer was lost: it must recognise its own
        facts. Raises DatabaseUnavailable when time runs out; the outcome is then unknown to the caller.
        """
        session = await self._idle_session()
        try:
            async with translated_failures():
                result = await session.with_transaction(work)
        except (DatabaseUnavailable, PyMongoError, asyncio.CancelledError):
            self._clear_soon(session)
            raise
        except BaseException:  # a decision of `work`, rolled back in time
            self._idle.put_nowait(session)
            raise
        self._idle.put_nowait(session)
        return result

    async def _idle_session(self) -> Session:
        try:
            async with asyncio.timeout(seconds_left(CALL_TIMEOUT_S)):
                return await self._idle.get()
        except TimeoutError:
            raise DatabaseUnavailable(retry_after_s=1) from None

    def _clear_soon(self, session: Session, after_s: float = 0) -> None:
        if self._closed:  # sessions have ended, and whoever takes over clears what they left open
            return
        # In a context of its own: the deadline that has just passed must not bound the clearing as well.
        task = asyncio.get_running_loop().create_task(self._clear(session, after_s), context=contextvars.Context())
        self._clearing.add(task)
        task.add_done_callback(self._clearing.discard)

    async def _clear(self, session: Session, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if self._closed:
            return
        try:
            await self._abort_open([session.session_id])
        except DatabaseUnavailable:
            self._clear_soon(session, CLEAR_AGAIN_S)
        else:
            self._idle.put_nowait(session)

    async def _abort_open(self, session_ids: Sequence[Mapping[str, Any]]) -> None:
        """Abort what these sessions left open. A database that refuses has its own limit on open transactions."""
        with suppress(OperationFailure):
            async with translated_failures():
                await self.client.admin.command("killSessions", session_ids)

    async def take_over(self, name: str) -> None:
        """Become the process `name`: abort what the last one left open when it was killed, and note our sessions."""
        processes = self.collection(PROCESSES)
        async with translated_failures():
            last = await processes.find_one({"_id": name})
            if last is not None:
                await self._abort_open(last["sessions"])
            sessions = [session.session_id for session in self._sessions]
            await processes.update_one({"_id": name}, {"$set": {"sessions": sessions}}, upsert=True)

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
    """Bound the enclosed calls by `seconds` and the deadline; turn the driver's failures into DatabaseUnavailable.

    Duplicate keys pass through: stores read them as decisions. So do other refusals of a command
    by the server, which are defects of ours.
    """
    left = seconds_left(seconds)
    if left == 0:  # which the driver would take for no bound at all
        raise DatabaseUnavailable(retry_after_s=1)
    try:
        with pymongo.timeout(left):
            yield
    except PyMongoError as error:
        cause = error.cause if isinstance(error, EncryptionError) else error
        passing = error.timeout or error.has_error_label("TransientTransactionError")
        if not (passing or isinstance(cause, ConnectionFailure)):
            raise
        raise DatabaseUnavailable(retry_after_s=1) from error


@contextmanager
def duplicates_raise(decision: type[Exception]) -> Iterator[None]:
    """Turn duplicate keys of the enclosed bulk writes into `decision`: somebody else was quicker."""
    try:
        yield
    except BulkWriteError as error:
        if duplicate_key_value(error) is None:
            raise
        raise decision from None


def duplicate_key_value(error: DuplicateKeyError | BulkWriteError) -> str | None:
    """Return the `_id` that was there already, or None when `error` is about something else."""
    details: Mapping[str, Any] = error.details or {}
    for entry in details.get("writeErrors", [details]):
        if entry.get("code") == DUPLICATE_KEY:
            return str((entry.get("keyValue") or {}).get("_id", ""))
    return None
