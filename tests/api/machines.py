"""Machine clients: made by an administrator of the city, they get tokens and ask."""

from typing import Any

import httpx

from tests.api.house import Caller, House, accepted, unique
from tests.api.wrong_queries import PATHS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials"}
TOKEN_PATH = "/oauth/token"
# What machine clients may ask for.
FOR_MACHINES = frozenset(
    path for path, methods in PATHS.items() if "client" in str(methods.get("get", {}).get("security", ""))
)
PLENTY = {"requests_per_minute": 6000, "requests_per_day": 10_000_000}
EVERY_SCOPE = ["records:read", "statistics:read"]


class Machine(Caller):
    """A machine client: what it is, its secret, and a token once it has one."""

    def __init__(self, client: httpx.AsyncClient, made: dict[str, Any]) -> None:
        super().__init__(client)
        self.made = made
        self.id, self.secret = str(made["client_id"]), str(made["client_secret"])

    async def ask_for_token(self, **more: str) -> httpx.Response:
        return await self.client.post(
            "/api/v1/oauth/token", data={**GRANT, **more}, auth=httpx.BasicAuth(self.id, self.secret)
        )

    async def log_in(self, **more: str) -> "Machine":
        """Get a token and use it from now on."""
        self.tokens = accepted(await self.ask_for_token(**more))
        return self


async def new_machine(house: House, **wish: Any) -> Machine:
    """Return a new machine client with a token."""
    admin = await house.staff("admin")
    wanted = {"name": unique("示例平台"), "scopes": EVERY_SCOPE, **PLENTY, **wish}
    made = accepted(await admin.post("/admin/clients", json=wanted), 201)
    return await Machine(house.client, made).log_in()
