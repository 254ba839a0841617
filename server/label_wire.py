"""What server and label worker say to each other, over `server.side_process`."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from server.side_process import Message
from services.items.label_orders import CodeRange, SheetOrder


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    BAD_ARTWORK = "bad artwork"
    FAILED = "failed"


def order_message(order: SheetOrder | CodeRange) -> Message:
    """Return the order as a message."""
    return type(order).__name__, asdict(order)


def read_order(name: str, content: Mapping[str, Any]) -> SheetOrder | CodeRange:
    """Return the order again."""
    if name == SheetOrder.__name__:
        return SheetOrder(**{**content, "codes": CodeRange(**content["codes"])})
    return CodeRange(**content)
