"""How personal values are kept: encrypted one by one, and compared only by a keyed digest."""

import hashlib
import hmac
from typing import Protocol


class FieldCipher(Protocol):
    """Encrypts single fields; the same text never gives the same bytes twice."""

    async def encrypt(self, text: str) -> bytes:
        """Return the ciphertext of `text`, self-describing (key id and algorithm inside)."""

    async def decrypt(self, ciphertext: bytes) -> str:
        """Return the text that `encrypt` was given."""


class KeyedDigest:
    """HMAC-SHA256 (RFC 2104) under a secret pepper: equality without the value.

    A plain hash of a document number falls to trying all numbers; a keyed one does not without
    the pepper. `purpose` keeps digests of different kinds of values from being compared.
    """

    def __init__(self, pepper: bytes) -> None:
        self._keyed = hmac.new(pepper, digestmod=hashlib.sha256)

    def of(self, purpose: str, *parts: str) -> str:
        """Return 32 hexadecimal characters (128 bits) that stand for `parts`."""
        mac = self._keyed.copy()
        mac.update(purpose.encode())
        for part in parts:
            data = part.encode()
            mac.update(len(data).to_bytes(4, "big") + data)
        return mac.hexdigest()[:32]
