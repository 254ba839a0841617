"""Between bytes and the text of a QR code: base45 behind a prefix, one spelling for each value."""

import base45

from qr.errors import MalformedCode

MAX_TEXT_CHARS = 256  # the longest code of ours has 178; more is not worth a look


def encode_text(prefix: str, body: bytes) -> str:
    """Return `prefix` + base45 (RFC 9285) of `body`: characters of the QR alphanumeric mode only."""
    encoded: bytes = base45.b45encode(body)
    return prefix + encoded.decode()


def decode_text(prefix: str, text: str) -> bytes:
    """Return the bytes behind `prefix`; raises MalformedCode unless encode_text would write `text`.

    The comparison is there because a decoder may forgive what RFC 9285 does not write, such as a line
    break at the end: two texts for one code would be two codes to whoever compares texts.
    """
    if len(text) > MAX_TEXT_CHARS or not text.startswith(prefix):
        raise MalformedCode
    try:
        body: bytes = base45.b45decode(text.removeprefix(prefix))
    except ValueError:
        raise MalformedCode from None
    if encode_text(prefix, body) != text:
        raise MalformedCode
    return body
