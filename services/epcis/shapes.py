"""Small checks of JSON values that combine into the shape of a document, and name what is wrong by its path."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from services.common.errors import FieldError
from services.epcis.formats import FIRST_YEAR, LAST_YEAR, is_instant, is_uri, is_uri_name, is_within_calendar
from services.epcis.vocabulary import Vocabulary

MAX_FAULTS = 100


class TooManyFaults(Exception):
    """As many faults as anybody will read: the check is given up."""


class Faults:
    """What was found wrong, at most MAX_FAULTS of it."""

    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, path: str, code: str, detail: str, *values: str) -> None:
        """Add one; raises TooManyFaults with the last one that has room."""
        self.found.append(FieldError(path=path, code=code, detail=detail, values=values))
        if len(self.found) >= MAX_FAULTS:
            raise TooManyFaults


Check = Callable[[Any, str, Faults], None]
NameRule = Callable[[str], bool]


def under(path: str, name: str) -> str:
    """Return the path of the member `name` of the object at `path`."""
    return f"{path}.{name}" if path else name


def text(value: Any, path: str, faults: Faults) -> None:
    """Check that it is a string."""
    if not isinstance(value, str):
        faults.add(path, "wrong_type", "a string is expected")


def uri(value: Any, path: str, faults: Faults) -> None:
    """Check that it is an absolute URI."""
    if not isinstance(value, str):
        faults.add(path, "wrong_type", "a string is expected")
    elif not is_uri(value):
        faults.add(path, "invalid_format", "an absolute URI is expected")


def date_time(value: Any, path: str, faults: Faults) -> None:
    """Check that it is a date-time with an offset."""
    if not isinstance(value, str):
        faults.add(path, "wrong_type", "a string is expected")
    elif not is_instant(value):
        faults.add(path, "invalid_format", "a date and time with an offset is expected (RFC 3339)")
    elif not is_within_calendar(value):
        bounds = str(FIRST_YEAR), str(LAST_YEAR)
        faults.add(path, "out_of_range", f"years {FIRST_YEAR} to {LAST_YEAR} only", *bounds)


def number(value: Any, path: str, faults: Faults) -> None:
    """Check that it is a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        faults.add(path, "wrong_type", "a number is expected")


def boolean(value: Any, path: str, faults: Faults) -> None:
    """Check that it is true or false."""
    if not isinstance(value, bool):
        faults.add(path, "wrong_type", "true or false is expected")


def matching(pattern: str, detail: str) -> Check:
    """Return a check for strings that match the pattern whole."""
    compiled = re.compile(pattern)

    def check(value: Any, path: str, faults: Faults) -> None:
        if not isinstance(value, str):
            faults.add(path, "wrong_type", "a string is expected")
        elif compiled.fullmatch(value) is None:
            faults.add(path, "invalid_format", detail)

    return check


def one_of(*choices: str) -> Check:
    """Return a check for one of a few words."""
    listed = ", ".join(choices)

    def check(value: Any, path: str, faults: Faults) -> None:
        if value not in choices:
            faults.add(path, "not_allowed", f"one of {listed} is expected", listed)

    return check


def term(vocabulary: Vocabulary) -> Check:
    """Return a check for a bare word of a standard vocabulary, or a URI of somebody else's."""

    def check(value: Any, path: str, faults: Faults) -> None:
        if not isinstance(value, str):
            faults.add(path, "wrong_type", "a string is expected")
        elif value in vocabulary.words:
            return
        elif vocabulary.refuses(value):
            faults.add(path, "bare_word_expected", "standard values are written as bare words in JSON")
        elif not is_uri(value):
            faults.add(path, "unknown_word", "neither a word of the Core Business Vocabulary nor a URI")

    return check


def sequence(item: Check, *, least: int = 0) -> Check:
    """Return a check for a list of `least` or more of `item`."""

    def check(value: Any, path: str, faults: Faults) -> None:
        if not isinstance(value, list):
            faults.add(path, "wrong_type", "a list is expected")
            return
        if len(value) < least:
            faults.add(path, "too_short", f"at least {least} expected", str(least))
        for index, element in enumerate(value):
            item(element, f"{path}[{index}]", faults)

    return check


def distinct(inner: Check) -> Check:
    """Return a check that a list is as `inner` says and has nothing in it twice."""

    def check(value: Any, path: str, faults: Faults) -> None:
        inner(value, path, faults)
        if not isinstance(value, list):
            return
        keys = [element if isinstance(element, str) else _canonical(element) for element in value]
        if len(set(keys)) == len(keys):
            return
        seen: set[Any] = set()
        for index, key in enumerate(keys):
            if key in seen:
                faults.add(f"{path}[{index}]", "repeated", "it is in the list already")
            seen.add(key)

    return check


def _canonical(value: Any) -> tuple[str]:
    # In a tuple, as a list may also hold the string that an object is written as.
    return (json.dumps(value, sort_keys=True),)


def record(fields: Mapping[str, Check], *, required: tuple[str, ...] = (), others: NameRule | None = None) -> Check:
    """Return a check for an object with these fields; `others` says which further names it may have."""

    def check(value: Any, path: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            faults.add(path, "wrong_type", "an object is expected")
            return
        for name in required:
            if name not in value:
                faults.add(under(path, name), "required", "it is missing")
        for name, member in value.items():
            inner = fields.get(name)
            if inner is not None:
                inner(member, under(path, name), faults)
            elif others is None or not others(name):
                faults.add(under(path, name), "unknown_field", "no such field here")

    return check


def extensible(fields: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """Return a check for an object with these fields and extensions, whose names are URIs or prefixed."""
    return record(fields, required=required, others=is_uri_name)


def open_record(fields: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """Return a check for an object with these fields and any others."""
    return record(fields, required=required, others=lambda _name: True)
