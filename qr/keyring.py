"""The keys that sign codes and the keys that verify them, each with an id and a state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qr.errors import RevokedKey, UnknownKey
from qr.schemes import ED25519, SM2, Signer, Verifier, scheme

__all__ = ["ED25519", "MAX_KID", "SM2", "KeyState", "Keyring", "PublicKeyring", "SigningKey", "VerifyKey"]

MAX_KID = 255  # two bytes of CBOR: a third would not fit a screen code into QR version 7


class KeyState(StrEnum):
    """Where a key is in its life; codes that are out stay valid until their key is revoked."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A secret key: `kid` 0 to 255, `seed` 32 bytes, and the algorithm it signs by.

    The seed of an Ed25519 key (RFC 8032) is random; that of an SM2 key is the private key, big-endian.
    Raises ValueError for a kid out of range, a seed that is none, or an algorithm that is not known.
    """

    kid: int
    seed: bytes = field(repr=False)
    algorithm: str = ED25519
    signer: Signer = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _ensure_kid(self.kid)
        object.__setattr__(self, "signer", scheme(self.algorithm).signer(self.seed))

    @property
    def public(self) -> bytes:
        """What verifies what this key signs: 32 bytes of Ed25519, 64 of SM2 (x ‖ y)."""
        return self.signer.public

    def verify_key(self, state: KeyState = KeyState.ACTIVE) -> "VerifyKey":
        """Return the public half."""
        return VerifyKey(kid=self.kid, public=self.public, algorithm=self.algorithm, state=state)


@dataclass(frozen=True, kw_only=True)
class VerifyKey:
    """A public key: `kid` 0 to 255, `public` 32 bytes of Ed25519 or 64 of SM2 (x ‖ y), and its algorithm.

    Raises ValueError for a kid out of range, a key of another length or beside the curve, or an algorithm that this
    package cannot check: better at the start than at the gate.
    """

    kid: int
    public: bytes
    algorithm: str = ED25519
    state: KeyState = KeyState.ACTIVE
    verifier: Verifier = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _ensure_kid(self.kid)
        # Built once: what a code costs is then the library's own call.
        object.__setattr__(self, "verifier", scheme(self.algorithm).verifier(self.public))


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
        if listed != self.active.verify_key():
            raise ValueError("the signing key's public half is not listed as active")


def _ensure_kid(kid: int) -> None:
    if not 0 <= kid <= MAX_KID:
        raise ValueError(f"a kid lies between 0 and {MAX_KID}")
