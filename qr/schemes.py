"""The ways of signing that a key chooses from by name; signatures of all have 64 bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from qr.ed25519 import Ed25519Signer, Ed25519Verifier, make_ed25519_secret
from qr.sm2 import Sm2Signer, Sm2Verifier, make_sm2_secret

ED25519 = "Ed25519"
SM2 = "SM2"


class Signer(Protocol):
    """A secret key, ready for use."""

    @property
    def public(self) -> bytes:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`."""


class Verifier(Protocol):
    """A public key, ready for use."""

    def verify(self, message: bytes, signature: bytes) -> None:
        """Pass if `signature` (64 bytes) is the key's over `message`; raises BadSignature."""


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How secrets of one algorithm are made, and keys built from bytes: ValueError for bytes that are no key."""

    make_secret: Callable[[], bytes]
    signer: Callable[[bytes], Signer]
    verifier: Callable[[bytes], Verifier]


SCHEMES = {
    ED25519: Scheme(make_secret=make_ed25519_secret, signer=Ed25519Signer, verifier=Ed25519Verifier),
    SM2: Scheme(make_secret=make_sm2_secret, signer=Sm2Signer, verifier=Sm2Verifier),
}


def scheme(algorithm: str) -> Scheme:
    """Return the way of signing of that name; raises ValueError where there is none."""
    found = SCHEMES.get(algorithm)
    if found is None:
        raise ValueError(f"no way to check signatures by {algorithm}")
    return found
