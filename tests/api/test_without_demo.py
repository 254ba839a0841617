"""Outside demo mode the accounts with a public password cannot exist, whatever was there before."""

import httpx

from tests.api.house import API, DEMO_PASSWORD, accepted, refused
from tests.conftest import StartServer
from tests.processes import Stores, fresh_database_name

DEMO_NAMES = ("gate", "inspector", "manager", "district", "admin", "auditor")


def log_in(client: httpx.Client, username: str) -> httpx.Response:
    return client.post("/auth/staff", json={"username": username, "password": DEMO_PASSWORD})


def test_a_start_without_demo_removes_what_a_demo_left(start_server: StartServer, stores: Stores) -> None:
    environment = stores.environment(fresh_database_name())
    demo = start_server(environment=environment)
    with httpx.Client(base_url=demo.base_url + API, trust_env=False) as client:
        left = {name: accepted(log_in(client, name)) for name in DEMO_NAMES}
    assert demo.stop() == 0

    serious = start_server("--no-demo", environment=environment)
    with httpx.Client(base_url=serious.base_url + API, trust_env=False) as client:
        for name, tokens in left.items():
            refused(log_in(client, name), 401, "credentials_refused")
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            refused(client.get("/me", headers=headers), 401, "session_ended")
            refused(client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}), 401, "session_ended")
    assert serious.stop() == 0

    again = start_server(environment=environment)
    with httpx.Client(base_url=again.base_url + API, trust_env=False) as client:
        accepted(log_in(client, "gate"))


def test_a_first_start_without_demo_has_no_city_and_no_accounts(start_server: StartServer) -> None:
    server = start_server("--no-demo")
    with httpx.Client(base_url=server.base_url + API, trust_env=False) as client:
        assert accepted(client.get("/venues")) == {"items": [], "next": None}
        for name in DEMO_NAMES:
            refused(log_in(client, name), 401, "credentials_refused")


def test_a_demo_account_in_the_database_is_worth_nothing_to_a_server_without_demo(
    start_server: StartServer, stores: Stores
) -> None:
    environment = stores.environment(fresh_database_name())
    serious = start_server("--no-demo", environment=environment)
    # A demo beside it, on the same database, makes the accounts while the first server runs.
    demo = start_server(environment=environment, data_dir=serious.data_dir.parent / "beside")
    with httpx.Client(base_url=demo.base_url + API, trust_env=False) as client:
        accepted(log_in(client, "gate"))
    with httpx.Client(base_url=serious.base_url + API, trust_env=False) as client:
        for name in DEMO_NAMES:
            refused(log_in(client, name), 401, "credentials_refused")
