"""JSON as it comes in and goes out."""

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any, NoReturn

from handlers.problems import BodyUnreadable

# One offset and no summer time since 1991 (IANA tz database): no zone file needed.
CITY_TIME = timezone(timedelta(hours=8))
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def read_json(data: bytes) -> Any:
    """Return what `data` says; raises BodyUnreadable.

    Stricter than Python's own reader: no NaN or Infinity, no key twice in one object, no lone
    surrogates, no nesting beyond what the interpreter bears.
    """
    try:
        value = _decode(data.decode("utf-8"))
        if b"\\u" in data:  # the only way to write a surrogate in what is UTF-8
            _encode(value).encode("utf-8")
    except (ValueError, RecursionError):
        raise BodyUnreadable from None
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result


# Made once: json.loads and json.dumps with options make theirs anew for each call.
_decode = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_distinct).decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_json(value: Any) -> bytes:
    """Return compact UTF-8."""
    return _encode(value).encode()


def preferred_language(accept_language: str) -> str:
    """Return `en` when the header (RFC 9110, section 12.5.4) prefers it to Chinese, else `zh`."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accept_language.casefold().split(","):
        tag, _, weight = "".join(part.split()).partition(";q=")
        language = tag.partition("-")[0]
        if language in weights:
            weights[language] = max(weights[language], float(weight) if _QUALITY.fullmatch(weight) else 1.0)
    return "en" if weights["en"] > weights["zh"] else "zh"


def wire_time(instant: datetime) -> str:
    """Return RFC 3339 with the city's offset, to the second: 2026-11-21T09:00:00+08:00."""
    return instant.astimezone(CITY_TIME).isoformat(timespec="seconds")
