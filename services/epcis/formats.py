"""URIs and instants as text: RFC 3986 and RFC 3339, as `uri` and `date-time` of JSON Schema mean them."""

import re
from calendar import monthrange
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

_PERCENT = r"%[0-9A-Fa-f]{2}"
_SAFE = r"A-Za-z0-9_.~\-!$&'()*+,;="


def _run(characters: str) -> str:
    return rf"[{characters}]*(?:{_PERCENT}[{characters}]*)*"


_URI = re.compile(
    rf"""[A-Za-z][A-Za-z0-9+.\-]*:
    (?: // (?:{_run(_SAFE + ":")}@)?
        (?: \[ (?: (?P<ipv6>[0-9A-Fa-f:.]+) | [vV][0-9A-Fa-f]+\.[{_SAFE}:]+ ) \] | {_run(_SAFE)} )
        (?: :[0-9]* )? (?: /{_run(_SAFE + ":@/")} )?
      | (?!//) {_run(_SAFE + ":@/")} )
    (?: \?{_run(_SAFE + ":@/?")} )? (?: \#{_run(_SAFE + ":@/?")} )?""",
    re.VERBOSE,
)
_INSTANT = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)
FIRST_YEAR = 2
LAST_YEAR = 9998


def is_uri(text: str) -> bool:
    """Tell whether `text` is an absolute URI, with or without a fragment (RFC 3986)."""
    found = _URI.fullmatch(text)
    if found is None:
        return False
    address = found["ipv6"]
    if address is None:
        return True
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def is_uri_name(text: str) -> bool:
    """The same for names of fields, of which there are few."""
    return is_uri(text)


def is_instant(text: str) -> bool:
    """Tell whether `text` is a date-time with an offset (RFC 3339) on a day that exists; leap seconds are not."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    return year > 0 and 1 <= day <= monthrange(year, month)[1]


def is_within_calendar(text: str) -> bool:
    """Tell whether the instant is also one in UTC: those in years 1 and 9999 may not be."""
    return FIRST_YEAR <= int(text[:4]) <= LAST_YEAR


def instant(text: str) -> datetime:
    """Return the aware UTC instant of a date-time; digits beyond microseconds are dropped."""
    return datetime.fromisoformat(text.upper()).astimezone(UTC)
