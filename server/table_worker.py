"""`python -m server.table_worker`: reads and writes spreadsheets, one after the other, until its input ends.

It has no network, no settings and a bounded memory: files come from outside.
"""

import resource
from dataclasses import asdict
from typing import Any

from server.side_process import Message, answer_all
from server.table_wire import (
    DONE,
    FAILED,
    READ,
    READ_OUTLETS,
    READ_ROSTER,
    READ_WORSHIP,
    REFUSED,
    UNREADABLE,
    WRITE_BOOK,
)
from services.calendars import worship_rows as worship
from services.items.tables.orders import ReadOrder, WriteOrder, read, write
from services.patrols.outlets.tables import rows as outlets
from services.reservations.groups import roster_rows as rosters
from services.tables.errors import TableRefused, TableUnreadable
from services.tables.lines import read_lines
from services.tables.model import BookSheet, Head, Sheet
from services.tables.reading import MOST_COLUMNS, read_sheet
from services.tables.writing import write_book

MOST_MEMORY_BYTES = 1 << 30
CSV_FORM = "csv"


def main() -> None:
    """Answer orders."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    answer_all(_answer)


def _answer(name: str, content: dict[str, Any]) -> Message:
    try:
        return DONE, _done(name, content)
    except TableRefused as refusal:
        return REFUSED, [asdict(one) for one in refusal.errors]
    except (TableUnreadable, MemoryError):
        return UNREADABLE, None
    except Exception as failure:  # a defect is told to whoever asked, and the next order may be a better one
        return FAILED, repr(failure)


def _done(name: str, content: dict[str, Any]) -> Any:
    if name == READ:
        return asdict(read(ReadOrder(**content)))
    if name == READ_OUTLETS:
        # The template's second row may come on top.
        return asdict(outlets.read_rows(read_sheet(content["file"], most_rows=outlets.MOST_ROWS + 1)))
    if name == READ_WORSHIP:
        return asdict(worship.read_rows(_sheet_of(content["file"], content["form"], worship.MOST_ROWS)))
    if name == READ_ROSTER:
        most = content["most"]
        # The template's second row may come on top.
        return asdict(rosters.read_rows(_sheet_of(content["file"], content["form"], most + 1), most))
    if name == WRITE_BOOK:
        return write_book(BookSheet(**one) for one in content["sheets"])
    heads = [Head(**{**head, "choices": tuple(head["choices"])}) for head in content["heads"]]
    return write(WriteOrder(title=content["title"], heads=heads, pieces=content["pieces"]))


def _sheet_of(file: bytes, form: str, most_rows: int) -> Sheet:
    if form == CSV_FORM:
        return read_lines(file, most_rows=most_rows, most_columns=MOST_COLUMNS)
    return read_sheet(file, most_rows=most_rows)


if __name__ == "__main__":
    main()
