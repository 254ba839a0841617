"""Activation by table: taking a file, and telling what became of it."""

import hashlib
from collections.abc import Callable

from services.common.clock import Clock, IdSource
from services.identity.model import Actor
from services.items.errors import TableUnknown
from services.items.tables.columns import template_heads
from services.items.tables.model import ItemTable, TableState
from services.items.tables.ports import Tables, TableStore
from services.items.tables.recording import table_job
from services.items.types import ItemTypes
from services.jobs.model import JobState
from services.jobs.steering import Steering
from services.venues.scopes import Scopes, scope_names


class TableActivating:
    """Turns tables of codes into items, by a job in the background."""

    def __init__(
        self,
        *,
        store: TableStore,
        tables: Tables,
        types: ItemTypes,
        scopes: Scopes,
        jobs: Steering,
        clock: Clock,
        ids: IdSource,
        wake: Callable[[], None],
    ) -> None:
        """Call `wake` when there is a new job."""
        self._store = store
        self._tables = tables
        self._types = types
        self._scopes = scopes
        self._jobs = jobs
        self._clock = clock
        self._ids = ids
        self._wake = wake

    async def template(self, actor: Actor, type_id: str) -> bytes:
        """Return an .xlsx file to fill in; raises ItemTypeUnknown, TooBusy or TablesUnavailable."""
        item_type = await self._types.get(actor, type_id)
        return await self._tables.write_sheet("items", template_heads(item_type.attributes_schema), [])

    async def take(self, actor: Actor, type_id: str, file: bytes, *, proceed: bool) -> ItemTable:
        """Return the table, whose rows are being checked and recorded from now on.

        A file that was sent before for this type is answered with what became of it; if that was to be refused, it is
        checked anew, and if its job failed, that goes on. Raises ItemTypeUnknown, TableUnreadable, TableRefused,
        TooBusy or TablesUnavailable.
        """
        item_type = await self._types.get(actor, type_id)
        table_id = _table_id(actor, type_id, file)
        present = await self._store.find(table_id)
        if present is not None and present.state is not TableState.REFUSED:
            return await self._going_on(actor, present)
        read = await self._tables.read_rows(file, item_type.attributes_schema)
        table = ItemTable(
            id=table_id,
            type_id=type_id,
            account_id=actor.id,
            scopes=scope_names(actor),
            home=actor.scopes[0],
            seen_by=await self._scopes.usable_by(actor),
            proceed=proceed,
            state=TableState.IN_PROGRESS,
            total=read.total,
            recorded=0,
            refused=read.faulty,
            faults=tuple(read.faults),
            pieces=len(read.pieces),
            job_id=self._ids.new("job"),
            created_at=self._clock.now(),
        )
        added = await self._store.add(table, read.pieces, table_job(table))
        self._wake()
        return added

    async def get(self, actor: Actor, table_id: str) -> ItemTable:
        """Return what has become of a table; raises TableUnknown."""
        table = await self._store.find(table_id)
        if table is None or set(table.seen_by).isdisjoint(scope_names(actor)):
            raise TableUnknown
        return table

    async def _going_on(self, actor: Actor, table: ItemTable) -> ItemTable:
        scopes = scope_names(actor)
        if table.state is TableState.IN_PROGRESS:
            job = await self._jobs.get(table.job_id, scopes)
            if job.state is JobState.FAILED:
                await self._jobs.resume(table.job_id, scopes)
        return table


def _table_id(actor: Actor, type_id: str, file: bytes) -> str:
    """Return the same id for the same file of the same account and type, so that it is registered once."""
    told = hashlib.sha256("\n".join((actor.id, type_id, hashlib.sha256(file).hexdigest())).encode())
    return f"tab_{told.hexdigest()[:32]}"
