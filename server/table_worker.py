"""`python -m server.table_worker`: reads and writes spreadsheets, one after the other, until its input ends.

It has no network, no settings and a bounded memory: files come from outside.
"""

import resource
from dataclasses import asdict
from typing import Any

from server.side_process import Message, answer_all
from server.table_wire import DONE, FAILED, READ, READ_OUTLETS, REFUSED, UNREADABLE
from services.items.tables.orders import ReadOrder, WriteOrder, read, write
from services.patrols.outlets.tables import rows as outlets
from services.tables.errors import TableRefused, TableUnreadable
from services.tables.model import Head
from services.tables.reading import read_sheet

MOST_MEMORY_BYTES = 1 << 30


def main() -> None:
    """Answer orders."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    answer_all(_answer)


def _answer(name: str, content: dict[str, Any]) -> Message:
    try:
        if name == READ:
            return DONE, asdict(read(ReadOrder(**content)))
        if name == READ_OUTLETS:
            # The template's second row may come on top.
            return DONE, asdict(outlets.read_rows(read_sheet(content["file"], most_rows=outlets.MOST_ROWS + 1)))
        heads = [Head(**{**head, "choices": tuple(head["choices"])}) for head in content["heads"]]
        return DONE, write(WriteOrder(title=content["title"], heads=heads, pieces=content["pieces"]))
    except TableRefused as refusal:
        return REFUSED, [asdict(one) for one in refusal.errors]
    except (TableUnreadable, MemoryError):
        return UNREADABLE, None
    except Exception as failure:  # a defect is told to whoever asked, and the next order may be a better one
        return FAILED, repr(failure)


if __name__ == "__main__":
    main()
