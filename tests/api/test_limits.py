"""Limits: so many requests a minute for an address or an account, fewer for log-ins; on a server with small ones."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from tests.api.house import API, DEMO_PASSWORD, Caller, accepted, refused, unique
from tests.conftest import StartServer
from tests.processes import Stores, fresh_database_name, run_server

PER_ADDRESS, PER_ACCOUNT, LOG_IN_PER_ADDRESS, LOG_IN_PER_ACCOUNT, WECHAT_PER_ADDRESS = 60, 12, 10, 4, 20
SMALL = {
    "CHENGMA_RATE_LIMITS_PER_ADDRESS": str(PER_ADDRESS),
    "CHENGMA_RATE_LIMITS_PER_ACCOUNT": str(PER_ACCOUNT),
    "CHENGMA_RATE_LIMITS_LOG_IN_PER_ADDRESS": str(LOG_IN_PER_ADDRESS),
    "CHENGMA_RATE_LIMITS_LOG_IN_PER_ACCOUNT": str(LOG_IN_PER_ACCOUNT),
    "CHENGMA_RATE_LIMITS_WECHAT_LOG_IN_PER_ADDRESS": str(WECHAT_PER_ADDRESS),
    # Requests come from where the proxy says, so that a test can come from many places.
    "CHENGMA_SERVER_BEHIND_PROXY": "true",
}
GRANT = {"grant_type": "client_credentials"}
_places = iter(range(1, 250))


@dataclass(frozen=True, kw_only=True)
class Place:
    """An address of its own to ask from."""

    client: httpx.AsyncClient
    address: str

    @property
    def headers(self) -> Mapping[str, str]:
        return {"X-Real-IP": self.address}

    async def log_in(self, username: str, password: str) -> httpx.Response:
        given = {"username": username, "password": password}
        return await self.client.post(f"{API}/auth/staff", json=given, headers=self.headers)

    async def wechat_log_in(self) -> httpx.Response:
        given = {"code": f"sandbox-{unique('limited')[:40]}"}
        return await self.client.post(f"{API}/auth/wechat", json=given, headers=self.headers)

    async def ask_for_token(self, client_id: str, secret: str) -> httpx.Response:
        by = httpx.BasicAuth(client_id, secret)
        return await self.client.post(f"{API}/oauth/token", data=GRANT, auth=by, headers=self.headers)

    async def citizen(self) -> Caller:
        return Caller(self.client, accepted(await self.wechat_log_in()))


@pytest.fixture(scope="module")
async def client(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    environment = {**stores.environment(fresh_database_name()), **SMALL}
    data_dir = tmp_path_factory.mktemp("limits") / "data"
    with run_server(data_dir, environment=environment, arguments=("--workers", "2")) as server:
        async with httpx.AsyncClient(base_url=server.base_url, timeout=30, trust_env=False) as client:
            yield client


@pytest.fixture
def place(client: httpx.AsyncClient) -> Place:
    return Place(client=client, address=f"192.0.2.{next(_places)}")


@pytest.fixture
def elsewhere(client: httpx.AsyncClient) -> Place:
    return Place(client=client, address=f"198.51.100.{next(_places)}")


@pytest.fixture
async def machine(client: httpx.AsyncClient) -> tuple[str, str]:
    """Return the id and the secret of a new machine client."""
    office = Place(client=client, address=f"203.0.113.{next(_places)}")
    admin = Caller(client, accepted(await office.log_in("admin", DEMO_PASSWORD)))
    wanted = {"name": unique("示例平台"), "scopes": ["records:read"]}
    made = accepted(await admin.post("/admin/clients", json=wanted, headers=office.headers), 201)
    return made["client_id"], made["client_secret"]


async def test_an_address_has_so_many_requests_on_all_processes_together(place: Place, elsewhere: Place) -> None:
    path = f"{API}/districts"
    headers = {**place.headers, "Connection": "close"}
    answers = [await place.client.get(path, headers=headers) for _ in range(PER_ADDRESS + 5)]
    assert [answer.status_code for answer in answers] == [200] * PER_ADDRESS + [429] * 5
    problem = refused(answers[-1], 429, "rate_limited")
    assert "Retry-After" in problem["detail"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert (await place.client.get(path, headers=elsewhere.headers)).status_code == 200
    # Health and metrics are for machines that ask often.
    assert (await place.client.get("/healthz", headers=headers)).status_code == 200


def test_without_a_proxy_nobody_can_claim_another_address(start_server: StartServer) -> None:
    server = start_server("--no-demo", environment={"CHENGMA_RATE_LIMITS_PER_ADDRESS": "20"})
    with httpx.Client(base_url=server.base_url, trust_env=False) as client:
        headers = [{"X-Real-IP": f"192.0.2.{n}", "X-Forwarded-For": f"192.0.2.{n}"} for n in range(30)]
        answers = [client.get(f"{API}/districts", headers=claimed) for claimed in headers]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 10


async def test_an_account_has_so_many_requests_wherever_it_is(place: Place, elsewhere: Place) -> None:
    citizen, other = await place.citizen(), await place.citizen()
    for number in range(PER_ACCOUNT):
        here = place if number % 2 else elsewhere
        assert (await citizen.get("/me", headers=here.headers)).status_code == 200
    refused(await citizen.get("/me", headers=elsewhere.headers), 429, "rate_limited")
    assert (await other.get("/me", headers=place.headers)).status_code == 200


async def test_log_ins_to_an_account_are_few_whether_it_exists_or_not(place: Place, elsewhere: Place) -> None:
    for username in ("auditor", unique("nobody")[:40]):
        for number in range(LOG_IN_PER_ACCOUNT):
            here = place if number % 2 else elsewhere
            refused(await here.log_in(username, "wrong"), 401, "credentials_refused")
        for password in ("wrong", DEMO_PASSWORD):
            refused(await elsewhere.log_in(username, password), 429, "rate_limited")
    accepted(await place.log_in("gate", DEMO_PASSWORD))


async def test_log_ins_from_an_address_are_few(place: Place, elsewhere: Place) -> None:
    for _ in range(LOG_IN_PER_ADDRESS):
        refused(await place.log_in(unique("nobody")[:40], "wrong"), 401, "credentials_refused")
    refused(await place.log_in("manager", DEMO_PASSWORD), 429, "rate_limited")
    accepted(await elsewhere.log_in("manager", DEMO_PASSWORD))
    # Citizens behind the same address, as in a mobile network, still log in and everybody still reads.
    await place.citizen()
    assert (await place.client.get(f"{API}/venues", headers=place.headers)).status_code == 200


async def test_citizens_log_ins_from_an_address_are_bounded_too(place: Place, elsewhere: Place) -> None:
    for _ in range(WECHAT_PER_ADDRESS):
        accepted(await place.wechat_log_in())
    refused(await place.wechat_log_in(), 429, "rate_limited")
    accepted(await elsewhere.wechat_log_in())


async def test_tries_at_a_second_factor_are_few(place: Place) -> None:
    tokens = accepted(await place.log_in("inspector", DEMO_PASSWORD))
    person = Caller(place.client, tokens)
    for _ in range(LOG_IN_PER_ACCOUNT):
        answer = await person.post("/me/second-factor/remove", json={"otp": "000000"}, headers=place.headers)
        refused(answer, 409, "second_factor_absent")
    answer = await person.post("/me/second-factor/remove", json={"otp": "000000"}, headers=place.headers)
    refused(answer, 429, "rate_limited")
    answer = await person.post("/me/second-factor/confirm", json={"otp": "000000"}, headers=place.headers)
    refused(answer, 429, "rate_limited")


async def test_tokens_of_a_machine_client_are_few_wherever_it_asks(
    place: Place, elsewhere: Place, machine: tuple[str, str]
) -> None:
    client_id, secret = machine
    # Whoever only knows its name does not keep it from its tokens.
    for _ in range(LOG_IN_PER_ACCOUNT + 1):
        assert (await elsewhere.ask_for_token(client_id, "wrong")).status_code == 401
    for number in range(LOG_IN_PER_ACCOUNT):
        here = place if number % 2 else elsewhere
        token = accepted(await here.ask_for_token(client_id, secret))["access_token"]
    for here in (place, elsewhere):
        answer = await here.ask_for_token(client_id, secret)
        refused(answer, 429, "rate_limited")
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert (await place.ask_for_token(client_id, "wrong")).json()["error"] == "invalid_client"
    # What it has is still good.
    reader = Caller(place.client, {"access_token": token})
    accepted(await reader.get("/open/standard", headers=place.headers))


async def test_askings_for_tokens_from_an_address_are_few(
    place: Place, elsewhere: Place, machine: tuple[str, str]
) -> None:
    client_id, secret = machine
    for number in range(LOG_IN_PER_ADDRESS):
        answer = await place.ask_for_token(f"cli_{number:026}", secret)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    refused(await place.ask_for_token(client_id, secret), 429, "rate_limited")
    refused(await place.log_in("manager", DEMO_PASSWORD), 429, "rate_limited")
    accepted(await elsewhere.ask_for_token(client_id, secret))
