"""Item codes: a number and a proof that we made it, in 28 characters that a person can also type.

A code is 140 bits in Crockford's base32, lower case: kid (8 bits), batch (32), serial (20), and the first 80 bits of
HMAC-SHA256 (RFC 2104) over the first 60. docs/codes.md describes it for other implementers.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from ulid import ULID

from qr.errors import BadSignature, MalformedCode, UnknownKey

ItemCode = NewType("ItemCode", str)

ITEM_PREFIX = "itm_"
BATCH_PREFIX = "ibt_"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_CHARACTERS = 12
CODE_CHARACTERS = 28
MAC_BYTES = 10
MAX_KID = 255
MAX_BATCH = (1 << 32) - 1
MAX_SERIAL = (1 << 20) - 1
SECRET_BYTES = 32
_CONTEXT = b"chengma item code 1\x00"
_NUMBER_BYTES = 8
_MS = 1000
_SERIAL_BYTES = 3
_FILLER = bytes(6)
# What people read for one another: Crockford's own rule.
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemNumber:
    """What a code names: `kid` 0 to 255, `batch` the second of its making (Unix time), `serial` within it from 0.

    Raises ValueError out of range.
    """

    kid: int
    batch: int
    serial: int

    def __post_init__(self) -> None:
        if not (0 <= self.kid <= MAX_KID and 0 <= self.batch <= MAX_BATCH and 0 <= self.serial <= MAX_SERIAL):
            raise ValueError("not an item number")

    @property
    def packed(self) -> int:
        """The 60 bits in a code."""
        return (self.kid << 52) | (self.batch << 20) | self.serial

    @property
    def item_id(self) -> str:
        """`itm_` + a ULID whose time is the batch's."""
        raw = (self.batch * _MS).to_bytes(6, "big") + bytes([self.kid])
        return f"{ITEM_PREFIX}{ULID.from_bytes(raw + self.serial.to_bytes(_SERIAL_BYTES, 'big') + _FILLER)}"


@dataclass(frozen=True, kw_only=True)
class ItemKeyring:
    """The secrets of item codes by kid, 32 bytes each, and the kid that makes new ones."""

    secrets: Mapping[int, bytes] = field(repr=False)
    active_kid: int

    def secret(self, kid: int) -> bytes:
        """Return the secret; raises UnknownKey."""
        if kid not in self.secrets:
            raise UnknownKey
        return self.secrets[kid]


def batch_id_of(batch: int) -> str:
    """Return `ibt_` + a ULID that is nothing but the batch's time."""
    return f"{BATCH_PREFIX}{ULID.from_bytes((batch * _MS).to_bytes(6, 'big') + bytes(10))}"


def make_item_code(number: ItemNumber, keyring: ItemKeyring) -> ItemCode:
    """Return the code of `number` under its own kid; raises UnknownKey."""
    packed = number.packed
    value = (packed << 80) | int.from_bytes(_mac(packed, keyring.secret(number.kid)), "big")
    return ItemCode("".join(ALPHABET[(value >> shift) & 31] for shift in range(135, -1, -5)))


def read_item_code(text: str, keyring: ItemKeyring) -> ItemNumber:
    """Return what a code names, as printed or as a person typed it: case, hyphens, blanks, o for 0, i or l for 1.

    Raises MalformedCode, UnknownKey, or BadSignature for a code that we did not make.
    """
    value = _value(plain_item_code(text))
    packed = value >> 80
    number = ItemNumber(kid=packed >> 52, batch=(packed >> 20) & MAX_BATCH, serial=packed & MAX_SERIAL)
    mac = (value & ((1 << 80) - 1)).to_bytes(MAC_BYTES, "big")
    if not hmac.compare_digest(mac, _mac(packed, keyring.secret(number.kid))):
        raise BadSignature
    return number


def plain_item_code(text: str) -> str:
    """Return the one spelling of a typed code, unchecked; raises MalformedCode when it can be none."""
    plain = text.strip().lower().translate(_MISREAD) if len(text) <= 2 * CODE_CHARACTERS else ""
    if len(plain) != CODE_CHARACTERS or not all(character in _VALUES for character in plain):
        raise MalformedCode
    return plain


def number_of_item(item_id: str) -> ItemNumber:
    """Return the number behind `itm_…`; raises ValueError for any other text."""
    try:
        raw = ULID.from_str(item_id.removeprefix(ITEM_PREFIX)).bytes
    except ValueError:
        raw = b""
    batch, rest = divmod(int.from_bytes(raw[:6], "big"), _MS)
    if len(raw) != 16 or rest or batch > MAX_BATCH:  # noqa: PLR2004 -- bytes of a ULID
        raise ValueError("not an item id")
    number = ItemNumber(kid=raw[6], batch=batch, serial=min(int.from_bytes(raw[7:10], "big"), MAX_SERIAL))
    if number.item_id != item_id:
        raise ValueError("not an item id")
    return number


def readable(code: ItemCode) -> str:
    """Return the code in groups of four, as printed below a label's QR code."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_CHARACTERS, 4))


def _value(plain: str) -> int:
    value = 0
    for character in plain:
        value = (value << 5) | _VALUES[character]
    return value


def _mac(packed: int, secret: bytes) -> bytes:
    return hmac.digest(secret, _CONTEXT + packed.to_bytes(_NUMBER_BYTES, "big"), "sha256")[:MAC_BYTES]
