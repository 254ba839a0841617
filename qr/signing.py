"""Signatures over a context and a message, by the algorithm that the key names."""

from qr.keyring import SigningKey, VerifyKey

SIGNATURE_BYTES = 64


def sign(key: SigningKey, *, context: bytes, message: bytes) -> bytes:
    """Return the 64-byte signature of `context` ‖ `message`: the same each time by Ed25519, another one by SM2.

    The context keeps a signature for one purpose from being shown for another; no context may be
    the beginning of another.
    """
    return key.signer.sign(context + message)


def verify(key: VerifyKey, *, context: bytes, message: bytes, signature: bytes) -> None:
    """Pass if `signature` (64 bytes) is `key`'s over `context` ‖ `message`; raises BadSignature."""
    key.verifier.verify(context + message, signature)
