"""Cursors: opaque to clients, checked when they come back."""

import base64
import binascii
import json
from collections.abc import Sequence

from services.common.errors import FieldError, Invalid

MAX_CURSOR_CHARACTERS = 400


class CursorInvalid(Invalid):
    """The cursor was not made by this list."""

    code = "cursor_invalid"
    title = "This cursor is not from this list"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="after", code="cursor_invalid", detail=self.title),))


def make_cursor(*position: str | int | float) -> str:
    """Return the cursor that stands for `position` in a list's order."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, types: Sequence[type]) -> list[str | int | float]:
    """Return the position behind `cursor`; raises CursorInvalid unless its parts have `types`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorInvalid from None
    if not isinstance(position, list) or [type(part) for part in position] != list(types):
        raise CursorInvalid
    return position
