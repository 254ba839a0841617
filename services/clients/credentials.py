"""Secrets of clients: made here, shown once, kept as keyed digests.

A secret is 256 random bits. Nobody tries that many, so a fast digest keeps it as well as a slow one: argon2 is for
what people think up. The digest is keyed, and names the client: a copy of the database says nothing, not even
whether two clients were given the same secret.
"""

import hmac
import re
import secrets

from services.clients.model import ClientSecret, Credentials
from services.common.protection import KeyedDigest

PREFIX = "cls_"
RANDOM_BYTES = 32
CLIENT_ID = re.compile(r"cli_[0-9A-HJKMNP-TV-Z]{26}")


def new_secret() -> str:
    """Return `cls_` and 43 characters of base64url; the prefix lets scanners of code find one that got lost."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(digest: KeyedDigest, credentials: Credentials) -> str:
    """Return what is kept of a secret."""
    return digest.of("client-secret", credentials.client_id, credentials.secret)


def is_client_id(text: str) -> bool:
    """Tell whether a client can have this id."""
    return CLIENT_ID.fullmatch(text) is not None


def matches(usable: tuple[ClientSecret, ...], shown: str) -> bool:
    """Tell whether `shown` is the digest of a usable secret."""
    return any(hmac.compare_digest(one.digest, shown) for one in usable)
