"""`python -m server.paper_worker`: draws papers, one order after the other, until its input ends.

It has no settings, no network and no secrets but what comes with an order.
"""

from typing import Any

from server.paper_wire import DRAWN_BY, Outcome, read_order
from server.side_process import Message, answer_all


def main() -> None:
    """Answer orders."""
    answer_all(_answer)


def _answer(name: str, content: Any) -> Message:
    try:
        order = read_order(name, content)
        return Outcome.DONE, DRAWN_BY[type(order)](order)
    except Exception as failure:  # a defect is told to whoever asked, and the next order may be a better one
        return Outcome.FAILED, type(failure).__name__


if __name__ == "__main__":
    main()
