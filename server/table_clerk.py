"""The process that reads and writes tables, as the services see it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog

from server.side_process import Message, NoAnswer, SideProcess
from server.table_wire import (
    DONE,
    READ,
    READ_OUTLETS,
    READ_ROSTER,
    READ_WORSHIP,
    REFUSED,
    UNREADABLE,
    WRITE,
    WRITE_BOOK,
)
from services.common.errors import FieldError
from services.tables.errors import TableRefused, TablesUnavailable, TableUnreadable
from services.tables.model import BookSheet, Head
from services.tables.rows import TableRows

RETRY_AFTER_S = 5

log = structlog.get_logger(__name__)


class TableClerk:
    """Has tables read and written elsewhere; see the ports of items, of outlets, of calendars and of groups."""

    def __init__(self) -> None:
        self._process = SideProcess("server.table_worker")

    async def read_rows(self, file: bytes, schema: Mapping[str, Any]) -> TableRows:
        """Read a table; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""
        return _rows(await self._ask((READ, {"file": file, "schema": dict(schema)})))

    async def read_outlets(self, file: bytes) -> TableRows:
        """Read a table of outlets; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""
        return _rows(await self._ask((READ_OUTLETS, {"file": file})))

    async def read_worship(self, file: bytes, form: str) -> TableRows:
        """Read times, `xlsx` or `csv`; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""
        return _rows(await self._ask((READ_WORSHIP, {"file": file, "form": form})))

    async def read_roster(self, file: bytes, form: str, most: int) -> TableRows:
        """Read names, `xlsx` or `csv`; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""
        return _rows(await self._ask((READ_ROSTER, {"file": file, "form": form, "most": most})))

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        """Write a table; raises TooBusy or TablesUnavailable."""
        content = {"title": title, "heads": [asdict(head) for head in heads], "pieces": list(pieces)}
        return bytes(await self._ask((WRITE, content)))

    async def write_book(self, sheets: Sequence[BookSheet]) -> bytes:
        """Write a file of several sheets; raises TooBusy or TablesUnavailable."""
        return bytes(await self._ask((WRITE_BOOK, {"sheets": [asdict(one) for one in sheets]})))

    async def close(self) -> None:
        """End the process."""
        await self._process.close()

    async def _ask(self, message: Message) -> Any:
        try:
            outcome, content = await self._process.ask(message)
        except NoAnswer:
            raise TablesUnavailable(retry_after_s=RETRY_AFTER_S) from None
        if outcome == REFUSED:
            raise TableRefused(*(_fault(one) for one in content))
        if outcome == UNREADABLE:
            raise TableUnreadable
        if outcome != DONE:
            log.error("table_worker_failed", reason=content)
            raise TablesUnavailable(retry_after_s=RETRY_AFTER_S)
        return content


def _rows(content: Mapping[str, Any]) -> TableRows:
    return TableRows(**{**content, "faults": [_fault(one) for one in content["faults"]]})


def _fault(content: Mapping[str, Any]) -> FieldError:
    return FieldError(**{**content, "values": tuple(content["values"])})
