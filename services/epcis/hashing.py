"""The event hash: an eventID made from what an event says (CBV 2.0, section 8.9).

The pre-hash string lists the fields of an event in the standard's order as `name=value`, values in one form: instants
in UTC with milliseconds, numbers without needless digits, standard words and prefixed names as URIs, GS1 identifiers
as Digital Links. Where the standard's text and the reference implementation of GS1 differ in the order of parts, this
follows the implementation, as that is what others compare with.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.epcis.contexts import expand, split_name
from services.epcis.digital_links import canonical_link
from services.epcis.formats import instant
from services.epcis.hash_fields import (
    EVENT_FIELDS,
    IGNORED,
    LISTED_LAST,
    METADATA_FIELDS,
    QUANTITY_FIELDS,
    REPORT_FIELDS,
    WORDS,
)

_OLD_WORDS = (
    ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
)


def event_hash(body: Mapping[str, Any]) -> str:
    """Return `ni:///sha-256;…?ver=CBV2.0` of an event as `EpcisEvent.body` has it; eventID and errors do not count."""
    digest = hashlib.sha256(prehash_of(body).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def prehash_of(body: Mapping[str, Any]) -> str:
    """Return the pre-hash string of an event."""
    writer = _Writer(body.get("@context", {}))
    return f"eventType={body['type']}" + writer.standard_fields(body) + writer.other_fields(body)


class _Writer:
    """Writes parts of the pre-hash string of one event, whose prefixes it knows."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._special: Mapping[str, Callable[[str, Any], str]] = {
            "eventTime": self._instant,
            "epcList": self._epcs,
            "inputEPCList": self._epcs,
            "outputEPCList": self._epcs,
            "childEPCs": self._epcs,
            "quantityList": self._quantities,
            "childQuantityList": self._quantities,
            "inputQuantityList": self._quantities,
            "outputQuantityList": self._quantities,
            "persistentDisposition": self._persistent,
            "readPoint": self._place,
            "bizLocation": self._place,
            "sensorElementList": self._sensors,
        }

    def standard_fields(self, body: Mapping[str, Any]) -> str:
        """Write the fields that have a place in the standard's order."""
        return "".join(self._special.get(name, self._field)(name, body[name]) for name in EVENT_FIELDS if name in body)

    def other_fields(self, body: Mapping[str, Any]) -> str:
        """Write what comes last, sorted: business transactions, parties, ilmd and extensions."""
        parts: list[str] = []
        for name, value in body.items():
            if name in LISTED_LAST:
                parts += [self._pairs(name, value)] if value else []
            elif name not in IGNORED and name not in EVENT_FIELDS:
                parts += self._extension(name, value)
        return "".join(sorted(parts))

    def _field(self, name: str, value: Any) -> str:
        """Write a field, or one of the same name for each element of a list."""
        values = value if isinstance(value, list) else (value,)
        return "".join(sorted(f"{name}={text}" for text in map(self._form(name), values) if text))

    def _form(self, name: str) -> Callable[[Any], str]:
        words = WORDS.get(name)
        return self._value if words is None else lambda value: self._value(words.uri_of(value))

    def _instant(self, name: str, value: str) -> str:
        moment = instant(value)
        rounded = moment.replace(microsecond=0) + timedelta(microseconds=round(moment.microsecond, -3))
        return f"{name}={_written(rounded)}"

    def _epcs(self, name: str, value: Iterable[str]) -> str:
        return self._group(name, (f"epc={self._value(epc)}" for epc in value))

    def _quantities(self, name: str, value: Iterable[Mapping[str, Any]]) -> str:
        return self._group(name, (f"quantityElement{self._in_order(entry, QUANTITY_FIELDS)}" for entry in value))

    def _persistent(self, name: str, value: Mapping[str, Any]) -> str:
        words = WORDS["disposition"]
        named = {part: [words.uri_of(word) for word in value[part]] for part in ("set", "unset") if part in value}
        return name + "".join(self._field(part, uris) for part, uris in named.items())

    def _place(self, name: str, value: Mapping[str, Any]) -> str:
        return name + self._in_order(value, ("id",))

    def _sensors(self, name: str, value: Iterable[Mapping[str, Any]]) -> str:
        return self._group(name, (f"sensorElement{self._sensor(element)}" for element in value))

    def _sensor(self, element: Mapping[str, Any]) -> str:
        metadata = self._in_order(element.get("sensorMetadata", {}), METADATA_FIELDS)
        reports = sorted(f"sensorReport{self._in_order(report, REPORT_FIELDS)}" for report in element["sensorReport"])
        others = {name: value for name, value in element.items() if name not in {"sensorMetadata", "sensorReport"}}
        written = f"sensorMetadata{metadata}" if metadata else ""
        return written + "".join(reports) + self._in_order(others, ())

    def _in_order(self, members: Mapping[str, Any], order: tuple[str, ...]) -> str:
        """Write the members of an object in their order, then its extensions, sorted."""
        known = "".join(
            (self._instant if name in {"time", "startTime", "endTime"} else self._field)(name, members[name])
            for name in order
            if name in members
        )
        others = (self._extension(name, value) for name, value in members.items() if name not in order)
        return known + "".join(sorted(part for parts in others for part in parts))

    def _pairs(self, name: str, value: Iterable[Mapping[str, Any]]) -> str:
        """Write business transactions, sources or destinations: of each its id, then its type."""
        member = name.removesuffix("List")
        words = WORDS[name]

        def pair(entry: Mapping[str, Any]) -> str:
            kind = f"type={self._value(words.uri_of(entry['type']))}" if "type" in entry else ""
            return f"{member}={self._value(entry[member])}{kind}"

        return self._group(name, map(pair, value))

    def _group(self, name: str, parts: Iterable[str]) -> str:
        written = "".join(sorted(parts))
        return name + written if written else ""

    def _extension(self, name: str, value: Any) -> list[str]:
        """Write a field that is not the standard's, one part for each element of a list."""
        if name in {"rdfs:comment", "comment"}:
            return []
        split = split_name(name, self._prefixes)
        shown = name if split is None else f"{{{split[0]}}}{split[1]}"
        values = value if isinstance(value, list) else (value,)
        return [shown + self._extension_value(element) for element in values]

    def _extension_value(self, value: Any) -> str:
        if isinstance(value, dict):
            members = (self._extension(name, member) for name, member in value.items())
            return "".join(sorted(part for parts in members for part in parts))
        if isinstance(value, list):
            return "".join(sorted(map(self._extension_value, value)))
        text = self._value(value)
        return f"={text}" if text else ""

    def _value(self, value: Any) -> str:
        """Write a single value in its one form."""
        text = expand(str(value), self._prefixes).strip()
        if "urn:epcglobal:cbv:" in text:
            for old, new in _OLD_WORDS:
                text = text.replace(old, new)
        text = _plain_number(text)
        return canonical_link(text) or text


def _plain_number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return str(int(number) if number.is_integer() else number)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
