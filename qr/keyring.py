"""The keys that sign codes and the keys that verify them, each with an id and a state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import nacl.bindings
import nacl.signing

from qr.errors import RevokedKey, UnknownKey

ED25519 = "Ed25519"
MAX_KID = 255  # two bytes of CBOR: a third would not fit a screen code into QR version 7


class KeyState(StrEnum):
    """Where a key is in its life; codes that are out stay valid until their key is revoked."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A secret Ed25519 key (RFC 8032): `kid` 0 to 255, `seed` 32 random bytes.

    Raises ValueError for a kid out of range or a seed of another length.
    """

    kid: int
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _ensure_kid(self.kid)
        if len(self.seed) != nacl.bindings.crypto_sign_SEEDBYTES:
            raise ValueError("an Ed25519 seed has 32 bytes")

    @property
    def public(self) -> bytes:
        """The 32 bytes that verify what this key signs."""
        return bytes(nacl.signing.SigningKey(self.seed).verify_key)


@dataclass(frozen=True, kw_only=True)
class VerifyKey:
    """A public key: `kid` 0 to 255, `public` 32 bytes, and the algorithm it belongs to.

    Raises ValueError for a kid out of range, a key of another length, or an algorithm that this
    package cannot check: better at the start than at the gate.
    """

    kid: int
    public: bytes
    algorithm: str = ED25519
    state: KeyState = KeyState.ACTIVE

    def __post_init__(self) -> None:
        _ensure_kid(self.kid)
        if self.algorithm != ED25519:
            raise ValueError(f"no way to check signatures by {self.algorithm}")
        if len(self.public) != nacl.bindings.crypto_sign_PUBLICKEYBYTES:
            raise ValueError("an Ed25519 public key has 32 bytes")


@dataclass(frozen=True, kw_only=True)
class PublicKeyring:
    """The public keys by kid: all that a gate needs and holds."""

    verify_keys: Mapping[int, VerifyKey]

    def __post_init__(self) -> None:
        if any(kid != key.kid for kid, key in self.verify_keys.items()):
            raise ValueError("a verify key is filed under another kid than its own")

    def find(self, kid: int) -> VerifyKey:
        """Return the key that may verify; raises UnknownKey or RevokedKey."""
        key = self.verify_keys.get(kid)
        if key is None:
            raise UnknownKey
        if key.state is KeyState.REVOKED:
            raise RevokedKey
        return key


@dataclass(frozen=True, kw_only=True)
class Keyring(PublicKeyring):
    """The public keys, and the one key that signs new codes.

    Raises ValueError unless the signing key's public half is among the public keys, and active:
    a server that signs what its gates refuse must not start.
    """

    active: SigningKey

    def __post_init__(self) -> None:
        super().__post_init__()
        listed = self.verify_keys.get(self.active.kid)
        if listed != VerifyKey(kid=self.active.kid, public=self.active.public):
            raise ValueError("the signing key's public half is not listed as active")


def _ensure_kid(kid: int) -> None:
    if not 0 <= kid <= MAX_KID:
        raise ValueError(f"a kid lies between 0 and {MAX_KID}")
