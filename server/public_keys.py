"""The public keys of this deployment, as JSON Web Keys (RFC 7517): what is true at the moment of asking."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qr.keyring import ED25519, SM2, KeyState, PublicKeyring, VerifyKey
from services.keys.book import KeyBook
from services.keys.model import KeyPurpose

PublishedKey = Mapping[str, Any]
# What the id of each published key begins with.
NAMES = {KeyPurpose.ENTRY_SIGNING: "entry", KeyPurpose.PLATE_SIGNING: "plate", KeyPurpose.PACK_SIGNING: "pack"}
COORDINATE_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class PublicKeys:
    """Those of tokens, which a process has for life, and those of codes and packs, which rotate."""

    of_tokens: Sequence[PublishedKey]
    book: KeyBook

    def __call__(self) -> Sequence[PublishedKey]:
        """Return the keys that verify now; revoked ones are gone."""
        rotating = [key for purpose, name in NAMES.items() for key in published(self.book.keyring(purpose), name)]
        return [*self.of_tokens, *rotating]


def published(keyring: PublicKeyring, name: str) -> Sequence[PublishedKey]:
    """Return the keys that verify; `name` and a hyphen begin the id of each."""
    return [
        {**_SHAPES[key.algorithm](key), "kid": f"{name}-{key.kid}", "use": "sig"}
        for key in keyring.verify_keys.values()
        if key.state is not KeyState.REVOKED
    ]


def _ed25519(key: VerifyKey) -> PublishedKey:
    """RFC 8037, section 2."""
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(key.public), "alg": "EdDSA"}


def _sm2(key: VerifyKey) -> PublishedKey:
    """As RFC 7518, section 6.2.1 has it for other curves; no registry names this one."""
    x, y = key.public[:COORDINATE_BYTES], key.public[COORDINATE_BYTES:]
    return {"kty": "EC", "crv": "SM2", "x": _base64url(x), "y": _base64url(y), "alg": "SM2"}


_SHAPES: Mapping[str, Callable[[VerifyKey], PublishedKey]] = {ED25519: _ed25519, SM2: _sm2}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
