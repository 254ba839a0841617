"""Signatures of messages, as Standard Webhooks 1.0.0 has them: what senders make and receivers check."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE = timedelta(minutes=5)
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


class SignatureRefused(Exception):
    """The message is not the sender's, or was made too long ago; the text says which, for the receiver's log."""


def new_secret() -> str:
    """Return a secret as receivers keep it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret; raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("a secret is whsec_ and base64")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; the timestamp in seconds since 1970."""
    mac = hmac.digest(key, b"%s.%d.%s" % (message_id.encode(), timestamp, body), hashlib.sha256)
    return f"v1,{base64.b64encode(mac).decode()}"


def signed_headers(keys: Iterable[bytes], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a message; one signature for each key, separated by a blank."""
    timestamp = int(now.timestamp())
    signatures = " ".join(signature(key, message_id, timestamp, body) for key in keys)
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: signatures}


def ensure_signed(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a message that was signed with `key` less than five minutes from now; else SignatureRefused.

    `headers` are looked up in lower case.
    """
    message_id, given = headers.get(ID, ""), headers.get(SIGNATURE, "")
    timestamp = headers.get(TIMESTAMP, "")
    if not (message_id and given and timestamp.isascii() and timestamp.isdigit()):
        raise SignatureRefused("headers are missing")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureRefused("the timestamp is more than five minutes off")
    expected = signature(key, message_id, int(timestamp), body).encode()
    if not any(hmac.compare_digest(one.encode(), expected) for one in given.split(" ")):
        raise SignatureRefused("no signature is right")
    return message_id
