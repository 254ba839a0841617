"""What server and label worker say to each other over the worker's standard input and output.

Either way: 4 bytes of length, then CBOR. An order is [name, content], an answer [outcome, content].
"""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import cbor2

from services.items.label_orders import CodeRange, SheetOrder

LENGTH_BYTES = 4


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    BAD_ARTWORK = "bad artwork"
    FAILED = "failed"


def frame(message: tuple[str, Any]) -> bytes:
    """Return the bytes of a message."""
    body = cbor2.dumps(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def body_length(head: bytes) -> int:
    """Return how many bytes follow the first LENGTH_BYTES."""
    return int.from_bytes(head, "big")


def read_body(body: bytes) -> tuple[str, Any]:
    """Return a message."""
    name, content = cbor2.loads(body)
    return name, content


def order_frame(order: SheetOrder | CodeRange) -> bytes:
    """Return the bytes of an order."""
    return frame((type(order).__name__, asdict(order)))


def read_order(name: str, content: Mapping[str, Any]) -> SheetOrder | CodeRange:
    """Return the order again."""
    if name == SheetOrder.__name__:
        return SheetOrder(**{**content, "codes": CodeRange(**content["codes"])})
    return CodeRange(**content)
