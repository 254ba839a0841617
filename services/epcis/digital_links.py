"""GS1 identifiers as constrained canonical GS1 Digital Link URIs, which the event hash compares by.

EPC URIs are those of the EPC Tag Data Standard, sections 6 and 8; links those of GS1 Digital Link: URI Syntax 1.2.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

BASE = "https://id.gs1.org/"
_ODD = 3

# A serial number, lot and the like of an EPC URI; a component or part number; digits.
_SERIAL = r"(?:%[2-7][0-9A-Fa-f]|[!')(*+,.0-9:;=A-Za-z_\-])"
_PART = r"(?:%(?:2[3dDfF]|3[0-9]|4[1-9A-Fa-f]|5[0-9Aa])|[0-9A-Z\-])"
_ESCAPED = str.maketrans({character: f"%{ord(character):02X}" for character in "!()*+,:"})


def check_digit(digits: str) -> str:
    """Return the check digit that follows `digits` (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (_ODD if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


def _indicator_first(company: str, reference: str) -> str:
    """Return a key whose first digit stands at the beginning of the reference (GTIN, SSCC)."""
    return _checked(reference[0] + company + reference[1:])


def _plain(company: str, reference: str) -> str:
    return _checked(company + reference)


def _with_zero(company: str, reference: str) -> str:
    return _checked(f"0{company}{reference}")


@dataclass(frozen=True, kw_only=True)
class _Numeric:
    """A scheme whose company prefix and reference are `digits` long together; `tail` is a pattern of what follows."""

    digits: int
    key: Callable[[str, str], str]
    tail: str
    link: Callable[[str, re.Match[str]], str]

    def convert(self, rest: str) -> str | None:
        company, dot, after = rest.partition(".")
        width = self.digits - len(company)
        if not (dot and company.isdecimal() and company.isascii() and 6 <= len(company) <= 12):  # noqa: PLR2004
            return None
        found = re.fullmatch(rf"([0-9]{{{width}}}){self.tail}", after)
        return None if found is None else self.link(self.key(company, found[1]), found)


def _under(identifier: str, qualifier: str = "") -> Callable[[str, re.Match[str]], str]:
    """Return how a key becomes a link; what follows the key is joined to it, behind `qualifier`."""

    def link(key: str, found: re.Match[str]) -> str:
        tail = "".join(found.groups()[1:]).translate(_ESCAPED)
        return f"{BASE}{identifier}/{key}{qualifier}{tail}"

    return link


def _location(key: str, found: re.Match[str]) -> str:
    extension = found[2].translate(_ESCAPED)
    return f"{BASE}414/{key}" if extension == "0" else f"{BASE}414/{key}/254/{extension}"


@dataclass(frozen=True, kw_only=True)
class _Textual:
    """A scheme whose reference is text: the whole without the dot is at most `most` characters long."""

    identifier: str
    most: int
    character: str
    tail: str
    qualifier: str

    def convert(self, rest: str) -> str | None:
        found = re.fullmatch(rf"([0-9]{{6,12}})\.({self.character}+){self.tail}", rest)
        if found is None or len(found[1]) + len(re.findall(self.character, found[2])) > self.most:
            return None
        reference = (found[1] + found[2]).translate(_ESCAPED)
        tail = "".join(found.groups()[2:])
        return f"{BASE}{self.identifier}/{reference}{self.qualifier}{tail}"


def _serial(most: int) -> str:
    return rf"\.({_SERIAL}{{1,{most}}})"


_ANY = r"\.\*"
_RULES: Mapping[str, _Numeric | _Textual] = {
    "id:sgtin": _Numeric(digits=13, key=_indicator_first, tail=_serial(20), link=_under("01", "/21/")),
    "id:sscc": _Numeric(digits=17, key=_indicator_first, tail="", link=_under("00")),
    "id:sgln": _Numeric(digits=12, key=_plain, tail=_serial(20), link=_location),
    "id:grai": _Numeric(digits=12, key=_with_zero, tail=_serial(16), link=_under("8003")),
    "id:giai": _Textual(identifier="8004", most=30, character=_SERIAL, tail="", qualifier=""),
    "id:gsrn": _Numeric(digits=17, key=_plain, tail="", link=_under("8018")),
    "id:gsrnp": _Numeric(digits=17, key=_plain, tail="", link=_under("8017")),
    "id:gdti": _Numeric(digits=12, key=_plain, tail=_serial(17), link=_under("253")),
    "id:cpi": _Textual(identifier="8010", most=30, character=_PART, tail=r"\.([0-9]{1,12})", qualifier="/8011/"),
    "id:sgcn": _Numeric(digits=12, key=_plain, tail=r"\.([0-9]{1,12})", link=_under("255")),
    "id:ginc": _Textual(identifier="401", most=30, character=_SERIAL, tail="", qualifier=""),
    "id:gsin": _Numeric(digits=16, key=_plain, tail="", link=_under("402")),
    "id:upui": _Numeric(digits=13, key=_indicator_first, tail=_serial(28), link=_under("01", "/235/")),
    "id:pgln": _Numeric(digits=12, key=_plain, tail="", link=_under("417")),
    "class:lgtin": _Numeric(digits=13, key=_indicator_first, tail=_serial(20), link=_under("01", "/10/")),
    "idpat:sgtin": _Numeric(digits=13, key=_indicator_first, tail=_ANY, link=_under("01")),
    "idpat:grai": _Numeric(digits=12, key=_with_zero, tail=_ANY, link=_under("8003")),
    "idpat:gdti": _Numeric(digits=12, key=_plain, tail=_ANY, link=_under("253")),
    "idpat:sgcn": _Numeric(digits=12, key=_plain, tail=_ANY, link=_under("255")),
    "idpat:cpi": _Textual(identifier="8010", most=30, character=_PART, tail=_ANY, qualifier=""),
    "idpat:upui": _Numeric(digits=13, key=_indicator_first, tail=_ANY, link=_under("01")),
    "idpat:itip": _Numeric(digits=13, key=_indicator_first, tail=r"\.([0-9]{2})\.([0-9]{2})\.\*", link=_under("8006")),
    "id:itip": _Numeric(
        digits=13,
        key=_indicator_first,
        tail=rf"\.([0-9]{{2}})\.([0-9]{{2}})\.({_SERIAL}{{1,20}})",
        link=lambda key, found: f"{BASE}8006/{key}{found[2]}{found[3]}/21/{found[4].translate(_ESCAPED)}",
    ),
}

_NAMES: Mapping[str, str] = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
}
_TEXT = r"""(?:[!"'()*+,\-.0-9:;<=>?A-Z_a-z]|%[0-9A-Fa-f]{2})"""
# The key's own form, and the qualifiers that may follow, the finest first; those left out add nothing to identity.
_KEYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "00": (r"\d{18}", ()),
    "01": (r"\d{14}", ("21", "10", "235")),
    "253": (rf"\d{{13}}{_TEXT}{{0,17}}", ()),
    "255": (r"\d{13,25}", ()),
    "401": (rf"{_TEXT}{{0,30}}", ()),
    "402": (r"\d{17}", ()),
    "414": (r"\d{13}", ("254",)),
    "417": (r"\d{13}", ()),
    "8003": (rf"\d{{14}}{_TEXT}{{0,16}}", ()),
    "8004": (rf"{_TEXT}{{0,30}}", ()),
    "8006": (r"\d{18}", ("21", "10")),
    "8010": (r"(?:[#\-/0-9A-Z]|%[0-9A-F]{2}){0,30}", ("8011",)),
    "8017": (r"\d{18}", ()),
    "8018": (r"\d{18}", ()),
}
_QUALIFIER = re.compile(rf"{_TEXT}{{1,28}}")
_GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_LINK = re.compile(
    rf"https?://[^/?\#]*(?:/[^?\#]*?)?/({'|'.join((*_KEYS, *_NAMES))})/([0-9]{{4}}[^/?\#]*)"
    r"((?:/[^/?\#]+/[^/?\#]+)*)/?(?:\?.*)?"
)


