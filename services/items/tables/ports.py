"""What tables of items need from outside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from services.items.model import Item
from services.items.tables.model import Findings, ItemTable, TablePiece
from services.jobs.model import Job
from services.tables.model import Head
from services.tables.rows import TableRows


class Tables(Protocol):
    """Reads and writes spreadsheets elsewhere than in the server's own process, as it takes seconds."""

    async def read_rows(self, file: bytes, schema: Mapping[str, Any]) -> TableRows:
        """Read a table; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        """Write a table; `pieces` are JSON lists of rows of texts. Raises TooBusy or TablesUnavailable."""


class TableStore(Protocol):
    """Tables that were sent, and their rows until they are recorded."""

    async def add(self, table: ItemTable, pieces: Sequence[bytes], job: Job) -> ItemTable:
        """Add a table with its rows and job, and return it; or the one there is, unless that was refused."""

    async def find(self, table_id: str) -> ItemTable | None:
        """Return the table."""

    async def piece(self, table: ItemTable, number: int) -> TablePiece | None:
        """Return a piece of the table's rows, counted from 0; None when it was forgotten."""

    async def note(self, table: ItemTable, number: int, findings: Findings) -> None:
        """Keep what was found about a piece, in place of what was found before."""

    async def findings(self, table: ItemTable) -> Sequence[Findings]:
        """Return what was found about each piece that is still there."""

    async def finish(self, table: ItemTable) -> None:
        """Keep the table as it is in the end, unless it came to its end before; forget its rows."""


class SerialStore(Protocol):
    """Items by their owners' own numbers."""

    async def bearing(self, serials: Collection[str]) -> Sequence[Item]:
        """Return the items that have any of these serials."""
