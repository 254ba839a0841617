"""SM2 signatures with SM3 (GB/T 32918.2, curve of GB/T 32918.5) by Tongsuo, with keys built once.

The signer's identity is the usual `1234567812345678` (GB/T 35276). The library is loaded with the first such key: it
has no build for Linux on ARM, and who keeps to Ed25519 does without it.
"""

import secrets
from functools import cache
from importlib import import_module
from typing import Any

from qr.errors import BadSignature

SECRET_BYTES = 32
PUBLIC_BYTES = 64
SIGNATURE_BYTES = 64
NUMBER_BYTES = 32
DER_SEQUENCE, DER_INTEGER = 0x30, 0x02
# The order of the base point, GB/T 32918.5.
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
LARGEST_SECRET = ORDER - 2


class Sm2Signer:
    """Signs; `secret` is a number from 1 to the order less 2, big-endian. Raises ValueError for any other."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES or not 1 <= int.from_bytes(secret, "big") <= LARGEST_SECRET:
            raise ValueError("an SM2 private key has 32 bytes and lies between 1 and the order less 2")
        curves = _tongsuo("asymciphers.ec")
        self._key = curves.derive_private_key(int.from_bytes(secret, "big"), curves.SM2())
        point = self._key.public_key().public_numbers()
        self.public = _joined(point.x, point.y)

    def sign(self, message: bytes) -> bytes:
        """Return a signature, r ‖ s, 64 bytes: another one each time."""
        return _from_der(self._key.sign(message, _with_sm3()))


class Sm2Verifier:
    """Verifies; `public` is x ‖ y, 64 bytes. Raises ValueError for another length or a point beside the curve."""

    def __init__(self, public: bytes) -> None:
        if len(public) != PUBLIC_BYTES:
            raise ValueError("an SM2 public key has 64 bytes")
        curves = _tongsuo("asymciphers.ec")
        self._key = curves.EllipticCurvePublicNumbers(*_parted(public), curves.SM2()).public_key()
        self._refusal: type[Exception] = _tongsuo("exceptions").InvalidSignature

    def verify(self, message: bytes, signature: bytes) -> None:
        """Pass if `signature` (r ‖ s, 64 bytes) is the key's over `message`; raises BadSignature."""
        if len(signature) != SIGNATURE_BYTES:
            raise BadSignature
        try:
            self._key.verify(_der(signature), message, _with_sm3())
        except self._refusal:
            raise BadSignature from None


def make_sm2_secret() -> bytes:
    """Return a new private key."""
    return (secrets.randbelow(LARGEST_SECRET) + 1).to_bytes(SECRET_BYTES, "big")


def _joined(first: int, second: int) -> bytes:
    return first.to_bytes(NUMBER_BYTES, "big") + second.to_bytes(NUMBER_BYTES, "big")


def _parted(both: bytes) -> tuple[int, int]:
    return int.from_bytes(both[:NUMBER_BYTES], "big"), int.from_bytes(both[NUMBER_BYTES:], "big")


def _der(signature: bytes) -> bytes:
    """Return r ‖ s as the library wants it: a SEQUENCE of two INTEGERs (ITU-T X.690)."""
    numbers = b"".join(_der_integer(number) for number in _parted(signature))
    return bytes([DER_SEQUENCE, len(numbers)]) + numbers


def _der_integer(number: int) -> bytes:
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([DER_INTEGER, len(content)]) + content


def _from_der(encoded: bytes) -> bytes:
    first_end = 4 + encoded[3]
    return _joined(int.from_bytes(encoded[4:first_end], "big"), int.from_bytes(encoded[first_end + 2 :], "big"))


@cache
def _with_sm3() -> Any:
    """Return what the library takes for SM2 when the key is one of its curve."""
    return _tongsuo("asymciphers.ec").ECDSA(_tongsuo("hashes").SM3())


@cache
def _tongsuo(name: str) -> Any:
    try:
        return import_module(f"tongsuopy.crypto.{name}")
    except ImportError:
        raise ValueError("no SM2 on this machine: tongsuopy has no build for it") from None
