"""The token endpoint: RFC 6749's client credentials grant, as any library speaks it, and as no library would."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import quote_plus

import httpx
import jwt
import pytest

from tests.api.house import House, accepted, refused
from tests.api.machines import FORM, GRANT, Machine, new_machine

TOKEN = "/api/v1/oauth/token"


@pytest.fixture(scope="module")
async def machine(house: House) -> Machine:
    return await new_machine(house)


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def asked(house: House, given: Mapping[str, str] | bytes, **headers: str) -> httpx.Response:
    if isinstance(given, bytes):
        return await house.client.post(TOKEN, content=given, headers={**FORM, **headers})
    return await house.client.post(TOKEN, data=dict(given), headers=headers)


def denied(answer: httpx.Response, status: int, error: str) -> None:
    """Check that this is a refusal in the form of RFC 6749, section 5.2."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["X-Request-Id"]
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error
    assert answer.json()["error_description"].isascii()
    assert not set(answer.json()["error_description"]) & set("\"'\\")
    assert answer.headers.get("WWW-Authenticate") == ('Basic realm="chengma"' if status == 401 else None)


async def test_a_token_is_what_libraries_expect(house: House, machine: Machine) -> None:
    answer = await machine.ask_for_token()
    granted = accepted(answer)
    assert set(granted) == {"access_token", "token_type", "expires_in", "scope"}
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 900)
    assert granted["scope"] == "records:read statistics:read"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    metadata = accepted(await house.client.get("/.well-known/oauth-authorization-server"))
    keys = accepted(await house.client.get("/.well-known/jwks.json"))["keys"]
    header = jwt.get_unverified_header(granted["access_token"])
    key = next(jwt.PyJWK(one) for one in keys if one["kid"] == header["kid"])
    claims = jwt.decode(
        granted["access_token"], key, issuer=metadata["issuer"], audience=f"{metadata['issuer']}/api/v1/open"
    )
    assert header["typ"] == "at+jwt"
    assert (claims["client_id"], claims["sub"], claims["scope"]) == (machine.id, machine.id, granted["scope"])


async def test_the_metadata_leads_to_what_is_there(house: House, machine: Machine) -> None:
    metadata = accepted(await house.client.get("/.well-known/oauth-authorization-server"))
    assert metadata["issuer"] == house.server.base_url
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert metadata["scopes_supported"] == ["records:read", "statistics:read"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    given = {**GRANT, "client_id": machine.id, "client_secret": machine.secret}
    accepted(await house.client.post(metadata["token_endpoint"], data=given))
    assert accepted(await house.client.get(metadata["jwks_uri"]))["keys"]


async def test_a_client_names_itself_by_basic_or_in_the_form(house: House, machine: Machine) -> None:
    by_form = {"client_id": machine.id, "client_secret": machine.secret}
    accepted(await asked(house, GRANT | by_form))
    accepted(await asked(house, GRANT, **basic(machine.id, machine.secret)))
    encoded = basic(quote_plus(machine.id, safe=""), "".join(f"%{ord(one):02X}" for one in machine.secret))
    accepted(await asked(house, GRANT, **encoded))
    # Some libraries name the client in the form as well.
    accepted(await asked(house, GRANT | {"client_id": machine.id}, **basic(machine.id, machine.secret)))
    accepted(await asked(house, GRANT | by_form, **{"Content-Type": f"{FORM['Content-Type']}; charset=UTF-8"}))


async def test_nobody_names_itself_in_two_ways(house: House, machine: Machine) -> None:
    mine = basic(machine.id, machine.secret)
    both = {"client_id": machine.id, "client_secret": machine.secret}
    denied(await asked(house, GRANT | both, **mine), 400, "invalid_request")
    denied(await asked(house, GRANT | {"client_secret": machine.secret}, **mine), 400, "invalid_request")
    denied(await asked(house, GRANT | {"client_id": "cli_other"}, **mine), 400, "invalid_request")


async def test_a_wrong_secret_is_refused_as_an_unknown_client_is(house: House, machine: Machine) -> None:
    wrong = [
        basic(machine.id, machine.secret + "x"),
        basic(machine.id, ""),
        basic("cli_01JD0000000000000000000000", machine.secret),
        basic("", ""),
        basic("' or 1=1", "x"),
        basic("%00", "%ff"),
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()},
        {"Authorization": f"Bearer {machine.tokens['access_token']}"},
        {"Authorization": ""},
        {},
    ]
    answers = [await asked(house, GRANT, **headers) for headers in wrong]
    for answer in answers:
        denied(answer, 401, "invalid_client")
    assert len({answer.text for answer in answers}) == 1
    denied(await asked(house, GRANT | {"client_id": machine.id}), 401, "invalid_client")
    denied(await asked(house, GRANT | {"client_id": machine.id, "client_secret": "\x00"}), 401, "invalid_client")


@pytest.mark.parametrize(
    "grant",
    ["password", "authorization_code", "refresh_token", "Client_Credentials", "client_credentials ", "城", "x" * 999],
)
async def test_no_other_grant_is_given(house: House, machine: Machine, grant: str) -> None:
    given = {"grant_type": grant, "username": "admin", "password": "chengma-demo"}
    denied(await asked(house, given, **basic(machine.id, machine.secret)), 400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&",
        b"grant_type",
        b"grant_type=",
        b"scope=records:read",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"grant_type=client_credentials&scope=records:read&scope=records:read",
        b"grant_type=client_credentials&x=%ff",
        b"grant_type=client_credentials&\xe5\x9f\x8e=x",
        b"\x00\xff",
        b"grant_type=client_credentials" + b"&a=b" * 30,
        json.dumps(GRANT).encode(),
    ],
)
async def test_what_is_no_such_form_is_an_invalid_request(house: House, machine: Machine, body: bytes) -> None:
    denied(await asked(house, body, **basic(machine.id, machine.secret)), 400, "invalid_request")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "text/plain", "multipart/form-data; boundary=x", "", f"{FORM['Content-Type']}; charset=gbk"],
)
async def test_what_is_not_called_a_form_is_an_invalid_request(house: House, machine: Machine, media_type: str) -> None:
    headers = {**basic(machine.id, machine.secret), "Content-Type": media_type}
    denied(await asked(house, b"grant_type=client_credentials", **headers), 400, "invalid_request")


async def test_parameters_nobody_knows_do_not_matter_and_those_in_the_address_do(
    house: House, machine: Machine
) -> None:
    given = GRANT | {"audience": "https://x", "resource": "", "scope": ""}
    assert accepted(await asked(house, given, **basic(machine.id, machine.secret)))["scope"]
    secret = {**GRANT, "client_id": machine.id, "client_secret": machine.secret}
    denied(await house.client.post(TOKEN, params=secret, content=b"grant_type=x", headers=FORM), 400, "invalid_request")


async def test_only_a_clients_own_scopes_are_granted(house: House) -> None:
    reader = await new_machine(house, scopes=["records:read"])
    assert accepted(await reader.ask_for_token(scope="records:read"))["scope"] == "records:read"
    for scope in ("statistics:read", "records:read statistics:read", "everything", "records:read ", 'a"b', "城"):
        denied(await reader.ask_for_token(scope=scope), 400, "invalid_scope")


async def test_other_refusals_are_problems(house: House, machine: Machine) -> None:
    headers = basic(machine.id, machine.secret)
    refused(await asked(house, b"grant_type=client_credentials&x=" + b"x" * 9000, **headers), 413, "body_too_large")
    refused(await house.client.get(TOKEN, headers=headers), 405, "method_not_allowed")
