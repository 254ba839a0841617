"""Cursors: opaque to clients, checked when they come back."""

import base64
import binascii
import json
import math
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
    """Return the cursor that stands for `position`: the list's name, then a place in its order."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str, of: str, types: Sequence[type]) -> list[str | int | float]:
    """Return the place behind `cursor` in the list named `of`.

    Raises CursorInvalid for a cursor of another list, and unless the parts of the place have `types`,
    are text that UTF-8 can hold, or finite numbers.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorInvalid from None
    if not isinstance(position, list) or [type(part) for part in position] != [str, *types] or position[0] != of:
        raise CursorInvalid
    if not all(_is_usable(part) for part in position[1:]):
        raise CursorInvalid
    return position[1:]


def _is_usable(part: str | float) -> bool:
    if isinstance(part, str):
        # JSON can spell half of a surrogate pair, which no database takes.
        return not any("\ud800" <= character <= "\udfff" for character in part)
    return math.isfinite(part)
