"""Access and refresh tokens."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from services.identity.errors import TokenExpired, TokenInvalid
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.identity.tokens import AccessTokens, RefreshClaim, RefreshTokens
from services.keys.model import Key, KeyPurpose, Keys, KeyState

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACTOR = Actor(id="stf_1", role=Role.GATE, scopes=(Scope(level=ScopeLevel.VENUE, id="ven_1"),), session_id="ses_1")


def key(kid: int, state: KeyState = KeyState.ACTIVE) -> Key:
    return Key(purpose=KeyPurpose.SESSION_SIGNING, kid=kid, state=state, secret=bytes([kid]) * 32, created_at=NOW)


def tokens(*keys: Key) -> AccessTokens:
    return AccessTokens(Keys(all=keys or (key(1),)), ttl_s=900)


def test_a_token_says_who_it_was_issued_to() -> None:
    made = tokens()
    assert made.read(made.issue(ACTOR, NOW), NOW) == ACTOR


def test_a_token_ends_when_its_time_is_over_also_once_it_was_seen() -> None:
    made = tokens()
    token = made.issue(ACTOR, NOW)
    made.read(token, NOW + timedelta(seconds=899))
    for _ in range(2):
        with pytest.raises(TokenExpired):
            made.read(token, NOW + timedelta(seconds=900))


def test_a_token_is_recalled_from_when_it_was_read_until_it_ends() -> None:
    made = tokens()
    token = made.issue(ACTOR, NOW)
    assert made.recall(token, NOW) is None
    made.read(token, NOW)
    assert made.recall(token, NOW + timedelta(seconds=899)) == ACTOR
    assert made.recall(token, NOW + timedelta(seconds=900)) is None
    assert made.recall(token[:-1], NOW) is None
    for other in ("", "x" * 5000, "Ω"):
        assert made.recall(other, NOW) is None


def test_every_changed_character_of_a_token_is_refused() -> None:
    made = tokens()
    token = made.issue(ACTOR, NOW)
    # The last character of a base64 part carries bits that mean nothing; all others count.
    parts = token.split(".")
    ends = {len(parts[0]) - 1, len(parts[0]) + 1 + len(parts[1]) - 1, len(token) - 1}
    for place in set(range(len(token))) - ends:
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(TokenInvalid):
            made.read(token[:place] + other + token[place + 1 :], NOW)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    claims = {"iss": "chengma", "sub": "x", "sid": "y", "role": "city_admin", "scopes": [], "exp": 9e9}
    secret = None if algorithm == "none" else "s" * 32
    forged = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": "session-1"})  # type: ignore[arg-type]  # none takes no key
    with pytest.raises(TokenInvalid):
        tokens().read(forged, NOW)


@pytest.mark.parametrize(
    "text", ["", "a.b.c", "x" * 5000, "..", "Ω.Ω.Ω", base64.b64encode(json.dumps({}).encode()).decode()]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens().read(text, NOW)


def test_tokens_of_a_retiring_key_still_count_and_those_of_a_revoked_one_do_not() -> None:
    token = tokens(key(1)).issue(ACTOR, NOW)
    assert tokens(key(1, KeyState.RETIRING), key(2)).read(token, NOW) == ACTOR
    with pytest.raises(TokenInvalid):
        tokens(key(1, KeyState.REVOKED), key(2)).read(token, NOW)


def test_published_keys_verify_tokens_and_hold_no_secret() -> None:
    made = tokens()
    published = made.public_keys()[0]
    header = jwt.get_unverified_header(made.issue(ACTOR, NOW))
    assert (published["kid"], published["crv"], "d" in published) == (header["kid"], "Ed25519", False)


def test_a_refresh_token_says_its_session_and_generation() -> None:
    refresh = RefreshTokens(b"r" * 32)
    claim = RefreshClaim(session_id="ses_01J.x", generation=7)
    assert refresh.read(refresh.issue(claim)) == claim


def test_a_changed_or_foreign_refresh_token_is_refused() -> None:
    refresh = RefreshTokens(b"r" * 32)
    token = refresh.issue(RefreshClaim(session_id="ses_1", generation=1))
    foreign = RefreshTokens(b"q" * 32).issue(RefreshClaim(session_id="ses_1", generation=1))
    for bad in (
        token.replace(".1.", ".2."),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        foreign,
        "",
        "..",
        "é.1.x",
    ):
        with pytest.raises(TokenInvalid):
            refresh.read(bad)
