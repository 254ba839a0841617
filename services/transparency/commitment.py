"""Commitments: what goes into a log in place of the data, and one spelling of the data for all (RFC 8785).

A commitment tells nothing of the data to those who lack the salt, and fits no other data.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

CONTEXT = b"chengma log commitment 1\0"
SALT_BYTES = 16
LARGEST_INTEGER = 1 << 53
# From here on ECMAScript prints a number with an exponent (ECMA-262, Number::toString).
_LARGE_EXPONENT = 21
_SMALL_EXPONENT = -6


class NotCanonical(ValueError):
    """The value has no canonical spelling: no JSON, or a number that readers may take for another."""


def commit(salt: bytes, data: bytes) -> bytes:
    """Return the 32-byte commitment to `data` under a random `salt` of 16 bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(CONTEXT + salt + data).digest()


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value (RFC 8785); raises NotCanonical."""
    try:
        return _spell(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("text with half of a surrogate pair") from error


def read_value(text: str) -> Any:
    """Return the value of a JSON text: a whole number too large to be exact as the fraction that JSON means by it.

    Raises ValueError.
    """
    return json.loads(text, parse_int=_read_integer, parse_constant=_refuse_constant, object_pairs_hook=_distinct)


def _read_integer(digits: str) -> int | float:
    # A million digits would take Python minutes to read as a whole number.
    number = float(digits)
    return int(digits) if abs(number) <= LARGEST_INTEGER else number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return found


def _spell(value: Any) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return _spell_integer(value)
    if isinstance(value, float):
        return _spell_float(value)
    if isinstance(value, Mapping):
        return _spell_object(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{','.join(_spell(one) for one in value)}]"
    raise NotCanonical(f"a {type(value).__name__} is no JSON")


def _spell_object(value: Mapping[Any, Any]) -> str:
    if not all(isinstance(key, str) for key in value):
        raise NotCanonical("a key that is no text")
    # RFC 8785 sorts by UTF-16 code units, in which 𠮷 comes before ﬀ.
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(f"{_spell(key)}:{_spell(value[key])}" for key in keys) + "}"


def _spell_integer(value: int) -> str:
    if abs(value) > LARGEST_INTEGER:
        raise NotCanonical("a whole number beyond 2 to the power of 53")
    return str(int(value))


def _spell_float(value: float) -> str:
    """Return the number as ECMAScript prints it, from the fewest digits that mean it, which Python knows as well."""
    if not math.isfinite(value):
        raise NotCanonical("a number that is none")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The decimal point stands behind this many of the digits.
    point = int(exponent or "0") + (len(whole) if whole != "0" else len(digits) - len(fraction))
    return sign + _place_point(digits.rstrip("0"), point)


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= _LARGE_EXPONENT:
        return digits + "0" * (point - count)
    if 0 < point <= _LARGE_EXPONENT:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALL_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = f"{point - 1:+d}"
    return f"{digits[0]}.{digits[1:]}e{exponent}" if count > 1 else f"{digits}e{exponent}"
