"""Access and refresh tokens: how they are made and how they are read."""

import base64
import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from services.identity.errors import TokenExpired, TokenInvalid
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.keys.model import Key, KeyPurpose, Keys, KeyState

ISSUER = "chengma"
ALGORITHM = "EdDSA"
CACHED_TOKENS = 10_000
MAX_TOKEN_CHARACTERS = 4096


@dataclass(frozen=True, kw_only=True)
class RefreshClaim:
    """What a genuine refresh token says."""

    session_id: str
    generation: int


@dataclass(frozen=True, kw_only=True)
class _Cached:
    actor: Actor
    expires_at: float


def _kid(key: Key) -> str:
    return f"session-{key.kid}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class AccessTokens:
    """JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037); verified ones are remembered by digest."""

    def __init__(self, keys: Keys, *, ttl_s: int) -> None:
        active = keys.active(KeyPurpose.SESSION_SIGNING)
        self.ttl_s = ttl_s
        self._kid = _kid(active)
        self._private = Ed25519PrivateKey.from_private_bytes(active.secret)
        self._public: dict[str, Ed25519PublicKey] = {
            _kid(key): Ed25519PrivateKey.from_private_bytes(key.secret).public_key()
            for key in keys.of(KeyPurpose.SESSION_SIGNING)
            if key.state is not KeyState.REVOKED
        }
        self._verified: OrderedDict[bytes, _Cached] = OrderedDict()

    def issue(self, actor: Actor, now: datetime) -> str:
        """Return a token that says who the actor is until `ttl_s` from now."""
        return self.issue_until(actor, now, now + timedelta(seconds=self.ttl_s))

    def issue_until(self, actor: Actor, now: datetime, expires_at: datetime) -> str:
        """Return a token that says who the actor is until `expires_at`."""
        claims = {
            "iss": ISSUER,
            "sub": actor.id,
            "sid": actor.session_id,
            "role": actor.role,
            "scopes": [[scope.level, scope.id] for scope in actor.scopes],
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._kid})

    def recall(self, token: str, now: datetime) -> Actor | None:
        """Return who stands behind a `token` that was read before and has not expired; None for any other."""
        cached = None if len(token) > MAX_TOKEN_CHARACTERS else self._verified.get(_digest(token))
        return cached.actor if cached is not None and cached.expires_at > now.timestamp() else None

    def read(self, token: str, now: datetime) -> Actor:
        """Return who stands behind `token`; raises TokenInvalid or TokenExpired."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenInvalid
        digest = _digest(token)
        cached = self._verified.get(digest)
        if cached is None:
            cached = self._verify(token)
            self._verified[digest] = cached
            if len(self._verified) > CACHED_TOKENS:
                self._verified.popitem(last=False)
        if cached.expires_at <= now.timestamp():
            self._verified.pop(digest, None)
            raise TokenExpired
        return cached.actor

    def is_ageing(self, token: str, by: datetime) -> bool:
        """Tell whether a token that is valid now ends before `by`, or was signed by a key that signs no more."""
        kid = jwt.get_unverified_header(token)["kid"]
        return bool(kid != self._kid or self._verify(token).expires_at < by.timestamp())

    def _verify(self, token: str) -> _Cached:
        try:
            key = self._public[jwt.get_unverified_header(token)["kid"]]
            # Expiry is judged by the request's own clock, in `read`.
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )
            actor = Actor(
                id=claims["sub"],
                role=Role(claims["role"]),
                scopes=tuple(Scope(level=ScopeLevel(level), id=scope_id) for level, scope_id in claims["scopes"]),
                session_id=claims["sid"],
            )
            return _Cached(actor=actor, expires_at=float(claims["exp"]))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise TokenInvalid from None

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the verification keys as JSON Web Keys (RFC 7517)."""
        return [
            {**json.loads(OKPAlgorithm.to_jwk(key)), "kid": kid, "use": "sig", "alg": ALGORITHM}
            for kid, key in self._public.items()
        ]


class RefreshTokens:
    """`session.generation.mac`: genuine by its HMAC, usable once by its generation.

    Nothing about it needs to be stored, so a copy of the database holds no token; and a forged
    one is told from a used one, so nobody can end another's session by guessing.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, claim: RefreshClaim) -> str:
        """Return the refresh token of one generation of a session."""
        text = f"{claim.session_id}.{claim.generation}"
        return f"{text}.{self._mac(text)}"

    def read(self, token: str) -> RefreshClaim:
        """Return what a genuine token says; raises TokenInvalid for anything else."""
        text, _, mac = token.rpartition(".")
        session_id, _, generation = text.rpartition(".")
        if not (token.isascii() and hmac.compare_digest(mac, self._mac(text)) and generation.isdigit()):
            raise TokenInvalid
        return RefreshClaim(session_id=session_id, generation=int(generation))

    def _mac(self, text: str) -> str:
        digest = hmac.new(self._secret, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
