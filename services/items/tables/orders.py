"""What the process that reads and writes tables is asked to do, and doing it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.items.tables.rows import MOST_ROWS, read_rows
from services.tables.model import Head
from services.tables.reading import read_sheet
from services.tables.rows import TableRows
from services.tables.writing import write_sheet


@dataclass(frozen=True, kw_only=True)
class ReadOrder:
    """Read an .xlsx file as rows of things to register; `schema` is that of the type's attributes."""

    file: bytes
    schema: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WriteOrder:
    """Write an .xlsx file; `pieces` are JSON lists of rows of texts and numbers."""

    title: str
    heads: Sequence[Head]
    pieces: Sequence[bytes]


def read(order: ReadOrder) -> TableRows:
    """Return what was read; raises TableUnreadable or TableRefused."""
    # The template's second row may come on top.
    return read_rows(read_sheet(order.file, most_rows=MOST_ROWS + 1), order.schema)


def write(order: WriteOrder) -> bytes:
    """Return the file."""
    rows = (row for piece in order.pieces for row in json.loads(piece))
    return write_sheet(order.title, order.heads, rows, most_rows=MOST_ROWS)
