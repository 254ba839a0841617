"""Pseudonyms: ids that mean something to one recipient only, and lead nobody back to the thing here."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

BYTES = 16


class Pseudonyms:
    """Makes the pseudonyms of one recipient: HMAC-SHA256 under a key of its own (RFC 2104), cut to 128 bits.

    Two recipients get different ones, so that they cannot compare what each was told; without the key nobody can try
    out which id a pseudonym stands for.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def for_recipient(cls, secret: bytes, recipient: str) -> "Pseudonyms":
        """Return those of a recipient; the service's `secret` is 32 bytes."""
        return cls(hmac.digest(secret, f"recipient|{recipient}".encode(), hashlib.sha256))

    def of(self, label: str, its_id: str) -> str:
        """Return `label-…` with 26 characters of lower-case base32 (RFC 4648)."""
        code = hmac.digest(self._key, f"{label}|{its_id}".encode(), hashlib.sha256)[:BYTES]
        return f"{label}-{base64.b32encode(code).decode().rstrip('=').lower()}"

    def put_in(self, marked: Mapping[str, str], data: Mapping[str, Any]) -> dict[str, Any]:
        """Return `data` with pseudonyms in the properties that `marked` gives a label; None stays None."""
        replaced = {name: self._in_place(label, data[name]) for name, label in marked.items() if name in data}
        return {**data, **replaced}

    def _in_place(self, label: str, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [self.of(label, str(one)) for one in value]
        return self.of(label, str(value))
