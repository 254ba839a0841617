"""Ed25519 (RFC 8032) by libsodium, with keys built once."""

import secrets

import nacl.bindings
import nacl.exceptions
import nacl.signing

from qr.errors import BadSignature


class Ed25519Signer:
    """Signs; `secret` is the seed, 32 bytes. Raises ValueError for another length."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != nacl.bindings.crypto_sign_SEEDBYTES:
            raise ValueError("an Ed25519 seed has 32 bytes")
        self._key = nacl.signing.SigningKey(secret)
        self.public = bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature: the same for the same message."""
        return self._key.sign(message).signature


class Ed25519Verifier:
    """Verifies; `public` has 32 bytes. Raises ValueError for another length."""

    def __init__(self, public: bytes) -> None:
        if len(public) != nacl.bindings.crypto_sign_PUBLICKEYBYTES:
            raise ValueError("an Ed25519 public key has 32 bytes")
        self._key = nacl.signing.VerifyKey(public)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Pass if `signature` (64 bytes) is the key's over `message`; raises BadSignature."""
        try:
            self._key.verify(message, signature)
        except nacl.exceptions.BadSignatureError:
            raise BadSignature from None


def make_ed25519_secret() -> bytes:
    """Return a new seed."""
    return secrets.token_bytes(nacl.bindings.crypto_sign_SEEDBYTES)
