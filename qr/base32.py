"""Bytes as Crockford's base32 in lower case: the alphabet of item codes and ULIDs, one spelling for each value."""

from qr.errors import MalformedCode
from qr.item_code import ALPHABET

_BITS = 5
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def characters_of(byte_count: int) -> int:
    """Return how many characters so many bytes take."""
    return -(-byte_count * 8 // _BITS)


def encode_base32(data: bytes) -> str:
    """Return the text of `data`, the highest bits first, filled up with zero bits at the end; no padding."""
    count = characters_of(len(data))
    value = int.from_bytes(data, "big") << (count * _BITS - len(data) * 8)
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range((count - 1) * _BITS, -1, -_BITS))


def decode_base32(text: str, byte_count: int) -> bytes:
    """Return the bytes behind `text`; raises MalformedCode unless encode_base32 would write it for so many bytes."""
    if len(text) != characters_of(byte_count) or not all(character in _VALUES for character in text):
        raise MalformedCode
    value = 0
    for character in text:
        value = (value << _BITS) | _VALUES[character]
    spare = len(text) * _BITS - byte_count * 8
    if value & ((1 << spare) - 1):
        raise MalformedCode
    return (value >> spare).to_bytes(byte_count, "big")
