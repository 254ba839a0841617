"""The server under test and the people who use it."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from ulid import ULID

from server.config import Config
from server.wiring import Stores
from services.reservations.model import Slot, SlotState
from services.reservations.mongo.slots import MongoSlots
from tests.events import events_in
from tests.processes import ServerProcess

API = "/api/v1"
DEMO_PASSWORD = "chengma-demo"
PROBLEM = "application/problem+json"
SOON = timedelta(minutes=2)
FEW_PLACES, MORE_PLACES = 50, 200

_numbers = itertools.count(1)


def unique(word: str) -> str:
    """Return `word` with a number that nobody else in this run has."""
    return f"{word}-{next(_numbers)}-{ULID()}"


def visitor(**changes: Any) -> dict[str, Any]:
    """Return a plainly invented visitor whose passport nobody else has."""
    return {"name": "示例访客", "id_type": "passport", "id_number": f"E{next(_numbers):08}"} | changes


def party(size: int) -> list[dict[str, Any]]:
    return [visitor() for _ in range(size)]


def instant(text: str) -> datetime:
    """Return an instant of the wire; fails unless it has the city's offset."""
    assert text.endswith("+08:00"), text
    return datetime.fromisoformat(text)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that `answer` is that problem, whole and well-formed, and return its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == PROBLEM
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:chengma:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    if status in {429, 503}:
        assert int(answer.headers["Retry-After"]) >= 1
    return problem


def accepted(answer: httpx.Response, status: int = 200) -> Any:
    """Check that `answer` is a success and return its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


class Caller:
    """Somebody with a session, or nobody without one."""

    def __init__(self, client: httpx.AsyncClient, tokens: Mapping[str, Any] | None = None) -> None:
        self.client = client
        self.tokens: Mapping[str, Any] = tokens or {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"} if self.tokens else {}

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Send a request below /api/v1."""
        headers = self.headers | dict(given.pop("headers", {}))
        return await self.client.request(method, API + path, headers=headers, **given)

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self.ask("GET", path, **given)

    async def post(self, path: str, **given: Any) -> httpx.Response:
        return await self.ask("POST", path, **given)

    async def book(self, slot_id: str, visitors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return a new reservation."""
        booked = await self.post("/reservations", json={"slot_id": slot_id, "visitors": list(visitors)})
        answer: dict[str, Any] = accepted(booked, 201)
        return answer

    async def code_of(self, reservation_id: str) -> str:
        """Return the entry code of this moment."""
        return str(accepted(await self.get(f"/reservations/{reservation_id}/entry-code"))["code"])

    async def scan(self, gate_id: str, code: str, **more: Any) -> httpx.Response:
        """Show a code at a gate, under a new nonce unless one is given."""
        return await self.post("/admissions", json={"gate_id": gate_id, "code": code, "nonce": unique("scan")} | more)


@dataclass(frozen=True, kw_only=True)
class House:
    """A server on stores that the tests can look into.

    `venue` is the example venue, open at any hour; at `side_venue` tests add slots of their own.
    """

    server: ServerProcess
    config: Config
    stores: Stores
    client: httpx.AsyncClient
    venue: Mapping[str, Any]
    side_venue: Mapping[str, Any]
    later_slots: Iterator[Mapping[str, Any]] = field(repr=False)

    @property
    def nobody(self) -> Caller:
        return Caller(self.client)

    @property
    def entrances(self) -> list[str]:
        return [gate["id"] for gate in self.venue["gates"] if gate["use"] == "entrance"]

    @property
    def exit(self) -> str:
        return next(str(gate["id"]) for gate in self.venue["gates"] if gate["use"] == "exit")

    async def citizen(self, name: str | None = None) -> Caller:
        """Log in somebody, by default somebody new."""
        code = f"sandbox-{name or f'person-{next(_numbers)}'}#{next(_numbers)}"
        return Caller(self.client, accepted(await self.nobody.post("/auth/wechat", json={"code": code})))

    async def staff(self, username: str, password: str = DEMO_PASSWORD) -> Caller:
        given = {"username": username, "password": password}
        return Caller(self.client, accepted(await self.nobody.post("/auth/staff", json=given)))

    async def running_slot(self) -> Mapping[str, Any]:
        """Return a slot of the example venue that can be booked and entered for some minutes from now."""
        page = accepted(await self.nobody.get(f"/venues/{self.venue['id']}/slots", params={"limit": 2}))
        now = datetime.now(UTC)
        slot: dict[str, Any] = next(slot for slot in page["items"] if instant(slot["ends_at"]) > now + SOON)
        if slot["places_left"] < FEW_PLACES:  # all tests of an hour share it
            slot |= {key: slot[key] + MORE_PLACES for key in ("capacity", "places_left")}
            wish = {"capacity": slot["capacity"]}
            accepted(await (await self.staff("admin")).post(f"/slots/{slot['id']}/quota", json=wish))
        return slot

    def later_slot(self) -> str:
        """Return a slot of the example venue, days from now, that no other test uses."""
        return str(next(self.later_slots)["id"])

    async def places_left(self, slot_id: str) -> int:
        document = await self.stores.mongo.client[self.config.mongodb.database]["slots"].find_one({"_id": slot_id})
        assert document is not None
        return int(document["places_left"])

    async def count(self, collection: str, **query: Any) -> int:
        """Return how many documents of a collection match."""
        database = self.stores.mongo.client[self.config.mongodb.database]
        return int(await database[collection].count_documents(query))

    async def events(self, subject_id: str) -> list[str]:
        """Return the kinds of what the main system will be told about a subject."""
        database = self.stores.mongo.client[self.config.mongodb.database]
        return sorted(event["kind"] for event in await events_in(database, subject_id=subject_id))

    async def add_slot(
        self,
        *,
        starts_in: timedelta,
        lasts: timedelta,
        places: int = 10,
        state: SlotState = SlotState.OPEN,
        last_entry_in: timedelta | None = None,
    ) -> str:
        """Add a slot of the side venue and return its id; a negative time lies in the past."""
        starts_at = datetime.now(UTC).replace(second=0, microsecond=0) + starts_in
        slot = Slot(
            id=f"slt_{ULID()}",
            venue_id=self.side_venue["id"],
            starts_at=starts_at,
            ends_at=starts_at + lasts,
            capacity=places,
            places_left=places,
            state=state,
            last_entry_at=None if last_entry_in is None else starts_at - starts_in + last_entry_in,
        )
        assert await MongoSlots(self.stores.mongo).add_missing([slot]) == 1
        return slot.id
