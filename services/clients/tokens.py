"""Tokens of machine clients: JWT access tokens by RFC 9068."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from services.clients.model import Client, ClientClaim, ClientScope
from services.identity.errors import TokenExpired, TokenInvalid
from services.keys.model import Key, KeyPurpose, Keys, KeyState

ALGORITHM = "EdDSA"
TYPE = "at+jwt"
LIFE = timedelta(minutes=15)
MAX_TOKEN_CHARACTERS = 4096


def _kid(key: Key) -> str:
    return f"client-{key.kid}"


class ClientTokens:
    """Signs and reads them, with Ed25519 (RFC 8037) and keys that sign nothing else.

    So a token of a client can never pass for a session of a person, nor the other way round, whatever either says.
    """

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        """Take the service's keys and the addresses by which it names itself and the interface."""
        active = keys.active(KeyPurpose.CLIENT_TOKENS)
        self._issuer = issuer
        self._audience = audience
        self._kid = _kid(active)
        self._private = Ed25519PrivateKey.from_private_bytes(active.secret)
        self._public: dict[str, Ed25519PublicKey] = {
            _kid(key): Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
            for key in keys.of(KeyPurpose.CLIENT_TOKENS)
            if key.state is not KeyState.REVOKED
        }

    def issue(self, client: Client, scopes: tuple[ClientScope, ...], *, token_id: str, now: datetime) -> str:
        """Return a token for these scopes, good for LIFE."""
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": client.id,
            "client_id": client.id,
            "scope": " ".join(scopes),
            "iat": issued,
            "exp": issued + int(LIFE.total_seconds()),
            "jti": token_id,
            "generation": client.generation,
        }
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._kid, "typ": TYPE})

    def read(self, token: str, now: datetime) -> ClientClaim:
        """Return what a genuine token says; raises TokenInvalid or TokenExpired. It may be revoked."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenInvalid
        claim = self._verify(token)
        if claim.expires_at <= now:
            raise TokenExpired
        return claim

    def _verify(self, token: str) -> ClientClaim:
        try:
            header = jwt.get_unverified_header(token)
            if header["typ"] != TYPE:
                raise TokenInvalid
            # Expiry is judged by the request's own clock, in `read`.
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._public[header["kid"]],
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "iat", "sub", "jti"], "verify_exp": False, "verify_iat": False},
            )
            return ClientClaim(
                client_id=claims["client_id"],
                scopes=frozenset(ClientScope(one) for one in str(claims["scope"]).split(" ")),
                generation=int(claims["generation"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            raise TokenInvalid from None

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the verification keys as JSON Web Keys (RFC 7517)."""
        return [
            {**json.loads(OKPAlgorithm.to_jwk(key)), "kid": kid, "use": "sig", "alg": ALGORITHM}
            for kid, key in self._public.items()
        ]
