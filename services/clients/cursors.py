"""Cursors of the feeds of changes: encrypted, each for one client and one kind.

A place in a feed is an instant of delivery and the name by which the main system knows a record. Two clients that could
read theirs would find out which of their records are the same, and both would learn when somebody entered.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from services.common.pages import CursorInvalid
from services.sync.model import RecordKind

MILLISECONDS_BYTES = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Position(NamedTuple):
    """A place in a feed: behind the mark `key` of this instant, in whole milliseconds."""

    at: datetime
    key: str


class FeedCursors:
    """Seals and opens them with XSalsa20-Poly1305, under a key of its own (HMAC-SHA256) for each client and kind."""

    def __init__(self, secret: bytes) -> None:
        """Derive the keys from the service's `secret` of 32 bytes."""
        self._secret = secret

    def seal(self, client_id: str, kind: RecordKind, position: Position) -> str:
        """Return a cursor for a place: other text each time, base64url."""
        at_ms = (position.at - EPOCH) // timedelta(milliseconds=1)
        plain = at_ms.to_bytes(MILLISECONDS_BYTES, "big") + position.key.encode()
        return base64.urlsafe_b64encode(self._box(client_id, kind).encrypt(plain)).decode().rstrip("=")

    def open(self, client_id: str, kind: RecordKind, cursor: str) -> Position:
        """Return the place; raises CursorInvalid for what was not sealed for this client and this kind."""
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            plain = self._box(client_id, kind).decrypt(sealed)
        except (binascii.Error, ValueError, CryptoError):
            raise CursorInvalid from None
        at_ms = int.from_bytes(plain[:MILLISECONDS_BYTES], "big")
        return Position(EPOCH + timedelta(milliseconds=at_ms), plain[MILLISECONDS_BYTES:].decode())

    def _box(self, client_id: str, kind: RecordKind) -> SecretBox:
        return SecretBox(hmac.digest(self._secret, f"feed-cursor|{client_id}|{kind.value}".encode(), hashlib.sha256))
