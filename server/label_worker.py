"""`python -m server.label_worker`: draws labels, one order after the other, until its input ends.

It has no settings and no secrets but what comes with an order: the key of a batch's codes.
"""

from typing import Any

from qr.sheet_artwork import BadArtwork
from server.label_wire import Outcome, read_order
from server.side_process import Message, answer_all
from services.items.label_orders import SheetOrder, fill_sheets, write_codes


def main() -> None:
    """Answer orders."""
    answer_all(_answer)


def _answer(name: str, content: dict[str, Any]) -> Message:
    try:
        order = read_order(name, content)
        return Outcome.DONE, fill_sheets(order) if isinstance(order, SheetOrder) else write_codes(order)
    except BadArtwork as refusal:
        return Outcome.BAD_ARTWORK, str(refusal)
    except Exception as failure:  # a defect is told to whoever asked, and the next order may be a better one
        return Outcome.FAILED, type(failure).__name__


if __name__ == "__main__":
    main()
