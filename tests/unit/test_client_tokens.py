"""Tokens of machine clients: RFC 9068's claims, and nothing else passes for one."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.clients.model import ClientScope
from services.clients.tokens import ClientTokens
from services.identity.errors import TokenExpired, TokenInvalid
from services.identity.model import Actor, Role
from services.identity.tokens import AccessTokens
from services.keys.model import Key, KeyPurpose, Keys, KeyState
from tests.clients import AUDIENCE, ISSUER, NOW, a_client, client_key, tokens_of

SCOPES = (ClientScope.RECORDS_READ,)
CLIENT = a_client()


def issued(tokens: ClientTokens) -> str:
    return tokens.issue(CLIENT, SCOPES, token_id="tok_1", now=NOW)


def test_a_token_has_the_claims_of_rfc_9068() -> None:
    token = issued(tokens_of())
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "kid": "client-1", "typ": "at+jwt"}
    assert jwt.decode(token, options={"verify_signature": False}) == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": CLIENT.id,
        "client_id": CLIENT.id,
        "scope": "records:read",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
        "jti": "tok_1",
        "generation": 1,
    }


def test_the_published_key_verifies_it() -> None:
    tokens = tokens_of()
    [key] = tokens.public_keys()
    assert key["kid"] == "client-1"
    assert "d" not in key
    assert jwt.decode(issued(tokens), jwt.PyJWK(key), audience=AUDIENCE, options={"verify_exp": False})


def test_it_ends_after_fifteen_minutes() -> None:
    tokens = tokens_of()
    token = issued(tokens)
    claim = tokens.read(token, NOW + timedelta(seconds=899))
    assert (claim.client_id, claim.scopes, claim.generation) == (CLIENT.id, frozenset(SCOPES), 1)
    with pytest.raises(TokenExpired):
        tokens.read(token, NOW + timedelta(seconds=900))


def test_a_retiring_key_still_verifies_and_a_revoked_one_does_not() -> None:
    token = issued(tokens_of(client_key(1)))
    assert tokens_of(client_key(1, KeyState.RETIRING), client_key(2)).read(token, NOW).client_id == CLIENT.id
    with pytest.raises(TokenInvalid):
        tokens_of(client_key(1, KeyState.REVOKED), client_key(2)).read(token, NOW)


def test_tokens_of_another_issuer_or_for_another_audience_are_refused() -> None:
    for other in (tokens_of(issuer="https://else.example.cn"), tokens_of(audience="https://else.example.cn")):
        with pytest.raises(TokenInvalid):
            tokens_of().read(issued(other), NOW)


def forged(*, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    token = issued(tokens_of())
    claims = jwt.decode(token, options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    key = Ed25519PrivateKey.from_private_bytes(client_key(1).secret)
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": "client-1", "typ": "at+jwt", **(headers or {})})


def test_what_lacks_a_claim_or_the_type_is_refused() -> None:
    tokens = tokens_of()
    assert tokens.read(forged(), NOW).client_id == CLIENT.id
    wrong = [forged(headers={"typ": "JWT"}), forged(headers={"kid": "client-2"})]
    wrong += [
        forged(**{name: None}) for name in ("iss", "aud", "sub", "exp", "jti", "client_id", "scope", "generation")
    ]
    wrong += [forged(scope="everything"), forged(scope=["records:read"]), forged(exp=1e400), forged(exp=10**30)]
    for token in [*wrong, "", "x", "a.b.c", "x" * 5000, "Ω"]:
        with pytest.raises(TokenInvalid):
            tokens.read(token, NOW)


def test_no_algorithm_but_ours_counts() -> None:
    claims = jwt.decode(issued(tokens_of()), options={"verify_signature": False})
    head = {"kid": "client-1", "typ": "at+jwt"}
    for token in (
        jwt.encode(claims, "", algorithm="none", headers=head),
        jwt.encode(claims, "k" * 64, algorithm="HS256", headers=head),
    ):
        with pytest.raises(TokenInvalid):
            tokens_of().read(token, NOW)


def test_neither_a_session_passes_for_a_client_nor_a_client_for_a_session() -> None:
    # As if one key served both, which it does not: typ, audience and claims would still tell them apart.
    secret = client_key(1).secret
    session_key = Key(purpose=KeyPurpose.SESSION_SIGNING, kid=1, state=KeyState.ACTIVE, secret=secret, created_at=NOW)
    sessions = AccessTokens(Keys(all=(session_key,)), ttl_s=900)
    session = sessions.issue(Actor(id="stf_1", role=Role.CITY_ADMIN, scopes=(), session_id="ses_1"), NOW)
    with pytest.raises(TokenInvalid):
        tokens_of().read(session, NOW)
    with pytest.raises(TokenInvalid):
        sessions.read(issued(tokens_of()), NOW)
    for headers in ({"kid": "session-1"}, {"kid": "session-1", "typ": "JWT"}):
        with pytest.raises(TokenInvalid):
            sessions.read(forged(headers=headers, iss="chengma", sid="ses_1", role="city_admin", scopes=[]), NOW)
