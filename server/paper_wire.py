"""What server and paper worker say to each other, over `server.side_process`: orders by the name of their class.

A new kind of paper is one more line in DRAWN_BY. An order is a frozen dataclass of what CBOR holds and of dates, enums
and dataclasses of these; its function returns the file, and knows neither stores nor settings.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from server.side_process import Message
from services.patrols.documents import part_document, read_part
from services.patrols.findings.papers import NoticeOrder, draw_notice
from services.patrols.plates.papers import PlateOrder, draw_plate
from services.reservations.window.papers import SlipOrder, draw_slip

DRAWN_BY: Mapping[type[Any], Callable[[Any], bytes]] = {
    NoticeOrder: draw_notice,
    PlateOrder: draw_plate,
    SlipOrder: draw_slip,
}
_KINDS = {kind.__name__: kind for kind in DRAWN_BY}


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    FAILED = "failed"


def order_message(order: Any) -> Message:
    """Return the order as a message; raises KeyError for a kind that nobody draws."""
    return _KINDS[type(order).__name__].__name__, part_document(order)


def read_order(name: str, content: Any) -> Any:
    """Return the order again."""
    return read_part(_KINDS[name], content)
