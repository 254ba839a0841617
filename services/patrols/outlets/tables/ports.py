"""What tables of outlets need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.jobs.model import Job
from services.patrols.outlets.tables.model import Outcome, OutletTable, TablePiece
from services.tables.model import Head
from services.tables.rows import TableRows


class Tables(Protocol):
    """Reads and writes spreadsheets elsewhere than in the server's own process, as it takes seconds."""

    async def read_outlets(self, file: bytes) -> TableRows:
        """Read a table; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        """Write a table; `pieces` are JSON lists of rows of texts. Raises TooBusy or TablesUnavailable."""


class OutletTableStore(Protocol):
    """Tables that were sent, and their rows until they are recorded: encrypted, as they name people."""

    async def add(self, table: OutletTable, pieces: Sequence[bytes], job: Job) -> None:
        """Add a table with its rows and job."""

    async def find(self, table_id: str) -> OutletTable | None:
        """Return the table."""

    async def piece(self, table: OutletTable, number: int) -> TablePiece | None:
        """Return a piece of the table's rows, counted from 0; None when it was forgotten."""

    async def note(self, table: OutletTable, number: int, outcome: Outcome) -> None:
        """Keep what came of a piece, in place of what was kept before."""

    async def outcomes(self, table: OutletTable) -> Sequence[Outcome]:
        """Return what came of each piece that is still there."""

    async def finish(self, table: OutletTable) -> None:
        """Keep the table as it is in the end, unless it came to its end before; forget its rows."""
