"""Taking tables of outlets, and telling what became of them."""

from collections.abc import Callable

from services.common.clock import Clock, IdSource
from services.identity.model import Actor
from services.patrols.outlets.errors import OutletTableUnknown
from services.patrols.outlets.tables.columns import template_heads
from services.patrols.outlets.tables.importing import table_job
from services.patrols.outlets.tables.model import OnFault, OutletTable, OutletTableState
from services.patrols.outlets.tables.ports import OutletTableStore, Tables
from services.venues.scopes import Scopes, scope_names

PREFIX = "otb"


class OutletTables:
    """Turns tables into outlets, by a job in the background."""

    def __init__(
        self,
        *,
        store: OutletTableStore,
        tables: Tables,
        scopes: Scopes,
        clock: Clock,
        ids: IdSource,
        wake: Callable[[], None],
    ) -> None:
        """Call `wake` when there is a new job."""
        self._store = store
        self._tables = tables
        self._scopes = scopes
        self._clock = clock
        self._ids = ids
        self._wake = wake

    async def template(self) -> bytes:
        """Return an .xlsx file to fill in; raises TooBusy or TablesUnavailable."""
        return await self._tables.write_sheet("outlets", template_heads(), [])

    async def take(self, actor: Actor, file: bytes, on_error: OnFault) -> OutletTable:
        """Return the table, whose rows are being checked and recorded from now on.

        Raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable.
        """
        read = await self._tables.read_outlets(file)
        table = OutletTable(
            id=self._ids.new(PREFIX),
            account_id=actor.id,
            role=actor.role,
            scopes=actor.scopes,
            seen_by=await self._scopes.usable_by(actor),
            on_error=on_error,
            state=OutletTableState.IN_PROGRESS,
            total=read.total,
            added=0,
            changed=0,
            unchanged=0,
            refused=read.faulty,
            faults=tuple(read.faults),
            pieces=len(read.pieces),
            job_id=self._ids.new("job"),
            created_at=self._clock.now(),
        )
        await self._store.add(table, read.pieces, table_job(table))
        self._wake()
        return table

    async def get(self, actor: Actor, table_id: str) -> OutletTable:
        """Return what has become of a table; raises OutletTableUnknown."""
        table = await self._store.find(table_id)
        if table is None or set(table.seen_by).isdisjoint(scope_names(actor)):
            raise OutletTableUnknown
        return table
