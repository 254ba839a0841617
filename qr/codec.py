"""Between bytes and the text of a QR code: base45 behind a prefix, one spelling for each value."""

import base45

from qr.errors import MalformedCode

MAX_TEXT_CHARS = 256  # the longest code of ours has 178; more is not worth a look
_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NO_DIGIT = b"\xff"
_DIGITS = bytes(max(_ALPHABET.find(value), -1) & 0xFF for value in range(256))
_BASE, _SQUARE = 45, 45 * 45
_GROUP = 3
_LOW = int.from_bytes(b"\0\0\xff" * MAX_TEXT_CHARS, "big")  # the lowest byte of each lane
_MAX_BYTE = 255


def encode_text(prefix: str, body: bytes) -> str:
    """Return `prefix` + base45 (RFC 9285) of `body`: characters of the QR alphanumeric mode only."""
    encoded: bytes = base45.b45encode(body)
    return prefix + encoded.decode()


def decode_text(prefix: str, text: str) -> bytes:
    """Return the bytes behind `prefix`; raises MalformedCode unless encode_text would write `text`.

    Two texts for one code would be two codes to whoever compares texts, so nothing is forgiven, such as a line break.
    """
    if len(text) > MAX_TEXT_CHARS or not text.startswith(prefix):
        raise MalformedCode
    try:
        digits = text[len(prefix) :].encode("ascii").translate(_DIGITS)
    except UnicodeEncodeError:
        raise MalformedCode from None
    return _decode(digits)


def _decode(digits: bytes) -> bytes:
    """Return the bytes of base45 digits, 0 to 44 each; raises MalformedCode.

    Our own, because it takes a tenth of the library's time while people queue, and needs no encoding again: each two
    bytes have one group of three digits and a last byte has one of two, so what is refused here is what nobody writes.
    The library still encodes, and is the tests' judge.
    """
    groups, rest = divmod(len(digits), _GROUP)
    if _NO_DIGIT in digits or rest == 1:
        raise MalformedCode
    end = groups * _GROUP
    # All groups at once, each in a lane of three bytes of one large number; 45^3 - 1 needs 17 bits of its 24.
    packed = int.from_bytes(digits[:end], "big")
    lanes = (packed >> 16 & _LOW) + _BASE * (packed >> 8 & _LOW) + _SQUARE * (packed & _LOW)
    values = lanes.to_bytes(end, "big")
    if b"\x01" in values[0::_GROUP]:  # 65,536 and more
        raise MalformedCode
    body = bytearray(2 * groups)
    body[0::2], body[1::2] = values[1::_GROUP], values[2::_GROUP]
    return bytes(body) + _last(digits[end:])


def _last(digits: bytes) -> bytes:
    """Return the byte of the two digits at the end, if there are any."""
    if not digits:
        return b""
    value = digits[0] + _BASE * digits[1]
    if value > _MAX_BYTE:
        raise MalformedCode
    return bytes((value,))
