"""Tokens: tampered, foreign, expired; renewed once; dead at once after a log-out, on every process."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.identity.model import Actor, Role
from services.identity.tokens import AccessTokens, RefreshClaim, RefreshTokens
from services.keys.model import KeyPurpose, Keys
from tests.api.house import API, Caller, House, accepted, refused

FRESH_CONNECTIONS = 24


@pytest.fixture(scope="module")
async def keys(house: House) -> Keys:
    return await house.stores.keys.load()


async def me(house: House, token: str) -> httpx.Response:
    return await house.client.get(f"{API}/me", headers={b"Authorization": f"Bearer {token}".encode("latin-1")})


async def everywhere(house: House, token: str) -> set[tuple[int, str]]:
    """Ask who one is over many new connections, so that every process answers; return what they said."""
    headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
    answers = await asyncio.gather(*(house.client.get(f"{API}/me", headers=headers) for _ in range(FRESH_CONNECTIONS)))
    return {(answer.status_code, answer.json().get("code", "")) for answer in answers}


async def renewed(house: House, tokens: Any) -> httpx.Response:
    return await house.nobody.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


async def test_a_changed_token_is_refused(house: House) -> None:
    token = (await house.citizen()).tokens["access_token"]
    assert (await me(house, token)).status_code == 200
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    raised = base64.urlsafe_b64encode(json.dumps(claims | {"role": "city_admin"}).encode()).decode().rstrip("=")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","kid":"session-1"}').decode().rstrip("=")
    changed = [
        f"{head}.{raised}.{signature}",
        f"{nothing}.{body}.",
        f"{nothing}.{raised}.{signature}",
        f"{head}.{body}.{signature[::-1]}",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        token[:-10] + "A" * 10,
    ]
    for other in changed:
        refused(await me(house, other), 401, "token_invalid")


@pytest.mark.parametrize("token", ["x", ".", "..", "a.b.c", "é", "null", "eyJ.eyJ.x", "A" * 4097, "e30.e30.e30"])
async def test_what_is_no_token_is_refused(house: House, token: str) -> None:
    refused(await me(house, token), 401, "token_invalid")


@pytest.mark.parametrize("kid", ["null", "1", "[]", "{}", '"session-9"', '"entry-1"', "[" * 1400 + "]" * 1400])
async def test_a_token_of_a_strange_key_is_refused(house: House, kid: str) -> None:
    head = base64.urlsafe_b64encode(f'{{"alg":"EdDSA","kid":{kid}}}'.encode()).decode().rstrip("=")
    refused(await me(house, f"{head}.e30.AA"), 401, "token_invalid")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic Z2F0ZTp4", "Token x", "bearer"])
async def test_without_a_bearer_token_nobody_stands_behind_a_request(house: House, header: str) -> None:
    answer = await house.client.get(f"{API}/me", headers={b"Authorization": header.encode()})
    refused(answer, 401, "token_missing")


async def test_a_token_signed_by_another_key_is_refused(house: House, keys: Keys) -> None:
    citizen = await house.citizen()
    claims = jwt.decode(citizen.tokens["access_token"], options={"verify_signature": False})
    public = next(key for key in AccessTokens(keys, ttl_s=1).public_keys() if key["kid"] == "session-1")
    by_public_key = jwt.encode(claims, public["x"], algorithm="HS256", headers={"kid": "session-1"})
    # A key of this server, made for something else.
    entry_key = Ed25519PrivateKey.from_private_bytes(keys.active(KeyPurpose.ENTRY_SIGNING).secret)
    by_entry_key = jwt.encode(claims, entry_key, algorithm="EdDSA", headers={"kid": "session-1"})
    for forged in (by_public_key, by_entry_key):
        refused(await me(house, forged), 401, "token_invalid")


async def test_an_expired_token_is_refused_and_says_so(house: House, keys: Keys) -> None:
    citizen = await house.citizen()
    claims = jwt.decode(citizen.tokens["access_token"], options={"verify_signature": False})
    actor = Actor(id=claims["sub"], role=Role.CITIZEN, scopes=(), session_id=claims["sid"])
    tokens = AccessTokens(keys, ttl_s=house.config.sessions.access_ttl_s)
    life = timedelta(seconds=house.config.sessions.access_ttl_s)
    now = datetime.now(UTC)
    assert (await me(house, tokens.issue(actor, now))).status_code == 200
    refused(await me(house, tokens.issue(actor, now - life)), 401, "token_expired")
    lost = Actor(id=claims["sub"], role=Role.CITIZEN, scopes=(), session_id="ses_nobody_has")
    refused(await me(house, tokens.issue(lost, now)), 401, "session_ended")


async def test_a_log_out_works_at_once_on_every_process(house: House) -> None:
    citizen, elsewhere = await house.citizen("logs-out"), await house.citizen("logs-out")
    token = citizen.tokens["access_token"]
    assert await everywhere(house, token) == {(200, "")}
    answer = await citizen.post("/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await everywhere(house, token) == {(401, "session_ended")}
    refused(await renewed(house, citizen.tokens), 401, "session_ended")
    refused(await citizen.post("/auth/logout"), 401, "session_ended")
    # The other phone of the same person stays logged in.
    accepted(await elsewhere.get("/me"))


async def test_a_refresh_token_works_once_and_gives_the_next(house: House) -> None:
    citizen = await house.citizen()
    seen = {citizen.tokens["refresh_token"]}
    tokens = citizen.tokens
    for _ in range(4):
        tokens = accepted(await renewed(house, tokens))
        assert set(tokens) == set(citizen.tokens)
        assert tokens["actor"] == citizen.tokens["actor"]
        assert tokens["refresh_token"] not in seen
        seen.add(tokens["refresh_token"])
        accepted(await Caller(house.client, tokens).get("/me"))


async def test_a_used_refresh_token_ends_the_whole_family_at_once(house: House) -> None:
    citizen = await house.citizen()
    second = accepted(await renewed(house, citizen.tokens))
    third = accepted(await renewed(house, second))
    assert await everywhere(house, third["access_token"]) == {(200, "")}
    refused(await renewed(house, citizen.tokens), 401, "session_ended")
    for tokens in (citizen.tokens, second, third):
        assert await everywhere(house, tokens["access_token"]) == {(401, "session_ended")}
        refused(await renewed(house, tokens), 401, "session_ended")


async def test_of_two_who_renew_at_once_one_wins_and_the_session_ends(house: House) -> None:
    citizen = await house.citizen()
    answers = await asyncio.gather(*(renewed(house, citizen.tokens) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    refused(await me(house, winner["access_token"]), 401, "session_ended")


async def test_a_forged_refresh_token_is_refused_and_ends_nothing(house: House, keys: Keys) -> None:
    citizen = await house.citizen()
    genuine = citizen.tokens["refresh_token"]
    session_id, generation, mac = genuine.split(".")
    other_keys = RefreshTokens(b"another secret of 32 bytes......")
    forged = [
        f"{session_id}.2.{mac}",
        f"{session_id}.{generation}.{mac[::-1]}",
        f"{session_id}.{generation}",
        f"{session_id}.{generation}.",
        "x",
        "..",
        "é.1.x",
        other_keys.issue(RefreshClaim(session_id=session_id, generation=1)),
        citizen.tokens["access_token"][:256],
    ]
    for token in forged:
        refused(await renewed(house, {"refresh_token": token}), 401, "token_invalid")
    accepted(await citizen.get("/me"))
    accepted(await renewed(house, citizen.tokens))
    secret = keys.active(KeyPurpose.REFRESH_TOKENS).secret
    lost = RefreshTokens(secret).issue(RefreshClaim(session_id="ses_nobody_has", generation=1))
    refused(await renewed(house, {"refresh_token": lost}), 401, "session_ended")


async def test_an_expired_session_cannot_be_renewed(house: House) -> None:
    citizen = await house.citizen()
    claims = jwt.decode(citizen.tokens["access_token"], options={"verify_signature": False})
    database = house.stores.mongo.client[house.config.mongodb.database]
    past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
    assert (await database["sessions"].update_one({"_id": claims["sid"]}, past)).modified_count == 1
    refused(await renewed(house, citizen.tokens), 401, "session_ended")


async def test_staff_keep_their_scopes_when_they_renew(house: House) -> None:
    gate = await house.staff("gate")
    tokens = accepted(await renewed(house, gate.tokens))
    assert accepted(await Caller(house.client, tokens).get("/me")) == accepted(await gate.get("/me"))
