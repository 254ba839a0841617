"""Ed25519 signatures over a context and a message, by libsodium."""

import nacl.exceptions
import nacl.signing

from qr.errors import BadSignature
from qr.keyring import SigningKey, VerifyKey

SIGNATURE_BYTES = 64


def sign(key: SigningKey, *, context: bytes, message: bytes) -> bytes:
    """Return the 64-byte signature (RFC 8032) of `context` ‖ `message`.

    The context keeps a signature for one purpose from being shown for another; no context may be
    the beginning of another.
    """
    return nacl.signing.SigningKey(key.seed).sign(context + message).signature


def verify(key: VerifyKey, *, context: bytes, message: bytes, signature: bytes) -> None:
    """Pass if `signature` (64 bytes) is `key`'s over `context` ‖ `message`; raises BadSignature."""
    try:
        nacl.signing.VerifyKey(key.public).verify(context + message, signature)
    except nacl.exceptions.BadSignatureError:
        raise BadSignature from None