@lru_cache(maxsize=8192)
def canonical_link(uri: str) -> str | None:
    """Return the canonical link of an EPC URI or a Digital Link with a GS1 key, or None for other texts."""
    if uri.startswith("urn:epc:"):
        rule, rest = _find_rule(uri)
        return None if rule is None else rule.convert(rest)
    return _canonical_of_link(uri) if uri.startswith("http") else None


def _find_rule(uri: str) -> tuple[_Numeric | _Textual | None, str]:
    group, _, rest = uri.removeprefix("urn:epc:").partition(":")
    scheme, _, reference = rest.partition(":")
    return _RULES.get(f"{group}:{scheme}"), reference


def _canonical_of_link(uri: str) -> str | None:
    found = _LINK.fullmatch(uri)
    if found is None:
        return None
    identifier = _NAMES.get(found[1], found[1])
    form, finer = _KEYS[identifier]
    key = found[2]
    if identifier == "01" and len(key) in _GTIN_LENGTHS:
        key = key.zfill(14)
    if re.fullmatch(form, key, re.ASCII) is None:
        return None
    parts = found[3].split("/")[1:]
    qualifiers = {_NAMES.get(name, name): value for name, value in zip(parts[::2], parts[1::2], strict=True)}
    for name in finer:
        if name in qualifiers:
            value = qualifiers[name]
            return f"{BASE}{identifier}/{key}/{name}/{value}" if _QUALIFIER.fullmatch(value) else None
    return f"{BASE}{identifier}/{key}"
