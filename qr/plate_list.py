"""The list of plates that have ended, signed, for phones that have no network when they see one.

Binary, because a phone carries it about: 17 bytes a plate. docs/codes.md gives the layout to the byte.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from ulid import ULID

from qr.errors import MalformedCode
from qr.keyring import Keyring, PublicKeyring
from qr.plate_code import PLATE_PREFIX, ULID_BYTES
from qr.signing import SIGNATURE_BYTES, sign, verify

LIST_CONTEXT = b"chengma-ended-plates-1"
VERSION = 1
_HEAD_BYTES = 2 + 2 * 8
_ENTRY_BYTES = ULID_BYTES + 1


class Ended(IntEnum):
    """How a plate ended."""

    REPLACED = 1
    REVOKED = 2


@dataclass(frozen=True, kw_only=True)
class PlateList:
    """The plates, by id, that ended from `since` until `until` (aware, whole seconds), both included."""

    kid: int
    since: datetime
    until: datetime
    plates: Mapping[str, Ended]


def sign_plate_list(listed: PlateList, keyring: Keyring) -> bytes:
    """Return the list and its signature; raises ValueError if it names another kid than the ring's active one."""
    if listed.kid != keyring.active.kid:
        raise ValueError("the list names another key than the one that signs")
    entries = sorted(
        (ULID.from_str(its_id.removeprefix(f"{PLATE_PREFIX}_")).bytes, how) for its_id, how in listed.plates.items()
    )
    head = bytes([VERSION, listed.kid]) + _seconds(listed.since) + _seconds(listed.until)
    body = head + b"".join(raw + bytes([how]) for raw, how in entries)
    return body + sign(keyring.active, context=LIST_CONTEXT, message=body)


def read_plate_list(data: bytes, keyring: PublicKeyring) -> PlateList:
    """Return what a signed list says; raises MalformedCode, UnknownKey, RevokedKey or BadSignature."""
    body, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    if len(body) < _HEAD_BYTES or (len(body) - _HEAD_BYTES) % _ENTRY_BYTES or body[0] != VERSION:
        raise MalformedCode
    verify(keyring.find(body[1]), context=LIST_CONTEXT, message=body, signature=signature)
    return PlateList(kid=body[1], since=_instant(body[2:10]), until=_instant(body[10:18]), plates=dict(_entries(body)))


def _entries(body: bytes) -> Iterator[tuple[str, Ended]]:
    for start in range(_HEAD_BYTES, len(body), _ENTRY_BYTES):
        raw, how = body[start : start + ULID_BYTES], body[start + ULID_BYTES]
        if how not in list(Ended):
            raise MalformedCode
        yield f"{PLATE_PREFIX}_{ULID(raw)}", Ended(how)


def _seconds(instant: datetime) -> bytes:
    return int(instant.timestamp()).to_bytes(8, "big")


def _instant(raw: bytes) -> datetime:
    return datetime.fromtimestamp(int.from_bytes(raw, "big"), UTC)
