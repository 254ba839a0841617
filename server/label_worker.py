"""`python -m server.label_worker`: draws labels, one order after the other, until its input ends.

It has no settings and no secrets but what comes with an order: the key of a batch's codes.
"""

import os
import sys
from contextlib import suppress
from typing import BinaryIO

from qr.sheet_artwork import BadArtwork
from server.label_wire import LENGTH_BYTES, Outcome, body_length, frame, read_body, read_order
from services.items.label_orders import CodeRange, SheetOrder, fill_sheets, write_codes

NICENESS = 5  # whoever waits for a page goes first


def main() -> None:
    """Answer orders; ends with its parent, as the system then closes the pipe."""
    os.nice(NICENESS)
    with suppress(BrokenPipeError):
        while (order := _next_order(sys.stdin.buffer)) is not None:
            sys.stdout.buffer.write(frame(_answer(order)))
            sys.stdout.buffer.flush()


def _next_order(source: BinaryIO) -> SheetOrder | CodeRange | None:
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    return read_order(*read_body(source.read(body_length(head))))


def _answer(order: SheetOrder | CodeRange) -> tuple[str, bytes | str]:
    try:
        return Outcome.DONE, fill_sheets(order) if isinstance(order, SheetOrder) else write_codes(order)
    except BadArtwork as refusal:
        return Outcome.BAD_ARTWORK, str(refusal)
    except Exception as failure:  # the next order may be a better one
        return Outcome.FAILED, type(failure).__name__


if __name__ == "__main__":
    main()
