"""The header of an offline pack: JSON with sorted keys and no blanks, so that a pack has one spelling."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from qr.entry_pass import EPOCH
from qr.errors import MalformedCode
from qr.gate_pack_model import GatePack, PackGateUse, PackLease, PackSlot
from qr.keyring import KeyState, PublicKeyring, VerifyKey

SECTIONS = ("cancelled", "revoked", "admitted", "partly_admitted", "tails")
MAX_NUMBER = 2**53 - 1  # the largest whole number that JavaScript holds exactly
_MAX_SECONDS = 253_402_300_799  # the last second of the year 9999, the last that Python has
_SECOND = timedelta(seconds=1)


def write_header(pack: GatePack) -> bytes:
    """Return the header's bytes; raises ValueError for instants that are not on whole seconds."""
    return canonical(
        {
            "kid": pack.kid,
            "venue_id": pack.venue_id,
            "gate_id": pack.gate_id,
            "gate_use": pack.gate_use.value,
            "device_id": pack.device_id,
            "day": pack.day.isoformat(),
            "issued_at": _seconds(pack.issued_at),
            "expires_at": _seconds(pack.expires_at),
            "venue_day_key": _base64url(pack.venue_day_key),
            "keys": [_key(key) for _, key in sorted(pack.keys.verify_keys.items())],
            "opens_before_s": pack.opens_before // _SECOND,
            "closes_after_s": pack.closes_after // _SECOND,
            "ceiling": pack.ceiling,
            "inside": pack.inside,
            "slots": [_slot(slot) for slot in pack.slots],
            "leases": [_lease(lease) for lease in pack.leases],
            **{name: len(getattr(pack, name)) for name in SECTIONS},
        }
    )


def parse_header(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`, still unverified and of any shape; raises MalformedCode if there is none."""
    try:
        found = json.loads(raw.decode())
    except (ValueError, RecursionError):  # RecursionError: brackets by the thousand
        raise MalformedCode from None
    if not isinstance(found, dict):
        raise MalformedCode
    return found


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return JSON with sorted keys and no blanks, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class HeaderFields:
    """A header's fields, each of the type it is asked for as; everything else raises MalformedCode."""

    found: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a text."""
        value = self.found.get(name)
        if not isinstance(value, str):
            raise MalformedCode
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or None for null; a missing field is neither."""
        return None if self._is_null(name) else self.text(name)

    def number(self, name: str, most: int = MAX_NUMBER) -> int:
        """Return a whole number from 0."""
        value = self.found.get(name)
        if type(value) is not int or not 0 <= value <= most:  # `true` is an int to isinstance
            raise MalformedCode
        return value

    def number_or_none(self, name: str) -> int | None:
        """Return a whole number, or None for null."""
        return None if self._is_null(name) else self.number(name)

    def instant(self, name: str) -> datetime:
        """Return an instant (UTC) that is written as Unix seconds."""
        return EPOCH + timedelta(seconds=self.number(name, _MAX_SECONDS))

    def instant_or_none(self, name: str) -> datetime | None:
        """Return an instant, or None for null."""
        return None if self._is_null(name) else self.instant(name)

    def span(self, name: str) -> timedelta:
        """Return a span that is written as seconds, of a day at most."""
        return timedelta(seconds=self.number(name, 86_400))

    def data(self, name: str) -> bytes:
        """Return bytes that are written in base64url without padding, in their one spelling."""
        text = self.text(name)
        try:
            found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (ValueError, binascii.Error):
            raise MalformedCode from None
        if _base64url(found) != text:
            raise MalformedCode
        return found

    def rows(self, name: str) -> list["HeaderFields"]:
        """Return a list of objects."""
        found = self.found.get(name)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise MalformedCode
        return [HeaderFields(one) for one in found]

    def day(self, name: str) -> date:
        """Return a calendar day, `2027-02-06`."""
        text = self.text(name)
        found = date.fromisoformat(text)
        if found.isoformat() != text:  # Python reads other forms of ISO 8601 too
            raise MalformedCode
        return found

    def _is_null(self, name: str) -> bool:
        return name in self.found and self.found[name] is None


def read_header(header: HeaderFields, sections: Mapping[str, Any]) -> GatePack:
    """Return the pack of a header and of its sections by name; raises MalformedCode, or ValueError for odd values."""
    return GatePack(
        kid=header.number("kid"),
        venue_id=header.text("venue_id"),
        gate_id=header.text("gate_id"),
        gate_use=PackGateUse(header.text("gate_use")),
        device_id=header.text_or_none("device_id"),
        day=header.day("day"),
        issued_at=header.instant("issued_at"),
        expires_at=header.instant("expires_at"),
        venue_day_key=header.data("venue_day_key"),
        keys=_read_keys(header.rows("keys")),
        opens_before=header.span("opens_before_s"),
        closes_after=header.span("closes_after_s"),
        ceiling=header.number_or_none("ceiling"),
        inside=header.number("inside"),
        slots=tuple(_read_slot(row) for row in header.rows("slots")),
        leases=tuple(_read_lease(row) for row in header.rows("leases")),
        **sections,
    )


def _read_keys(rows: list[HeaderFields]) -> PublicKeyring:
    keys = [
        VerifyKey(
            kid=row.number("kid"),
            public=row.data("public"),
            algorithm=row.text("algorithm"),
            state=KeyState(row.text("state")),
        )
        for row in rows
    ]
    if len({key.kid for key in keys}) != len(keys):
        raise MalformedCode
    return PublicKeyring(verify_keys={key.kid: key for key in keys})


def _read_slot(row: HeaderFields) -> PackSlot:
    return PackSlot(
        id=row.text("id"),
        starts_at=row.instant("starts_at"),
        ends_at=row.instant("ends_at"),
        last_entry_at=row.instant_or_none("last_entry_at"),
        capacity=row.number("capacity"),
        booked=row.number("booked"),
        walk_in_left=row.number("walk_in_left"),
    )


def _read_lease(row: HeaderFields) -> PackLease:
    return PackLease(
        id=row.text("id"),
        slot_id=row.text("slot_id"),
        places=row.number("places"),
        used=row.number("used"),
        starts_at=row.instant("starts_at"),
        ends_at=row.instant("ends_at"),
        expires_at=row.instant("expires_at"),
    )


def _key(key: VerifyKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "algorithm": str(key.algorithm),
        "public": _base64url(key.public),
        "state": key.state.value,
    }


def _slot(slot: PackSlot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "starts_at": _seconds(slot.starts_at),
        "ends_at": _seconds(slot.ends_at),
        "last_entry_at": None if slot.last_entry_at is None else _seconds(slot.last_entry_at),
        "capacity": slot.capacity,
        "booked": slot.booked,
        "walk_in_left": slot.walk_in_left,
    }


def _lease(lease: PackLease) -> dict[str, Any]:
    return {
        "id": lease.id,
        "slot_id": lease.slot_id,
        "places": lease.places,
        "used": lease.used,
        "starts_at": _seconds(lease.starts_at),
        "ends_at": _seconds(lease.ends_at),
        "expires_at": _seconds(lease.expires_at),
    }


def _seconds(instant: datetime) -> int:
    seconds, rest = divmod(instant.astimezone(UTC) - EPOCH, _SECOND)
    if rest or not 0 <= seconds <= _MAX_SECONDS:
        raise ValueError("a pack's instants are on whole seconds")
    return seconds


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
