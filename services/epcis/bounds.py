"""How large and how deep a document may be, before anything else of it is looked at."""

import math
import re
from typing import Any

from services.epcis.shapes import Faults, under

MAX_EVENTS = 1000
MAX_EPCS = 10_000
MAX_TEXT = 2000
MAX_DEPTH = 16
# Whole numbers beyond these are not the same in every reader of JSON (RFC 8259, section 6).
MAX_INTEGER = 2**53 - 1
_SHOWN = 100
# Control characters, and halves of surrogate pairs, which are no text at all.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_bounds(value: Any, path: str, faults: Faults, depth: int = 1) -> None:
    """Check every text, number, name and level of a JSON value, whatever it means."""
    if isinstance(value, str):
        _check_text(value, path, faults)
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            faults.add(path, "too_deep", f"more than {MAX_DEPTH} levels", str(MAX_DEPTH))
        else:
            _check_inside(value, path, faults, depth + 1)
    elif isinstance(value, int | float):
        _check_number(value, path, faults)


def _check_inside(value: dict[str, Any] | list[Any], path: str, faults: Faults, depth: int) -> None:
    if isinstance(value, list):
        for index, element in enumerate(value):
            check_bounds(element, f"{path}[{index}]", faults, depth)
        return
    for name, member in value.items():
        where = under(path, _shown(name))
        _check_text(name, where, faults)
        check_bounds(member, where, faults, depth)


def _shown(name: str) -> str:
    """Return a name as a path may show it, which goes back to whoever sent it."""
    return name if len(name) <= _SHOWN and name.isprintable() else _FORBIDDEN.sub("?", name[:_SHOWN])


def _check_text(value: str, path: str, faults: Faults) -> None:
    if len(value) > MAX_TEXT:
        faults.add(path, "too_long", f"at most {MAX_TEXT} characters", str(MAX_TEXT))
    elif _FORBIDDEN.search(value):
        faults.add(path, "control_character", "control characters are not allowed")


def _check_number(value: int | float, path: str, faults: Faults) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            faults.add(path, "out_of_range", "a finite number is expected")
    elif abs(value) > MAX_INTEGER:
        bounds = str(-MAX_INTEGER), str(MAX_INTEGER)
        faults.add(path, "out_of_range", "too many digits for a whole number", *bounds)
